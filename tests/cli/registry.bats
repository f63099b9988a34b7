#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# registry.bats - pull, push, login, logout, with registries that are in order
#
# The registries are those of tests/registry/fixture.bash: docker-registry,
# each time set up in another way, for all of the file.
load helper
load ../registry/fixture

setup_file_more() {
    need_tool docker-registry htpasswd openssl skopeo python3
    own_home
    export plain basic token tls
    plain=$(registry_start plain)
    basic=$(registry_start basic basic)
    token=$(registry_start token token)
    tls=$(registry_start tls tls)
    export busybox_id
    busybox_id=$(sed 's/^sha256://' "$BATS_FILE_TMPDIR/busybox-id")
    export second=$BATS_FILE_TMPDIR/second
}

# Nobody's logins and certificates but ours.
own_home() {
    export HOME=$BATS_FILE_TMPDIR/home
    export REGISTRY_AUTH_FILE=$BATS_FILE_TMPDIR/skopeo-auth.json
    mkdir -p "$HOME"
    unset DOCKER_CONFIG SSL_CERT_FILE
}

setup() {
    export DOCKER_CONFIG=$BATS_TEST_TMPDIR/docker
}

# elsewhere COMMAND...: with a second, empty store; it stays for the test.
elsewhere() { MINIBOX_ROOT=$BATS_TEST_TMPDIR/second "$@"; }

# copy FROM TO [OPTION...]: skopeo's copy.
copy() {
    skopeo --insecure-policy copy -q --src-tls-verify=false \
        --dest-tls-verify=false "${@:3}" "$1" "$2"
}

# raw PATH [TYPE]: what the plain registry answers, as it is.
raw() {
    python3 - "http://$plain/v2/$1" "${2:-*/*}" <<'END'
import sys, urllib.request as web
direct = web.build_opener(web.ProxyHandler({}))
request = web.Request(sys.argv[1], headers={"Accept": sys.argv[2]})
sys.stdout.buffer.write(direct.open(request).read())
END
}

# push_as NAME: busybox to the plain registry.
push_as() {
    minibox tag busybox "$plain/$1"
    minibox push -q "$plain/$1" >/dev/null
}

# id_of NAME: the image's ID in the store of the moment.
id_of() { minibox images --no-trunc -q "$1"; }

# login HOST [PASSWORD]
login() {
    printf %s "${2-$registry_password}" |
        minibox login -u "$registry_user" --password-stdin "$1"
}

# ---- push -------------------------------------------------------------------

