#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# secrets.bats - how an image leaks, shown by one command each; and that audit
# finds it
#
# The secrets are nobody's.  They are written in pieces, so that those who
# search this file for secrets find none.
load helper

# One image for each leak of the notes.
setup_file_more() {
    export CANARY=canary-$RANDOM$RANDOM$RANDOM
    local dir=$BATS_FILE_TMPDIR/c
    mkdir "$dir"
    echo "password=$CANARY" >"$dir/secret.env"
    printf 'FROM busybox\nARG TOKEN\nRUN true\n' >"$dir/arg"
    printf 'FROM busybox\nENV DB_PASSWORD=%s\n' "$CANARY" >"$dir/env"
    printf 'FROM busybox\nCOPY secret.env /\nRUN rm /secret.env\n' >"$dir/copy"
    printf 'FROM busybox\nRUN : https://me:%s@h/x\n' "$CANARY" >"$dir/url"
    minibox build -q -t arg -f "$dir/arg" --build-arg "TOKEN=$CANARY" "$dir"
    local image
    for image in env copy url; do
        minibox build -q -t $image -f "$dir/$image" "$dir"
    done
}

# audited IMAGE WHERE TEXT...: audit finds a secret there, says all of TEXT, and
# never the secret itself.
audited() {
    local image=$1
    shift
    check minibox audit "$image"
    status_is 1
    output_has "$@"
    output_lacks "$CANARY"
    check minibox audit --json "$image"
    status_is 1
    output_lacks "$CANARY"
}

@test "leak: an ARG stands in the history" {
    minibox history --no-trunc arg | grep -F "$CANARY"
    audited arg "history line " "ARG TOKEN=can" "--mount=type=secret"
}

@test "leak: an ENV stands in the config" {
    minibox inspect env | grep -F "DB_PASSWORD=$CANARY"
    audited env "config Env: DB_PASSWORD" "run -e NAME"
}

@test "leak: what was copied and removed lies in its own layer" {
    check minibox run --rm copy cat /secret.env
    status_is 1
    minibox save copy | python3 -c 'import io, sys, tarfile
outer = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
sys.stdout.buffer.writelines(outer.extractfile(m).read()
                             for m in outer if m.isfile())' | grep -aF "$CANARY"
    audited copy "COPY secret.env /" "/secret.env, line 1" \
        'deleted by layer 3 "RUN rm /secret.env", but still in the image'
}

@test "leak: a URL in RUN stands in the history" {
    minibox history --no-trunc url | grep -F "me:$CANARY@h"
    audited url "password in a URL: " "history line " "****@h/x"
}

@test "audit: an archive is audited without being loaded" {
    local before
    minibox save -o "$BATS_TEST_TMPDIR/a.tar" copy env
    before=$(store_names)
    check minibox audit "$BATS_TEST_TMPDIR/a.tar"
    status_is 1
    output_has "copy:latest: 1 secret (1 in hidden files)" "env:latest: "
    same "$before" "$(store_names)"
    check minibox audit - <"$BATS_TEST_TMPDIR/a.tar"
    status_is 1
}

tmp_is_used() { [ -n "$(ls -A "$MINIBOX_ROOT/tmp")" ]; }

@test "audit: an archive that comes slowly, and kill -9, leave nothing" {
    mkfifo "$BATS_TEST_TMPDIR/slow"
    minibox audit - <>"$BATS_TEST_TMPDIR/slow" 3>&- &
    local pid=$!
    wait_until tmp_is_used
    kill -KILL $pid
    wait $pid || true
    minibox save env | minibox audit - >/dev/null || true
    same "" "$(ls -A "$MINIBOX_ROOT/tmp")"
}

@test "audit: no false alarm on busybox" {
    check minibox audit busybox
    status_is 0
    output_is "busybox: no secrets, nothing wasted"
}

@test "audit: no false alarm on Debian" {
    need_tool mmdebstrap
    if ! minibox base -q debian >/dev/null 2>&1; then
        need_or_skip "Debian's packages can't be had here"
    fi
    check minibox audit "$(minibox images --format '{{.Repository}}:{{.Tag}}' debian)"
    status_is 0
    output_has "no secrets"
}

@test "audit: trouble is 125, and one line" {
    fails 125 "No such image: nosuch" minibox audit nosuch
    fails 125 "open ./nosuch" minibox audit ./nosuch
    fails 125 "requires 1 argument" minibox audit
    fails 125 "unknown flag: --nosuch" minibox audit --nosuch busybox
    fails 125 "audit $HERE/helper.bash" minibox audit "$HERE/helper.bash"
}

# ---- planted secrets -------------------------------------------------------

# plant PATH < TEXT: a file of the context below root/.
plant() {
    mkdir -p "$BATS_TEST_TMPDIR/context/root/$(dirname "$1")"
    cat >"$BATS_TEST_TMPDIR/context/root/$1"
}

