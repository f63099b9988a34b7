#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mounts.bats - RUN --mount and --network, build --secret
load helper

# secret_file NAME TEXT: a file of this test that nobody else may read.
secret_file() {
    (umask 077 && printf %s "$2" >"$BATS_TEST_TMPDIR/$1")
    echo "$BATS_TEST_TMPDIR/$1"
}

# top_layer: what is in the newest layer of image "t", one name a line.
top_layer() {
    local saved=$BATS_TEST_TMPDIR/saved layer
    minibox save t >"$saved"
    layer=$(tar xOf "$saved" manifest.json | grep -o 'blobs/sha256/[0-9a-f]*' |
        tail -1)
    tar xOf "$saved" "$layer" | tar t
}

# ---- secrets ---------------------------------------------------------------

@test "secret: a file that only its owner may read, in that step alone" {
    dockerfile <<'END'
FROM busybox
RUN --mount=type=secret,id=token cat /run/secrets/token; echo " end"; \
    stat -c '%a %u:%g %s' /run/secrets/token; \
    echo >/run/secrets/token || echo read-only
RUN ls /run/secrets/token
END
    check minibox build --secret "id=token,src=$(secret_file f s3cret)" "$context"
    status_is 1
    error_has $'\ns3cret end\n400 0:0 6\n' read-only \
        'ls: /run/secrets/token: No such file'
}

@test "secret: target, mode, uid, gid, and a variable" {
    dockerfile <<'END'
FROM busybox
WORKDIR /w
RUN --mount=type=secret,id=token,target=/a/b,mode=0440,uid=3,gid=4 \
    stat -c '%n %a %u:%g' /a/b
RUN --mount=type=secret,id=token,target=c cat /w/c && echo
RUN --mount=type=secret,source=token,env=TOKEN echo "var $TOKEN"; ls /run || :
RUN --mount=type=secret,id=token,env=TOKEN,target=/d [ "$(cat /d)" = $TOKEN ]
RUN echo "none ${TOKEN-unset}"
END
    check minibox build --secret "id=token,src=$(secret_file f s3cret)" "$context"
    error_has $'/a/b 440 3:4\n' $'\ns3cret\n' 'var s3cret' 'ls: /run: No such' \
        'none unset'
    dockerfile <<<$'FROM busybox\nRUN --mount=type=secret,id=v,env=V echo "<$V>"'
    OUTSIDE=value check minibox build --secret id=v,env=OUTSIDE "$context"
    status_is 0
    error_has '<value>'
}

@test "secret: a pipe will do, and 500 KiB of any bytes" {
    dockerfile <<'END'
FROM busybox
RUN --mount=type=secret,id=pipe --mount=type=secret,id=big \
    cat /run/secrets/pipe; sha256sum </run/secrets/big
END
    head -c 512000 /dev/urandom >"$BATS_TEST_TMPDIR/big"
    chmod 600 "$BATS_TEST_TMPDIR/big"
    check minibox build --secret "id=big,src=$BATS_TEST_TMPDIR/big" \
        --secret id=pipe,src=<(echo piped) "$context"
    status_is 0
    error_has $'\npiped\n' "$(sha256sum <"$BATS_TEST_TMPDIR/big")"
    lacks warning "$stderr"
}

@test "secret: without one the step runs, unless it is required" {
    dockerfile <<<$'FROM busybox\nRUN --mount=type=secret,id=x ls /run'
    build
    status_is 1
    output_has 'ls: /run: No such file'
    dockerfile <<<$'FROM busybox\nRUN --mount=type=secret,id=x,required echo ran'
    check minibox build "$context"
    status_is 1
    error_has 'the step needs the secret "x", which was not given' \
        '--secret id=x,src=FILE'
    lacks $'\nran' "$stderr"
}