@test "push: docker's lines; what is there is not sent again" {
    minibox tag busybox "$plain/lines:v1"
    check minibox push "$plain/lines:v1"
    status_is 0
    error_is ""
    same "The push refers to repository [$plain/lines]" "${output%%$'\n'*}"
    [[ $output =~ $'\n'[0-9a-f]{12}': Preparing'$'\n' ]]
    [[ $output =~ $'\n'[0-9a-f]{12}': Pushed'$'\n' ]]
    local first=${output##*$'\n'}
    [[ $first =~ ^'v1: digest: sha256:'[0-9a-f]{64}' size: '[0-9]+$ ]]
    check minibox push "$plain/lines:v1"
    output_has ': Layer already exists'
    output_lacks Pushed
    same "$first" "${output##*$'\n'}"
}

@test "push: the digest and size it tells are the registry's" {
    push_as told:v1
    check minibox push "$plain/told:v1"
    local line=${output##*$'\n'}
    raw told/manifests/v1 application/vnd.oci.image.manifest.v1+json \
        >"$BATS_TEST_TMPDIR/manifest"
    has "sha256:$(sha256sum <"$BATS_TEST_TMPDIR/manifest" | cut -d' ' -f1)" \
        "$line"
    has "size: $(wc -c <"$BATS_TEST_TMPDIR/manifest")" "$line"
    has "\"sha256:$busybox_id\"" "$(cat "$BATS_TEST_TMPDIR/manifest")"
}

@test "push: layers go as gzip, and skopeo finds them in order" {
    push_as gzip:v1
    check copy "docker://$plain/gzip:v1" "dir:$BATS_TEST_TMPDIR/dir"
    status_is 0
    local file n=0
    for file in "$BATS_TEST_TMPDIR/dir"/*; do
        ! gzip -t "$file" 2>/dev/null || n=$((n + 1))
    done
    [ "$n" -ge 1 ]
}

@test "push: -q prints the name alone; no tag means latest" {
    minibox tag busybox "$plain/quiet"
    check minibox push -q "$plain/quiet"
    output_is "$plain/quiet:latest"
    check minibox push "$plain/quiet"
    output_has 'Using default tag: latest' 'latest: digest:'
}

@test "push: to localhost and by image push, too" {
    minibox tag busybox "localhost:${plain##*:}/local:v1"
    minibox image push -q "localhost:${plain##*:}/local:v1"
    raw local/tags/list | grep -q v1
}

@test "push: an image that does not exist; a digest" {
    check minibox push "$plain/nosuch:v1"
    status_is 1
    error_has "An image does not exist locally with the tag: $plain/nosuch"
    check minibox push "$plain/x@sha256:$busybox_id"
    status_is 1
    error_has 'cannot push a digest reference'
    fails 1 'invalid reference format' minibox push "$plain/Upper"
    fails 1 requires minibox push
    fails 125 'unknown flag: --nosuch' minibox push --nosuch x
}

# ---- pull -------------------------------------------------------------------

@test "pull: docker's lines, and once more" {
    push_as pulled:v1
    check elsewhere minibox pull "$plain/pulled:v1"
    status_is 0
    error_is ""
    same "v1: Pulling from pulled" "${output%%$'\n'*}"
    [[ $output =~ $'\n'[0-9a-f]{12}': Pulling fs layer'$'\n' ]]
    [[ $output =~ $'\n'[0-9a-f]{12}': Download complete'$'\n' ]]
    [[ $output =~ $'\n'[0-9a-f]{12}': Pull complete'$'\n' ]]
    [[ $output =~ $'\nDigest: 'sha256:[0-9a-f]{64}$'\n' ]]
    output_has "Status: Downloaded newer image for $plain/pulled:v1"
    same "$plain/pulled:v1" "${output##*$'\n'}"
    check elsewhere minibox pull "$plain/pulled:v1"
    status_is 0
    output_has ': Already exists' \
        "Status: Image is up to date for $plain/pulled:v1"
}

@test "pull: -q prints the name alone; no tag means latest" {
    push_as quiet-pull
    check elsewhere minibox pull -q "$plain/quiet-pull"
    status_is 0
    output_is "$plain/quiet-pull:latest"
    check elsewhere minibox image pull "$plain/quiet-pull"
    same 'Using default tag: latest' "${output%%$'\n'*}"
}

@test "pull: the same ID, and it runs" {
    push_as same:v1
    elsewhere minibox pull -q "$plain/same:v1"
    same "sha256:$busybox_id" "$(elsewhere id_of "$plain/same:v1")"
    check elsewhere minibox run --rm "$plain/same:v1" echo it runs
    output_is 'it runs'
}

@test "pull: by digest; a digest that nobody has" {
    push_as digest:v1
    local digest
    digest=$(elsewhere minibox pull "$plain/digest:v1" |
        sed -n 's/^Digest: //p')
    check elsewhere minibox pull "$plain/digest@$digest"
    status_is 0
    output_has "$digest: Pulling from digest" "Digest: $digest"
    check elsewhere minibox run --rm "$plain/digest@$digest" echo fine
    output_is fine
    check elsewhere minibox pull "$plain/digest@sha256:$(printf '%064d' 7)"
    status_is 1
    error_has 'not found'
    one_error_line
}

@test "pull: a tag beside a digest is no part of the name" {
    push_as both:v1
    local digest
    digest=$(elsewhere minibox pull "$plain/both:v1" |
        sed -n 's/^Digest: //p')
    elsewhere minibox tag "$plain/both:v1" "$plain/both:v2"
    check elsewhere minibox pull -q "$plain/both:latest@$digest"
    output_is "$plain/both@$digest"
    check elsewhere minibox images --format '{{.Repository}}:{{.Tag}}'
    same "$plain/both:<none>" "$(sort <<<"$output" | head -n 1)"
    check elsewhere minibox inspect -f '{{json .RepoTags}} {{json .RepoDigests}}' \
        "$plain/both:v9@$digest"
    same "[\"$plain/both@$digest\"]" "${output#* }"
    check elsewhere minibox rmi "$plain/both:v9@$digest"
    status_is 0
    output_is "Untagged: $plain/both@$digest"
    fails 1 'No such image' elsewhere minibox rmi "$plain/both@$digest"
}

@test "rmi: an ID that has two manifests is one image" {
    push_as two:v1
    elsewhere minibox load -q -i <(minibox save busybox)
    check elsewhere minibox pull -q "$plain/two:v1"
    same 2 "$(elsewhere minibox images -q | wc -l)"
    fails 1 'referenced in multiple repositories' \
        elsewhere minibox rmi "${busybox_id:0:12}"
    check elsewhere minibox rmi busybox
    output_is 'Untagged: busybox:latest'
    check elsewhere minibox rmi "$plain/two:v1"
    output_has "Deleted: sha256:$busybox_id"
}

@test "pull: a tag that has moved on; the old image loses its name" {
    push_as moves:v1
    elsewhere minibox pull -q "$plain/moves:v1"
    dockerfile <<<$'FROM busybox\nRUN echo new >/made'
    minibox build -q -t "$plain/moves:v1" "$context"
    minibox push -q "$plain/moves:v1"
    check elsewhere minibox pull "$plain/moves:v1"
    output_has 'Downloaded newer image' ': Already exists' ': Pull complete'
    same new "$(elsewhere minibox run --rm "$plain/moves:v1" cat /made)"
    check elsewhere minibox images
    output_has '<none>'
}

@test "pull: layers that are here are not asked for" {
    push_as shared:base
    dockerfile <<<$'FROM busybox\nRUN echo top >/top'
    minibox build -q -t "$plain/shared:top" "$context"
    minibox push -q "$plain/shared:top"
    elsewhere minibox pull -q "$plain/shared:base"
    local before after
    before=$(grep -c '"GET /v2/shared/blobs' "$registry_dir/plain/log")
    elsewhere minibox pull -q "$plain/shared:top"
    after=$(grep -c '"GET /v2/shared/blobs' "$registry_dir/plain/log")
    same 2 $((after - before)) # the config and one layer
}

@test "pull: two at a time of the same image" {
    push_as twice:v1
    local pids=() pid
    for pid in 1 2; do
        elsewhere minibox pull -q "$plain/twice:v1" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    same "sha256:$busybox_id" "$(elsewhere id_of "$plain/twice:v1")"
}

@test "pull: mistakes" {
    check minibox pull "$plain/nosuch:v1"
    status_is 1
    error_has 'not found' "$plain/nosuch:v1"
    one_error_line
    fails 1 'invalid reference format' minibox pull "$plain/Upper"
    fails 1 requires minibox pull
    fails 1 requires minibox pull a b
    fails 125 'not in minibox' minibox pull --platform linux/arm64 x
    fails 125 'unknown flag: --nosuch' minibox pull --nosuch x
}

# ---- others -----------------------------------------------------------------

# An image with whiteouts, links, modes, and its files one a line.
make_tree() {
    dockerfile <<'END'
FROM busybox
ENV A=b
RUN mkdir -p /d/keep /gone && echo a >/gone/a && echo a >/d/a && ln /d/a /hard
RUN rm -r /gone && ln -s /d /soft && chmod 4755 /d/a && mkdir -m 2750 /mode
CMD ["echo", "hi"]
END
    minibox build -q -t "$1" "$context"
}
list_tree() {
    minibox run --rm "$1" sh -c 'find / -xdev \( -path /proc -o -path /sys \
        -o -path /dev -o -path /etc/host\* -o -path /etc/resolv.conf \) \
        -prune -o -print | sort | while read -r f; do
            stat -c "%n %f %u:%g" "$f"; [ ! -f "$f" ] || sha256sum <"$f"; done'
}

@test "interop: minibox push, skopeo copy, minibox pull: the same image" {
    make_tree "$plain/tree:v1"
    minibox push -q "$plain/tree:v1"
    copy "docker://$plain/tree:v1" "docker://$plain/tree:copy"
    elsewhere minibox pull -q "$plain/tree:copy"
    same "$(id_of "$plain/tree:v1")" "$(elsewhere id_of "$plain/tree:copy")"
    list_tree "$plain/tree:v1" >"$BATS_TEST_TMPDIR/here"
    elsewhere list_tree "$plain/tree:copy" >"$BATS_TEST_TMPDIR/there"
    diff "$BATS_TEST_TMPDIR/here" "$BATS_TEST_TMPDIR/there"
    same hi "$(elsewhere minibox run --rm "$plain/tree:copy")"
}

@test "interop: skopeo push, minibox pull, in each of its ways" {
    make_tree tree
    local way n=0
    for way in '--format v2s2' '--format oci' \
        '--format oci --dest-compress-format zstd' \
        '--format v2s2 --dest-compress-format gzip'; do
        n=$((n + 1))
        # shellcheck disable=SC2086 # several words
        copy "oci:$MINIBOX_ROOT:tree" "docker://$plain/skopeo:$n" $way
        elsewhere minibox pull -q "$plain/skopeo:$n"
        same hi "$(elsewhere minibox run --rm "$plain/skopeo:$n")"
        elsewhere minibox rmi "$plain/skopeo:$n"
    done
}

@test "interop: what was pulled is pushed to the byte: the same digest" {
    local format from to
    for format in v2s2 oci; do
        copy "oci:$MINIBOX_ROOT:busybox" "docker://$plain/from:$format" \
            --format "$format"
        from=$(elsewhere minibox pull "$plain/from:$format" |
            sed -n 's/^Digest: //p')
        elsewhere minibox tag "$plain/from:$format" "$plain/to:$format"
        to=$(elsewhere minibox push "$plain/to:$format" |
            sed -n 's/.*digest: \(.*\) size.*/\1/p')
        same "$from" "$to"
    done
}

@test "interop: an image of skopeo's --all, with an index on top" {
    copy "oci:$MINIBOX_ROOT:busybox" "oci:$BATS_TEST_TMPDIR/layout:x"
    copy "oci:$BATS_TEST_TMPDIR/layout:x" "docker://$plain/all:v1" --all
    elsewhere minibox pull -q "$plain/all:v1"
    same "sha256:$busybox_id" "$(elsewhere id_of "$plain/all:v1")"
}

# ---- login ------------------------------------------------------------------

@test "login: a password from stdin; kept as docker keeps it, for us alone" {
    check login "$basic"
    status_is 0
    output_is "Login Succeeded"
    same 600 "$(stat -c %a "$DOCKER_CONFIG/config.json")"
    local auth
    auth=$(printf %s "$registry_login" | base64 -w 0)
    has "\"$auth\"" "$(cat "$DOCKER_CONFIG/config.json")"
    minibox tag busybox "$basic/in:v1"
    minibox push -q "$basic/in:v1"
    elsewhere minibox pull -q "$basic/in:v1"
}

@test "login: a file of docker's keeps what else is in it" {
    mkdir -p "$DOCKER_CONFIG"
    cat >"$DOCKER_CONFIG/config.json" <<'END'
{"auths": {"other.example": {"auth": "YTpi"}}, "detachKeys": "ctrl-x"}
END
    chmod 644 "$DOCKER_CONFIG/config.json"
    login "$basic"
    login "$token"
    minibox logout "$basic"
    run python3 - "$DOCKER_CONFIG/config.json" "$token" <<'END'
import json, sys
file = json.load(open(sys.argv[1]))
print(sorted(file["auths"]) == sorted(["other.example", sys.argv[2]]),
      file["detachKeys"])
END
    same 'True ctrl-x' "$output"
    same 600 "$(stat -c %a "$DOCKER_CONFIG/config.json")"
}

@test "login: without DOCKER_CONFIG the file is ~/.docker/config.json" {
    unset DOCKER_CONFIG
    export HOME=$BATS_TEST_TMPDIR/home
    mkdir "$HOME"
    login "$basic"
    same 600 "$(stat -c %a "$HOME/.docker/config.json")"
}

@test "login: a wrong password is not kept" {
    check login "$basic" wrong
    status_is 1
    output_lacks Succeeded
    error_has unauthorized 'a wrong name or a wrong password'
    lacks 'minibox login' "$stderr"
    one_error_line
    [ ! -e "$DOCKER_CONFIG/config.json" ]
    check login "$token" wrong
    status_is 1
    error_has unauthorized 'incorrect username or password'
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "login: docker's mistakes" {
    fails 1 'Must provide --username with --password-stdin' \
        minibox login --password-stdin "$basic" </dev/null
    fails 1 'password is empty' \
        minibox login -u alice --password-stdin "$basic" </dev/null
    fails 1 'mutually exclusive' \
        minibox login -u a -p b --password-stdin "$basic" </dev/null
    fails 1 'non TTY device' minibox login -u alice "$basic" </dev/null
    check minibox login -u "$registry_user" -p "$registry_password" "$basic"
    status_is 0
    error_has 'Using --password via the CLI is insecure'
}

@test "login: asks in a terminal, and shows no password" {
    run timeout 60 "$HERE/terminal.py" minibox login "$basic" <<END
expect Username:
send $registry_user
expect Password:
send $registry_password
expect Login Succeeded
end
restored
END
    same 0 "$status"
    lacks "$registry_password" "$output"
}

@test "login: skopeo's login counts for us, and ours for skopeo" {
    REGISTRY_AUTH_FILE=$DOCKER_CONFIG/config.json
    mkdir -p "$DOCKER_CONFIG"
    skopeo login --tls-verify=false -u "$registry_user" \
        --password-stdin "$basic" <<<"$registry_password"
    minibox tag busybox "$basic/skopeo:v1"
    minibox push -q "$basic/skopeo:v1"
    minibox logout "$basic"
    check skopeo inspect --tls-verify=false "docker://$basic/skopeo:v1"
    [ "$status" -ne 0 ]
    login "$basic"
    check skopeo inspect --tls-verify=false "docker://$basic/skopeo:v1"
    status_is 0
}

@test "logout: forgets, and says so; then nothing goes" {
    login "$basic"
    check minibox logout "$basic"
    status_is 0
    output_is "Removing login credentials for $basic"
    check minibox logout "$basic"
    status_is 0
    output_is "Not logged in to $basic"
    check minibox pull "$basic/in:v1"
    status_is 1
    error_has 'no basic auth credentials' "minibox login $basic"
    one_error_line
}

@test "login: a file that is no JSON is not overwritten" {
    mkdir -p "$DOCKER_CONFIG"
    echo '{"auths": ' >"$DOCKER_CONFIG/config.json"
    check login "$basic"
    status_is 1
    error_has config.json
    same '{"auths": ' "$(cat "$DOCKER_CONFIG/config.json")"
}

# ---- tokens -----------------------------------------------------------------

# tokens TEXT: how many questions with TEXT the token server has had.
tokens() { grep -cF -- "$1" "$registry_dir/token/tokens/requests" || true; }

@test "token: who is logged in pushes, everybody pulls what is public" {
    minibox tag busybox "$token/public/x:v1"
    check minibox push "$token/public/x:v1"
    status_is 1
    error_has 'minibox login'
    one_error_line
    login "$token"
    minibox push -q "$token/public/x:v1"
    minibox logout "$token"
    elsewhere minibox pull -q "$token/public/x:v1"
    same "sha256:$busybox_id" "$(elsewhere id_of "$token/public/x:v1")"
    [ "$(tokens 'scope=repository:public/x:pull auth=none')" -ge 1 ]
    [ "$(tokens 'scope=repository:public/x:pull,push auth=good')" -ge 1 ]
}

@test "token: what is private is not for everybody, and it ends soon" {
    login "$token"
    minibox tag busybox "$token/private/x:v1"
    minibox push -q "$token/private/x:v1"
    elsewhere minibox pull -q "$token/private/x:v1"
    minibox logout "$token"
    local before
    before=$(tokens private/x)
    check elsewhere minibox pull "$token/private/x:v1"
    status_is 1
    error_has 'minibox login'
    one_error_line
    [ $(($(tokens private/x) - before)) -le 2 ]
}

# ---- TLS --------------------------------------------------------------------

# tls_push: busybox to the registry that speaks TLS.
tls_push() {
    minibox tag busybox "$tls/secure:v1"
    SSL_CERT_FILE=$(registry_ca tls) minibox push -q "$tls/secure:v1"
}

@test "tls: a CA that nobody knows" {
    check minibox pull "$tls/secure:v1"
    status_is 1
    error_has certificate --insecure-registry
    one_error_line
    check login "$tls"
    status_is 1
    error_has certificate
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "tls: SSL_CERT_FILE; both of the machine's names" {
    tls_push
    export SSL_CERT_FILE
    SSL_CERT_FILE=$(registry_ca tls)
    elsewhere minibox pull -q "$tls/secure:v1"
    elsewhere minibox pull -q "localhost:${tls##*:}/secure:v1"
}

@test "tls: ~/.config/docker/certs.d, for this registry alone" {
    tls_push
    export HOME=$BATS_TEST_TMPDIR/home
    local certs=$HOME/.config/docker/certs.d
    mkdir -p "$certs/$tls"
    cp "$(registry_ca tls)" "$certs/$tls/ca.crt"
    elsewhere minibox pull -q "$tls/secure:v1"
    check elsewhere minibox pull -q "localhost:${tls##*:}/secure:v1"
    status_is 1
    error_has certificate
}

@test "tls: --insecure-registry, for this registry alone" {
    tls_push
    elsewhere minibox pull -q --insecure-registry "$tls" "$tls/secure:v1"
    check elsewhere minibox pull --insecure-registry other.example \
        "$tls/secure:v1"
    status_is 1
    error_has certificate
    minibox push -q --insecure-registry "$tls" "$tls/secure:v1"
}

@test "tls: a certificate for another name" {
    local address
    address=$(registry_names=DNS:other.example registry_start wrong-name tls)
    SSL_CERT_FILE=$(registry_ca wrong-name) check minibox pull "$address/x"
    status_is 1
    error_has certificate
    one_error_line
    registry_stop wrong-name
}

@test "tls: plain http only from this machine, or when asked for" {
    push_as far:v1
    # A name of 127.0.0.1 that is neither localhost nor an address.
    local far=far.localhost:${plain##*:}
    check elsewhere minibox pull "$far/far:v1"
    status_is 1
    error_has 'HTTP response to HTTPS client' "--insecure-registry $far"
    one_error_line
    elsewhere minibox pull -q --insecure-registry "$far" "$far/far:v1"
}

# ---- no network -------------------------------------------------------------

@test "no network: nobody there, no such name" {
    check minibox pull 127.0.0.1:1/x
    status_is 1
    error_has 127.0.0.1
    one_error_line
    check timeout 60 minibox pull nosuch.invalid/x
    status_is 1
    error_has nosuch.invalid
    one_error_line
    minibox tag busybox 127.0.0.1:1/x
    check minibox push 127.0.0.1:1/x
    status_is 1
    check login 127.0.0.1:1
    status_is 1
    error_has 127.0.0.1:1
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "no network: a registry that is gone does not hang us" {
    local address
    address=$(registry_start goes)
    minibox tag busybox "$address/x"
    minibox push -q "$address/x"
    registry_stop goes
    check timeout 30 minibox pull "$address/x"
    status_is 1
    error_has "${address##*:}"
    in_busybox true # what is here needs no registry
}
