#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# secrets.bats - how an image leaks, shown by one command each; and that audit
# finds it (tests/audit plants many more)
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

@test "audit: one secret in many places is one; no more than 20 of a file" {
    dockerfile <<'END'
FROM busybox
ENV DB_PASSWORD=hunter2
RUN v=hunter; for i in $(seq 30); do echo "TOKEN_$i=$v-$i"; done >/.env
END
    built
    check minibox audit t
    status_is 1
    output_has "t: 31 secrets in 32 places, nothing wasted" \
        "and 10 more in this file"
    check minibox audit --json t
    output_has '"secrets": 31,' '"others": 10'
    output_lacks '"again": 10'
}

@test "audit: trouble is 125, and one line" {
    fails 125 "No such image: nosuch" minibox audit nosuch
    fails 125 "open ./nosuch" minibox audit ./nosuch
    fails 125 "requires 1 argument" minibox audit
    fails 125 "unknown flag: --nosuch" minibox audit --nosuch busybox
    fails 125 "audit $HERE/helper.bash" minibox audit "$HERE/helper.bash"
    fails 125 "it is a directory" minibox audit "$HERE"
    error_has "tar -C DIR -c . | minibox audit -"
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