@test "secret: what is no good is refused before the first step" {
    dockerfile <<<$'FROM busybox\nRUN echo never'
    local dir=$BATS_TEST_TMPDIR
    head -c 512001 /dev/zero >"$dir/big"
    fails 1 "id=x: $dir/none: No such file" \
        minibox build -q --secret "id=x,src=$dir/none" "$context"
    fails 1 "$dir is a directory" \
        minibox build -q --secret "id=x,src=$dir" "$context"
    chmod 600 "$dir/big"
    fails 1 'larger than 512000 bytes' \
        minibox build -q --secret "id=x,src=$dir/big" "$context"
    fails 1 'the variable NOSUCH is not set' \
        minibox build -q --secret id=x,env=NOSUCH "$context"
    fails 1 'the secret has no id' minibox build -q --secret src=x "$context"
    check minibox build --secret id=x,src=nosuch "$context"
    lacks 'Step 2' "$stderr"
    echo open >"$dir/open"
    check minibox build --secret "id=x,src=$dir/open" "$context"
    status_is 0
    error_has "warning: the secret file $dir/open can be read by everybody"
}

@test "secret: empty, 10 MB, not ours to read" {
    local dir=$BATS_TEST_TMPDIR
    dockerfile <<<$'FROM busybox\nRUN --mount=type=secret,id=x,required wc -c /run/secrets/x'
    check minibox build --secret "id=x,src=$(secret_file empty "")" "$context"
    status_is 0
    error_has $'\n0 /run/secrets/x\n'
    (umask 077 && head -c 10000000 /dev/zero >"$dir/big")
    fails 1 'larger than 512000 bytes' \
        minibox build -q --secret "id=x,src=$dir/big" "$context"
    only_user "root may read everything"
    fails 1 "/etc/shadow: Permission denied" \
        minibox build -q --secret id=x,src=/etc/shadow "$context"
}

@test "secret: another value does not run the step again" {
    dockerfile <<<$'FROM busybox\nRUN --mount=type=secret,id=x sha256sum /run/secrets/x >/s'
    built --secret "id=x,src=$(secret_file f one)"
    built --secret "id=x,src=$(secret_file f two)"
    output_has 'Using cache'
    built # and what is in the cache needs none at all
    output_has 'Using cache'
}

# ---- the demonstration: a canary that is nowhere ---------------------------

