#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# registry-faults.bats - registries that misbehave: pull and push get by, or
# fail with one clear line, soon, in little memory, and with nothing half kept
#
# The registry is tests/registry/faulty.py; the name of a repository says what
# is wrong with it.  Most cases wait most of their time (for the next try), so
# that several run at once; each has a store of its own.
load helper
load ../registry/fixture

setup_file_more() {
    need_tool openssl python3 zstd
    export faulty secure HOME=$BATS_FILE_TMPDIR/home
    mkdir -p "$HOME"
    unset DOCKER_CONFIG SSL_CERT_FILE
    faulty=$(faulty_start faulty)
    secure=$(faulty_start secure tls)
}

# Four megabytes of JSON may become 60 times as much in memory.
setup() {
    mib=256
    export DOCKER_CONFIG=$BATS_TEST_TMPDIR/docker
}

# ---- one pull, and what it left ---------------------------------------------

# kept: what there is in the store, but for locks.
kept() {
    (
        cd "$MINIBOX_ROOT" || exit
        find blobs layers tmp names containers -mindepth 1 \
            -not -path 'layers/*/*' | sort
        cat index.json
    )
}

# apart DIR COMMAND...: minibox COMMAND with a store in DIR; what it says and
# leaves goes to files there.  A command gets a minute and $mib of memory.
apart() {
    local dir=$1
    shift
    export MINIBOX_ROOT=$dir/store
    mkdir -p "$dir"
    minibox images >/dev/null
    kept >"$dir/before"
    echo 0 >"$dir/status"
    "$registry_tools/bounded.py" 60 "$mib" minibox "$@" >"$dir/out" \
        2>"$dir/err" || echo $? >"$dir/status"
    kept >"$dir/after"
}

# recall DIR: status, output and stderr of that.
recall() {
    status=$(cat "$1/status")
    output=$(cat "$1/out")
    # shellcheck disable=SC2034 # for the functions of helper.bash
    stderr=$(cat "$1/err")
    # shellcheck disable=SC2034
    mapfile -t stderr_lines <"$1/err"
}

# the_cases FUNCTION: for each line "NAME | ..." of stdin, pull NAME, up to six
# at once; then FUNCTION DIR NAME ... judges, and all that it finds is shown.
the_cases() {
    local judge=$1 line text bad=0 n=0 lines=()
    mapfile -t lines
    for line in "${lines[@]}"; do
        n=$((n + 1))
        [ "$(jobs -rp | wc -l)" -lt 6 ] || wait -n || true
        apart "$BATS_TEST_TMPDIR/$n" pull "$(address_of "${line%% *}")" 3>&- &
    done
    wait
    n=0
    for line in "${lines[@]}"; do
        n=$((n + 1))
        text=${line#*|}
        "$judge" "$BATS_TEST_TMPDIR/$n" "${text# }" && continue
        echo "--- the case: $line" >&2
        bad=$((bad + 1))
    done
    wait_until nobody_left
    return $((bad > 0))
}

nobody_left() {
    ! grep -lzsF -- "MINIBOX_ROOT=$BATS_TEST_TMPDIR/" /proc/[0-9]*/environ
}

# address_of NAME: of a repository; without a tag it is the one-layer image.
address_of() {
    case $1 in
    *:*) echo "$faulty/$1" ;;
    *) echo "$faulty/$1:one" ;;
    esac
}