@test "audit: 40 kinds that were planted are all found" {
    local t=aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6 p=hunter2
    local body=MIIEowIBAAKCAQEA6yCv+BLrRP/dMPBXJWK21c0aqxIX6JkODL4K+zlyEURt
    local key n=0 line path kind
    dockerfile <<<$'FROM busybox\nCOPY root /'
    key=$(printf -- '-----BEGIN %s-----\n%s\n-----END %s-----' @ $body @)
    while IFS='|' read -r path line kind; do
        printf '%b\n' "$line" | plant "$path"
        printf '%s|/%s\n' "$kind" "$path" >>"$BATS_TEST_TMPDIR/planted"
        n=$((n + 1))
    done <<END
root/.netrc|machine h login me password $p|login in .netrc
etc/apt/auth.conf.d/x|machine h login me password $p|login of apt
root/.npmrc|//r.example/:_authToken=$p|login of npm
root/.pypirc|password = $p|login of PyPI
etc/pip.conf|index-url = https://me:$p@h/simple|login of pip
root/.gem/credentials|:rubygems_api_key: $p|login of RubyGems
root/.cargo/credentials.toml|token = "$p"|login of cargo
root/.m2/settings.xml|<password>$p</password>|login of Maven
root/.gradle/gradle.properties|signingPassword=$p|login of Gradle
root/.docker/config.json|{"auths":{"h":{"auth":"bWU6aHVudGVyMg=="}}}|login at a registry
root/.aws/credentials|aws_secret_access_key = $t|AWS secret access key
root/.config/gcloud/adc.json|{"client_secret": "$p"}|login at Google Cloud
root/.azure/accessTokens.json|{"accessToken": "$p"}|login at Azure
root/.kube/config|    token: $p|login at Kubernetes
srv/terraform.tfstate|"password": "$p"|password in Terraform's state
srv/x.tfvars|db_password = "$p"|password for Terraform
root/.git-credentials|https://me:$p@h|login of git
root/.config/gh/hosts.yml|oauth_token: $p|login of gh
srv/wp-config.php|define('DB_PASSWORD', '$p');|password of WordPress
root/.my.cnf|password=$p|password of MySQL
root/.pgpass|h:5432:db:me:$p|password in .pgpass
root/rclone.conf|pass = $p|login of rclone
etc/shadow|me:\$6\$salt\$$t:1:2|password hash
srv/.htpasswd|me:\$apr1\$salt\$$t|password hash
root/.bash_history|mysql --password $p|password in a shell's history
app/.env|DB_PASSWORD=$p|password in .env
app/settings.yml|password: $p|password
app/main.py|api_key = "q8Zr2LxVb7Kp4Tn"|API key
app/run.sh|curl -H 'Authorization: Bearer q8Zr2LxVb7Kp4Tn'|HTTP login
app/a|AK""IAQX2KJ7MNP4RST6VW|AWS access key id
app/b|gh""p_$t|GitHub token
app/c|gl""pat-$t|GitLab token
app/d|xo""xb-$t|Slack token
app/e|sk""_live_$t|Stripe key
app/f|np""m_$t|npm token
app/g|AI""za${t:0:35}|Google API key
app/h|eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.$t|JSON web token
END
    sed -i 's/""//' "$BATS_TEST_TMPDIR"/context/root/app/?
    for kind in OPENSSH RSA EC DSA; do
        echo "${key//@/$kind PRIVATE KEY}" | plant "root/.ssh/$kind"
    done
    printf '\xfe\xed\xfe\xed\0\0\0\2' | plant srv/app.jks
    printf '\x30\x82\x01\x02\x02\x01\x03\x30' | plant srv/app.p12
    printf '%s\n' 'private key (OpenSSH)|/root/.ssh/OPENSSH' \
        'private key (EC)|/root/.ssh/EC' 'private key (RSA)|/root/.ssh/RSA' \
        'private key (DSA)|/root/.ssh/DSA' \
        'keystore (Java)|/srv/app.jks' 'keystore (PKCS#12)|/srv/app.p12' \
        >>"$BATS_TEST_TMPDIR/planted"
    built
    minibox audit --json t >"$BATS_TEST_TMPDIR/json" || true
    check python3 -c 'import json, sys
found = {(s["kind"], s["name"])
         for s in json.load(open(sys.argv[1]))["images"][0]["secrets"]}
planted = {tuple(l.rstrip("\n").split("|")) for l in open(sys.argv[2])}
print("missed:", sorted(planted - found), "of", len(planted), file=sys.stderr)
print(len({k for k, _ in planted}) >= 40, planted <= found)' \
        "$BATS_TEST_TMPDIR/json" "$BATS_TEST_TMPDIR/planted"
    same "True True" "$output$(grep -v 'missed: \[\]' <<<"$stderr")"
    run ! grep -E "$p|$t" "$BATS_TEST_TMPDIR/json"
}

@test "audit: package caches are waste, and no secret" {
    dockerfile <<'END'
FROM busybox
RUN mkdir -p /var/lib/apt/lists /root/.npm && \
    head -c 90000 /dev/zero >/var/lib/apt/lists/x && \
    head -c 50000 /dev/zero >/root/.npm/y
RUN rm /root/.npm/y
END
    built
    check minibox audit t
    status_is 0
    output_has "t: no secrets, 50kB wasted" \
        "apt's package lists in layer 2: /var/lib/apt/lists" \
        "rm -rf /var/lib/apt/lists/*" "brought by layer 2, deleted by layer 3"
}

@test "audit: 80 columns, and no control characters of the image" {
    dockerfile <<'END'
FROM busybox
RUN mkdir /o && echo 'password: hunter2' >"/o/$(printf 'a\033[31mb').yml"
LABEL token="a[31mhunter2hunter2"
END
    sed -i $'s/"a\\[31m/"a\033[31m/' "$context/Dockerfile"
    built
    check minibox audit t
    status_is 1
    output_has '/o/a\x1b[31mb.yml'
    output_lacks $'\033'
    same "" "$(LC_ALL=C.UTF-8 awk 'length > 80' <<<"$output")"
    check minibox audit --json t
    output_lacks $'\033'
    output_lacks 'u001b'
}