# canary: 24 random letters, in the file $canary, and never on a command line.
make_canary() {
    canary=$BATS_TEST_TMPDIR/canary
    (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' xy | tr -d '\n' \
        >"$canary")
}

# canary_in FILE...: names of those that hold it, packed or plain.
canary_in() {
    grep -laF -f "$canary" -r -- "$@" || true
    find "$@" -type f -print0 | while IFS= read -r -d '' file; do
        zcat -f -- "$file" 2>/dev/null | grep -qaF -f "$canary" && echo "$file"
    done
    return 0
}

# canary_in_proc: processes whose variables or words hold it.
canary_in_proc() {
    grep -laF -f "$canary" /proc/[0-9]*/environ /proc/[0-9]*/cmdline \
        2>/dev/null || true
}

@test "secret: a canary is in no layer, config, history, cache, log, process" {
    make_canary
    dockerfile <<'END'
FROM busybox
ARG BUILD=1
RUN --mount=type=secret,id=canary --mount=type=secret,id=canary,env=CANARY \
    --mount=type=cache,target=/cache --mount=type=tmpfs,target=/t \
    cp /run/secrets/canary /t/copy; \
    sha256sum </run/secrets/canary >/seen; \
    printf %s "$CANARY" | sha256sum >>/seen; \
    sleep 1000 & sh -c 'sleep 1000' "$CANARY" & true
RUN echo after
END
    minibox build -t t --secret "id=canary,src=$canary" "$context" \
        >"$BATS_TEST_TMPDIR/log" 2>&1
    # The step has seen it, and twice.
    local sum
    sum=$(sha256sum <"$canary")
    check in_image 'cat /seen'
    output_is "$sum"$'\n'"$sum"
    # Its two processes in the background are dead, and it is nowhere.
    nothing_runs
    same "" "$(canary_in_proc)"
    same "" "$(canary_in "$MINIBOX_ROOT" "$BATS_TEST_TMPDIR/log")"
    mkdir "$BATS_TEST_TMPDIR/out"
    minibox save t >"$BATS_TEST_TMPDIR/out/saved"
    minibox history --no-trunc t >"$BATS_TEST_TMPDIR/out/history"
    minibox inspect t >"$BATS_TEST_TMPDIR/out/inspect"
    same "" "$(canary_in "$BATS_TEST_TMPDIR/out")"
    assert_no_mounts
    # Is the search any good?  What is copied is found.
    dockerfile <<<$'FROM busybox\nRUN --mount=type=secret,id=c cp /run/secrets/c /leak'
    minibox build -q -t t --secret "id=c,src=$canary" "$context"
    has blobs/sha256 "$(canary_in "$MINIBOX_ROOT")"
    minibox rmi t
    minibox system prune -f >/dev/null
    same "" "$(canary_in "$MINIBOX_ROOT")"
}

# From a variable, which nobody but that minibox has.
build_with_canary() {
    env CANARY="$(cat "$canary")" minibox build --explain -t t "$@" \
        --secret id=file,src="$canary" --secret id=var,env=CANARY "$context" \
        >>"$BATS_TEST_TMPDIR/log" 2>&1
}

# canary_is_nowhere: not in the store, the logs, the documents, a process.
canary_is_nowhere() {
    assert_nothing_runs
    same "" "$(canary_in_proc)"
    same "" "$(canary_in "$MINIBOX_ROOT" "$BATS_TEST_TMPDIR/log")"
    wait_until no_new_empty_cgroups
    assert_no_mounts
}

@test "secret: a step that fails, a cached one: it is nowhere" {
    make_canary
    dockerfile <<'END'
FROM busybox
ARG FAIL=1
RUN --mount=type=secret,id=file --mount=type=secret,id=var,env=V,target=/v \
    cmp /run/secrets/file /v && [ "$V" = "$(cat /v)" ] && echo bo''th; \
    sh -c 'sleep 1000' "$V" & exit $FAIL
RUN echo after
END
    status=0
    build_with_canary || status=$?
    status_is 1
    grep -qx both "$BATS_TEST_TMPDIR/log"
    grep -q 'exit code: 1$' "$BATS_TEST_TMPDIR/log"
    canary_is_nowhere
    build_with_canary --build-arg FAIL=0
    canary_is_nowhere
    build_with_canary --build-arg FAIL=0
    grep -q 'Using cache' "$BATS_TEST_TMPDIR/log"
    canary_is_nowhere
    minibox inspect t >>"$BATS_TEST_TMPDIR/log"
    minibox history --no-trunc t >>"$BATS_TEST_TMPDIR/log"
    check minibox audit t
    status_is 0
    canary_is_nowhere
}

@test "secret: kill -9 in the middle of the step, and it is nowhere" {
    make_canary
    dockerfile <<'END'
FROM busybox
RUN --mount=type=secret,id=canary --mount=type=secret,id=canary,env=CANARY \
    --mount=target=/ctx,rw \
    cp /run/secrets/canary /dev/shm/copy; echo rea''dy; sleep 1000
END
    minibox build -t t --secret "id=canary,src=$canary" "$context" \
        >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    local pid=$!
    wait_until file_has "$BATS_TEST_TMPDIR/log" ready
    kill -KILL "$pid"
    wait "$pid" || true
    assert_nothing_runs
    wait_until no_new_empty_cgroups
    assert_no_mounts
    same "" "$(canary_in_proc)"
    same "" "$(canary_in "$MINIBOX_ROOT" "$BATS_TEST_TMPDIR/log")"
    dockerfile <<<$'FROM busybox\nRUN echo swept'
    built --no-cache
    same "" "$(ls -A "$MINIBOX_ROOT/tmp")"
}

# ---- nothing stays ---------------------------------------------------------

@test "mount: no mount point stays in the layer, nor a directory above it" {
    touch "$BATS_TEST_TMPDIR/x"
    dockerfile <<'END'
FROM busybox
RUN ln -s /real /link && mkdir /real /there
RUN --mount=type=secret,id=x --mount=type=secret,id=x,target=/link/p/q \
    --mount=type=secret,id=x,target=/there/x --mount=type=tmpfs,target=/a/b \
    --mount=type=cache,target=/c --mount=target=/d \
    ls /run/secrets/x /real/p/q /there/x && ls -d /a/b /c /d/Dockerfile
END
    chmod 600 "$BATS_TEST_TMPDIR/x"
    built --secret "id=x,src=$BATS_TEST_TMPDIR/x"
    same "" "$(top_layer)"
    check in_image 'ls -d /run /real/* /there/* /a /c /d'
    output_is ""
}

@test "mount: what the step writes beside its mounts stays" {
    dockerfile <<'END'
FROM busybox
RUN --mount=type=tmpfs,target=/a/b touch /a/beside /a/b/inside
END
    built
    same $'a/\na/beside' "$(top_layer)"
}

@test "mount: on a file or a link to nothing there is a clear answer" {
    dockerfile <<<$'FROM busybox\nRUN touch /f && ln -s /nowhere /l'
    minibox build -q -t odd "$context"
    dockerfile <<<$'FROM odd\nRUN --mount=type=tmpfs,target=/f true'
    build
    status_is 1
    output_has 'target=/f'
    dockerfile <<<$'FROM odd\nRUN --mount=type=tmpfs,target=/l true'
    build
    status_is 1
    output_has '/l in the image is a link to nothing'
    dockerfile <<<$'FROM odd\nRUN --mount=source=Dockerfile,target=/bin true'
    build
    status_is 1
    output_has "a file can't cover a directory"
    minibox rmi odd
}

# ---- bind ------------------------------------------------------------------

@test "bind: the context, without what .dockerignore names" {
    dockerfile <<'END'
FROM busybox
RUN --mount=target=/ctx cd /ctx && ls -A && cat sub/f && stat -c %u:%g sub/f; \
    touch new || echo read-only
END
    mkdir -p "$context/sub"
    echo text >"$context/sub/f"
    echo x >"$context/hidden"
    printf 'hidden\nDockerfile\n.dockerignore\n' >"$context/.dockerignore"
    built
    output_has $'\nsub\ntext\n0:0\n' read-only
    lacks hidden "$(grep -x hidden <<<"$output")"
    output_lacks /ctx/hidden
    # By its name it is not there either.
    dockerfile <<<$'FROM busybox\nRUN --mount=source=hidden,target=/h true'
    build
    status_is 1
    output_has '"/hidden": not found'
}

@test "bind: a directory, a file, through links, and never out of the context" {
    dockerfile <<'END'
FROM busybox
RUN --mount=source=d,target=/d --mount=source=d/f,target=/f \
    --mount=source=good,target=/g cat /d/f /f /g/f
RUN --mount=target=/ctx cat /ctx/evil || echo clamped
END
    mkdir "$context/d"
    echo text >"$context/d/f"
    ln -s d "$context/good"
    ln -s "$BATS_TEST_TMPDIR/outside" "$context/evil"
    echo SECRET-OF-HOST >"$BATS_TEST_TMPDIR/outside"
    built
    output_has $'\ntext\ntext\ntext\n' clamped
    output_lacks SECRET-OF-HOST
    dockerfile <<<$'FROM busybox\nRUN --mount=source=evil,target=/e cat /e'
    build
    status_is 1
    output_lacks SECRET-OF-HOST
    dockerfile <<<$'FROM busybox\nRUN --mount=source=../outside,target=/e cat /e'
    build
    status_is 1
    output_lacks SECRET-OF-HOST
}

@test "bind: rw is thrown away, in the context and in the next step" {
    dockerfile <<'END'
FROM busybox AS one
RUN echo one >/one
FROM busybox
RUN --mount=target=/ctx,rw --mount=from=one,target=/one,rw \
    echo changed >/ctx/f && rm /one/one && touch /one/new && cat /ctx/f
RUN --mount=target=/ctx --mount=from=one,target=/one,rw \
    cat /ctx/f /one/one; ls /one/new
END
    echo before >"$context/f"
    build
    status_is 1
    output_has $'\nchanged\n' $'\nbefore\none\n' 'ls: /one/new: No such file'
    same before "$(cat "$context/f")"
}

@test "bind: the step runs again when what is mounted has changed" {
    dockerfile <<<$'FROM busybox\nRUN --mount=source=d,target=/d cat /d/f >/f'
    mkdir "$context/d"
    echo one >"$context/d/f"
    built
    touch "$context/d/f" "$context/beside"
    built
    output_has 'Using cache'
    echo two >"$context/d/f"
    built
    lacks 'Using cache' "$output"
    check in_image 'cat /f'
    output_is two
}

@test "bind: from a stage, which is built for it, and from an image" {
    dockerfile <<'END'
FROM busybox AS tools
RUN mkdir /t && echo tool >/t/f
FROM busybox AS unused
RUN false
FROM busybox
ARG S=/t
RUN --mount=from=tools,source=$S,target=/tools cat /tools/f; touch /tools/x || :
RUN --mount=from=busybox,target=/b ls -d /b/bin/busybox
RUN --mount=from=0,source=t/f,target=/f cat /f
END
    built
    same 2 "$(grep -cx tool <<<"$output")"
    output_has '/b/bin/busybox' 'touch: /tools/x: Read-only'
    dockerfile <<<$'FROM busybox\nRUN --mount=from=nosuch,target=/x true'
    build
    status_is 1
    output_has 'neither a stage before this one nor an image'
    output_lacks 'Step 1'
    dockerfile <<<$'FROM busybox AS a\nRUN --mount=from=a,target=/x true'
    build
    status_is 1
    output_has 'circular dependency detected on stage: a'
    dockerfile <<<$'FROM busybox\nRUN --mount=from=busybox,source=/none,target=/x true'
    build
    status_is 1
    output_has '/none: No such file'
}

# ---- cache and tmpfs -------------------------------------------------------

@test "cache: it lasts, it is in no layer, and its content is in no key" {
    dockerfile <<'END'
FROM busybox
RUN --mount=type=cache,target=/c echo line >>/c/log; wc -l </c/log; \
    head -c 5000000 /dev/zero >/c/big
RUN --mount=type=cache,id=/c,target=/other,ro cat /other/log; touch /other/x || :
END
    built
    output_has $'\n1\n' $'\nline\n' 'touch: /other/x: Read-only'
    same "" "$(top_layer)"
    built
    same 2 "$(grep -c 'Using cache' <<<"$output")"
    built --no-cache
    output_has $'\n2\n'
    check minibox system df --format '{{.Type}} {{.Size}}'
    [[ $output =~ $'\n'Build\ Cache\ 5\.[0-9]+MB ]]
    minibox system prune -f >/dev/null
    [ ! -e "$MINIBOX_ROOT/mounts" ]
    built --no-cache
    output_has $'\n1\n'
}

@test "cache: owner and mode, and an id that looks like a path" {
    dockerfile <<'END'
FROM busybox
RUN --mount=type=cache,target=/c,uid=7,gid=8,mode=0700,id=../../../evil \
    stat -c '%a %u:%g' /c
RUN --mount=type=cache,target=/d stat -c '%a %u:%g' /d
END
    built
    output_has $'\n700 7:8\n' $'\n755 0:0\n'
    [ ! -e "$MINIBOX_ROOT/../evil" ]
    [ ! -e "$MINIBOX_ROOT/../../evil" ]
}

# hold_cache SHARING: a build in the background that has the cache until
# let_go.
hold_cache() {
    mkdir -p "$BATS_TEST_TMPDIR/holder"
    rm -f "$BATS_TEST_TMPDIR/held"
    cat >"$BATS_TEST_TMPDIR/holder/Dockerfile" <<END
FROM busybox
RUN --mount=type=cache,id=hold,target=/c,sharing=$1 \
    rm -f /c/stop; touch /c/held; echo holds; while [ ! -e /c/stop ]; do usleep 20000; done
END
    minibox build "$BATS_TEST_TMPDIR/holder" \
        >"$BATS_TEST_TMPDIR/held" 2>&1 3>&- &
    holder=$!
    wait_until file_has "$BATS_TEST_TMPDIR/held" $'\nholds'
}
let_go() {
    touch "$(find "$MINIBOX_ROOT/mounts" -name held | sed 's/held$/stop/')"
    wait "$holder"
}

@test "cache: locked waits, shared does not" {
    hold_cache locked
    dockerfile <<'END'
FROM busybox
RUN --mount=type=cache,id=hold,target=/c,sharing=locked ls /c; echo got it
END
    minibox build --no-cache "$context" >"$BATS_TEST_TMPDIR/second" 2>&1 3>&- &
    local second=$!
    wait_until file_has "$BATS_TEST_TMPDIR/second" 'Step 2'
    wait_until waits_for_lock "$second"
    lacks 'got it' "$(grep -v ^Step "$BATS_TEST_TMPDIR/second")"
    let_go
    wait "$second"
    has $'held\nstop\ngot it' "$(cat "$BATS_TEST_TMPDIR/second")"
}

# waits_for_lock PID: the kernel says that it waits for a lock.
waits_for_lock() { grep -q -- "-> FLOCK .* $1 " /proc/locks; }

@test "cache: shared is the same directory, private another" {
    hold_cache shared
    dockerfile <<<$'FROM busybox\nRUN --mount=type=cache,id=hold,target=/c ls /c'
    built
    output_has $'\nheld\n'
    let_go
    hold_cache private
    dockerfile <<'END'
FROM busybox
RUN --mount=type=cache,id=hold,target=/c,sharing=private ls /c; touch /c/stop
END
    built
    lacks held "$output"
    let_go
}

@test "tmpfs: its size, programs in it, and what lies below another mount" {
    dockerfile <<'END'
FROM busybox
RUN --mount=type=tmpfs,target=/t,size=1m --mount=type=secret,id=x,target=/t/x \
    --mount=type=tmpfs,target=/all \
    cat /t/x; head -c 2000000 /dev/zero >/t/big || ls -s /t/big; \
    cp /bin/busybox /all/echo && /all/echo executed
END
    built --secret "id=x,src=$(secret_file f below)"
    output_has $'\nbelow' '1024 /t/big' executed
    same "" "$(top_layer)"
}

# ---- flags -----------------------------------------------------------------

@test "RUN: what is wrong with a flag is said before the first step" {
    local flag
    while IFS='|' read -r flag says; do
        dockerfile <<<"FROM busybox
RUN echo first
RUN $flag true"
        build
        status_is 1
        output_has "$says" "    3 | RUN $flag true"
        output_lacks 'Step 1'
    done <<'END'
--mount=type=ssh|type=ssh is not in minibox
--mount=type=nfs,target=/x|unsupported mount type "nfs"
--mount=targt=/x|unexpected key 'targt' in 'targt=/x'
--mount=type=tmpfs,target=/x,uid=1|uid not allowed for "tmpfs" type mounts
--mount=type=secret|one of source, target required
--mount=target=/x,from=$A|'from' doesn't support variable expansion
--mount=type=cache,target=/x,from=busybox|a cache with a from
--mount|missing a value on flag: --mount
--security=insecure|RUN --security is not in minibox
--network=bridge|invalid network mode "bridge"
END
}

@test "RUN: a flag with a variable is judged when its turn comes" {
    dockerfile <<'END'
FROM busybox
ARG T=ssh
RUN --mount=type=$T,target=/x true
END
    build
    status_is 1
    output_has 'type=ssh is not in minibox' 'Step 2'
    built --build-arg T=tmpfs
    dockerfile <<<$'FROM busybox\nRUN --mount=source=Dockerfile true'
    build
    status_is 1
    output_has 'invalid mount target "/"'
}

@test "RUN --network: none has no network, host and default have ours" {
    dockerfile <<'END'
FROM busybox
RUN --network=none grep -c : /proc/net/dev
RUN --network=host grep -c : /proc/net/dev
RUN --network=default grep -c : /proc/net/dev
END
    built
    local ours
    ours=$(grep -c : /proc/net/dev)
    same $'1\n'"$ours"$'\n'"$ours" "$(grep -x '[0-9]*' <<<"$output")"
    build --network none
    status_is 1
    output_has 'RUN --network=host, but the build has --network none'
    output_lacks 'Step 1'
}