# one_line TEXT: stderr is one line of minibox's, with TEXT.  (Not helper's
# one_error_line, which needs a shell that ends at the first failure.)
one_line() {
    [[ ${#stderr_lines[@]} -eq 1 && $stderr == "minibox: "*"$1"* ]] ||
        same "one line with $1" "$stderr"
}

# refused DIR TEXT: it failed with TEXT, and nothing was kept.
refused() {
    recall "$1"
    status_is 1 && one_line "$2" && diff "$1/before" "$1/after"
}

# got DIR: it worked.
got() {
    recall "$1"
    status_is 0 && error_is "" && output_has "Status: Downloaded newer" &&
        grep -qx hello "$1"/store/layers/*/etc/hello &&
        same "" "$(ls "$1/store/tmp")"
}

# The question for a token to pull repository $1.
token_for() { echo "GET /token/$1?scope=repository:$1:pull&service=s"; }

# requests TEXT: how many requests had it in their line.
requests() { asked faulty "$1"; }

# ---- nothing wrong ----------------------------------------------------------

@test "registry: Docker's and OCI's words; plain, gzip and zstd; indexes" {
    the_cases got <<'END'
ok/x:docker-plain
ok/x:docker-gzip
ok/x:docker-zstd
ok/x:oci-plain
ok/x:oci-gzip
ok/x:oci-zstd
ok/x:oci-index
ok/x:docker-list
ok/x:mixed-index
ok/x:nested
ok/x:typeless
ok/x:same-layer-twice
ok/x:mislabelled
END
}

@test "registry: the image has all its files, and an ID that is right" {
    apart "$BATS_TEST_TMPDIR/x" pull "$faulty/ok/files:docker-gzip"
    got "$BATS_TEST_TMPDIR/x"
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/x/store
    local id layer
    id=$(minibox images -q --no-trunc)
    same "${id#sha256:}" \
        "$(sha256sum <"$MINIBOX_ROOT/blobs/sha256/${id#sha256:}" |
            cut -d' ' -f1)"
    layer=$(echo "$MINIBOX_ROOT"/layers/*/second)
    same two "$(cat "$layer")"
    [ ! -e "${layer%/*}/.wh.gone" ] # a whiteout became overlayfs's
    same 262144 "$(stat -c %s "$MINIBOX_ROOT"/layers/*/big)"
}

@test "registry: chunks, HTTP/1.0, headers in lower case, an image empty" {
    the_cases got <<'END'
chunked
http-1.0
lower-case
END
    apart "$BATS_TEST_TMPDIR/none" pull "$faulty/ok/x:no-layers"
    recall "$BATS_TEST_TMPDIR/none"
    status_is 0
}

@test "registry: a large layer goes through a small process" {
    mib=48
    apart "$BATS_TEST_TMPDIR/x" pull "$faulty/ok/x:large"
    got "$BATS_TEST_TMPDIR/x"
}

# ---- connections ------------------------------------------------------------

@test "registry: a connection that breaks goes on where it was" {
    the_cases got <<'END'
cut-layer-once/resume
cut-once-no-range/again
no-range/x
reset-once/x
lose-layer-once/x
lose-manifest-once/x
lose-config-once/x
END
    same 1 "$(grep -F "main GET /v2/cut-layer-once/resume/blobs" \
        "$registry_dir/faulty/requests" | grep -c 'range=bytes=[1-9]')"
}

@test "registry: a connection that always breaks ends" {
    the_cases refused <<'END'
cut-layer-always | transfer closed
cut-manifest-always | transfer closed
cut-config-always | transfer closed
chunks-cut | transfer closed
END
    [ "$(requests 'main GET /v2/cut-layer-always/blobs')" -le 7 ]
}

@test "registry: answers that are wrong about themselves" {
    the_cases refused <<'END'
length-too-long | layer
length-too-short | it ends after
length-negative | layer
length-enormous | layer
manifest-length-too-long | transfer closed
manifest-length-too-short | manifest verification failed
wrong-digest-header | manifest verification failed
junk-digest-header | is not a digest
wrong-range | layer
empty | it ends after 0 of
END
}

@test "registry: answers without end, in little memory" {
    the_cases refused <<'END'
flood-layer | layer
flood-manifest | longer than
flood-config | longer than
flood-token | longer than
flood-404 | not found
flood-chunks | longer than
flood-headers |
flood-one-header |
END
}

@test "registry: answers that are too slow" {
    export MINIBOX_HTTP_PATIENCE=2
    the_cases refused <<'END'
slow-layer | too slow
slow-manifest | too slow
slow-headers | too slow
END
}

# ---- statuses ---------------------------------------------------------------

@test "registry: 5xx and 429 pass: it is tried again" {
    the_cases got <<'END'
500-twice
502-twice
503-twice
504-twice
layer-500-twice
layer-502-twice
layer-503-twice
layer-504-twice
429-once/x
layer-429-once
429-junk
END
    same 3 "$(requests 'main GET /v2/503-twice/manifests/one')"
    same 2 "$(requests 'main GET /v2/429-once/x/manifests/one')"
}

@test "registry: Retry-After is kept to" {
    local before=$EPOCHREALTIME after
    apart "$BATS_TEST_TMPDIR/x" pull "$faulty/429-once/wait:one"
    after=$EPOCHREALTIME
    got "$BATS_TEST_TMPDIR/x"
    [ $((${after/[.,]/} - ${before/[.,]/})) -ge 1000000 ]
}

@test "registry: 5xx and 429 that do not pass, after five tries" {
    the_cases refused <<'END'
503-always/x | 503
layer-503-always | 503
429-always | 429
END
    same 5 "$(requests 'main GET /v2/503-always/x/manifests/one')"
}

@test "registry: 404, 403 and stranger ones, each as it is" {
    the_cases refused <<'END'
404 | manifest unknown
404-html | not found
layer-404 | blob unknown
layer-404-html | 404
nosuch | not found
denied | denied
418 | 418
204 | 204
error-json-odd | 404
error-escapes | not found
END
    same 1 "$(requests 'main GET /v2/404/manifests/one')"
    local file
    for file in "$BATS_TEST_TMPDIR"/*/err; do # no control sequences
        run grep -c "[$(printf '\001-\010\013-\037')]" "$file"
        [ "$output" = 0 ]
    done
}

# ---- logins -----------------------------------------------------------------

# login: to the faulty registry, which takes everything.
login() {
    minibox login -u alice --password-stdin "$faulty" <<<secret 2>/dev/null
}

@test "registry: tokens and passwords, as they are asked for" {
    login
    the_cases got <<'END'
basic/x
bearer/x
END
    [ "$(requests 'main GET /v2/basic/x/manifests/one auth=basic')" -ge 1 ]
    [ "$(requests 'main GET /v2/bearer/x/manifests/one auth=bearer')" -ge 1 ]
    [ "$(requests "main $(token_for bearer/x) auth=basic")" -ge 1 ]
}

@test "registry: no login, or one that is never good enough" {
    the_cases refused <<'END'
basic | no basic auth credentials
401-loop/x | unauthorized
END
    [ "$(requests 'main GET /v2/401-loop/x/manifests/one')" -le 3 ]
}

@test "registry: 401 with broken challenges of all kinds" {
    local i n
    n=$(cd "$registry_tools" &&
        python3 -B -c 'import faults; print(len(faults.CHALLENGES))')
    for ((i = 0; i < n; i++)); do
        echo "401/$i | minibox login"
    done >"$BATS_TEST_TMPDIR/list"
    the_cases refused <"$BATS_TEST_TMPDIR/list"
}

@test "registry: token servers that answer with nonsense" {
    the_cases refused <<'END'
token-junk | token
token-html | token
token-500 | 500
token-lines/x | token
token-nul | token
token-number | token
token-null | token
token-none | token
token-401 | unauthorized
token-redirect | 302
token-cut | token
END
    same 0 "$(requests 'main GET /v2/token-lines/x/manifests/one auth=bearer')"
}

@test "registry: the password goes to the registry's host, and to no other" {
    login
    the_cases got <<'END'
token-elsewhere/x
token-port/x
END
    same 1 "$(requests "host $(token_for token-elsewhere/x) auth=none")"
    same 0 "$(requests "host $(token_for token-elsewhere/x) auth=basic")"
    same 1 "$(requests "port $(token_for token-port/x) auth=basic")"
    same 0 "$(requests 'host GET /v2/')"
}

# ---- redirects --------------------------------------------------------------

@test "registry: redirects are followed, without what authorizes us" {
    login
    the_cases got <<'END'
redirect/x
redirect-host/x
redirect-config-host
redirect-relative
redirect-no-scheme
END
    [ "$(requests 'main GET /v2/redirect/x/blobs/')" -ge 2 ]
    same 1 "$(requests 'port GET /elsewhere/redirect/x/')"
    same 1 "$(requests 'host GET /elsewhere/redirect-host/x/')"
    run grep -E '^(port|host) .*auth=(basic|bearer)' \
        "$registry_dir/faulty/requests"
    lacks /elsewhere/ "$output"
}

@test "registry: redirects that lead nowhere" {
    the_cases refused <<'END'
redirect-loop | circles
redirect-circle | circles
redirect-file | file:///etc/passwd
redirect-layer-file | file:///etc/passwd
redirect-ftp | ftp://
redirect-junk |
redirect-colons |
redirect-long |
redirect-dead | 127.0.0.1
redirect-fragment |
redirect-user |
redirect-nowhere |
END
}

@test "registry: a redirect from https to http is not followed" {
    export SSL_CERT_FILE
    SSL_CERT_FILE=$(registry_ca secure)
    apart "$BATS_TEST_TMPDIR/x" pull "$secure/redirect-http:one"
    refused "$BATS_TEST_TMPDIR/x" "not secure"
    same 0 "$(asked secure 'port ')"
    apart "$BATS_TEST_TMPDIR/y" pull "$secure/ok:one"
    got "$BATS_TEST_TMPDIR/y"
}

@test "registry: no token by http for a registry with https" {
    export SSL_CERT_FILE
    SSL_CERT_FILE=$(registry_ca secure)
    minibox login -u alice --password-stdin "$secure" <<<secret
    apart "$BATS_TEST_TMPDIR/x" pull "$secure/token-port:one"
    refused "$BATS_TEST_TMPDIR/x" "token"
    same 0 "$(asked secure 'port ')"
}

# ---- images -----------------------------------------------------------------

@test "registry: content that is not what its digest says" {
    the_cases refused <<'END'
wrong-layer | layer
wrong-plain-layer | digest
wrong-config | digest
wrong-top | verification failed
layer-longer | longer than
layer-shorter-than-said | layer
layer-enormous | layer
wrong-diff-ids | expected sha256
layer-missing | blob unknown
END
}

@test "registry: manifests that can't be" {
    the_cases refused <<'END'
layer-negative | impossible size
layer-size-text | impossible size
layer-digest-md5 | is not a digest
layer-digest-path | is not a digest
layer-digest-none | is not a digest
layer-unknown-type | unknown media type
foreign | not in the registry
unknown-type | unknown media type
schema1 | version
both | manifest and an index in one
deep-json | JSON
many-layers | too many parts
many-layers-126 | max depth exceeded
manifest-empty | JSON
manifest-null | JSON
manifest-html | JSON
manifest-not-utf8 | JSON
manifest-nul | JSON
END
}

@test "registry: indexes and configs that can't be" {
    the_cases refused <<'END'
no-platform | no matching manifest for linux/
index-empty | no matching manifest for linux/
index-of-itself | digest
index-too-deep | index
few-diff-ids | length mismatch
no-diff-ids | diff_ids
config-no-json | JSON
config-array | JSON
config-huge | longer than
END
}

@test "registry: layers that can't be" {
    the_cases refused <<'END'
layer-junk | archive
layer-escapes | ..
END
    [ ! -e /tmp/escaped ]
}

@test "registry: what is kept of a half pull is whole, and can be pruned" {
    apart "$BATS_TEST_TMPDIR/x" pull "$faulty/wrong-second-layer:v1"
    recall "$BATS_TEST_TMPDIR/x"
    status_is 1
    one_line layer
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/x/store
    local blob
    for blob in "$MINIBOX_ROOT"/blobs/sha256/*; do
        [ -e "$blob" ] || continue
        same "${blob##*/}" "$(sha256sum <"$blob" | cut -d ' ' -f 1)"
    done
    same "" "$(ls "$MINIBOX_ROOT/tmp")"
    minibox image prune -f >/dev/null
    kept | diff "$BATS_TEST_TMPDIR/x/before" -
}

@test "registry: kill -9 in the middle; the next pull works" {
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/store
    minibox images >/dev/null
    minibox pull "$faulty/slow-layer/kill:one" >/dev/null 2>&1 3>&- &
    local pid=$!
    wait_until file_has "$registry_dir/faulty/requests" \
        'main GET /v2/slow-layer/kill/blobs/'
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
    wait_until nothing_runs
    check minibox pull -q "$faulty/ok/kill:one"
    status_is 0
    minibox rmi "$faulty/ok/kill:one"
    minibox image prune -f >/dev/null
    same "" "$(ls -A "$MINIBOX_ROOT/tmp")"
    same "" "$(ls -A "$MINIBOX_ROOT/blobs/sha256")"
}

# ---- not a registry ---------------------------------------------------------

# no_registry SITE TEXT: neither pull nor login get far there.
no_registry() {
    local address
    address=$(faulty_site faulty "$1")
    apart "$BATS_TEST_TMPDIR/$1" pull "$address/x:v1"
    refused "$BATS_TEST_TMPDIR/$1" "$2"
    check minibox login -u alice --password-stdin "$address" <<<secret
    status_is 1
    one_line "$2"
    [ ! -e "$DOCKER_CONFIG/config.json" ]
}

@test "registry: a web server" { no_registry web 404; }
@test "registry: a server that is always busy" { no_registry busy 503; }
@test "registry: a server that says nothing but 401" {
    no_registry locked unauthorized
}
@test "registry: a server of another protocol" { no_registry banner ''; }
@test "registry: a server that never says a word" {
    MINIBOX_HTTP_PATIENCE=2 no_registry silent timeout
}

# ---- pushes -----------------------------------------------------------------

# push_to NAME...: busybox, to each of them.
push_to() {
    local name
    for name; do
        minibox tag busybox "$faulty/$name:v1"
        check minibox push "$faulty/$name:v1"
        push_judge "$name" || return 1
    done
}

push_works() {
    push_judge() { status_is 0 && error_is ""; }
    push_to "$@"
}

# push_fails TEXT NAME
push_fails() {
    text=$1
    push_judge() { status_is 1 && one_line "$text"; }
    push_to "$2"
}

@test "registry: uploads to wherever the registry says" {
    push_works up/x up-absolute/x up-query/x up-elsewhere/x chunked/x http-1.0/x
    [ "$(requests 'host PATCH /v2/up-elsewhere/x/blobs/uploads/')" -ge 2 ]
    minibox rmi "$faulty/up/x:v1"
    check minibox pull -q "$faulty/up/x:v1"
    status_is 0
    same "$(minibox images -q busybox:latest)" \
        "$(minibox images -q "$faulty/up/x:v1")"
}

@test "registry: an upload to elsewhere tells nothing of our login" {
    login
    push_works upload-elsewhere/x
    [ "$(requests 'host PATCH /v2/upload-elsewhere/x')" -ge 2 ]
    run grep -E '^host (PATCH|PUT) .*auth=(basic|bearer)' \
        "$registry_dir/faulty/requests"
    same "" "$output"
}

@test "registry: an upload that breaks or meets a 503 is begun anew" {
    push_works up-start-503-twice/x up-patch-503-once/x up-patch-lost-once/x \
        up-put-503-once/x up-manifest-503-once/x
}

@test "registry: uploads that are refused" {
    push_fails 'too large' up-413/x
    push_fails 'digest did not match' up-digest/x
    push_fails 'manifest invalid' up-manifest/x
    push_fails '503' up-503-always/x
    push_fails '' up-file/x
    push_fails '' up-junk/x
    push_fails 'no place' up-nowhere/x
    push_fails '' denied/x
    push_fails 'minibox login' basic/x
    same 0 "$(requests 'main PUT /v2/up-digest/x/manifests/')"
    same 0 "$(requests 'main PUT /v2/up-413/x/manifests/')"
}
