#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# robust.bats - kill -9 at any moment, many at once: the store stays whole
load helper

# kill_at N LOG COMMAND...: start it, wait until --explain has told N steps or
# it has ended, kill -9 it.  So the moments are steps, not milliseconds.
kill_at() {
    local n=$1 log=$2 pid
    shift 2
    : >"$log"
    "$@" </dev/null >/dev/null 2>"$log" 3>&- &
    pid=$!
    until [ "$(grep -c '^| ' "$log")" -ge "$n" ] ||
        ! kill -0 "$pid" 2>/dev/null; do :; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# store_works: nothing runs, nothing is left over but what the next build
# sweeps away, and all that was there before works.
store_works() {
    assert_nothing_runs
    assert_no_cgroups
    assert_no_mounts
    check minibox run --rm busybox echo fine
    output_is fine
    check minibox ps -a
    status_is 0
    check minibox images
    status_is 0
    error_is ""
}

# swept: a build that executes a step has cleaned tmp/.
swept() {
    dockerfile <<<$'FROM busybox\nRUN echo swept'
    built --no-cache
    same "" "$(ls -A "$MINIBOX_ROOT/tmp")"
}

remove_containers() {
    local id
    for id in $(minibox ps -aq); do
        minibox rm "$id" >/dev/null
    done
    same "" "$(ls "$MINIBOX_ROOT/containers")"
}

# ---- kill -9 ---------------------------------------------------------------

@test "robust: kill -9 of a run at any step leaves no process and no harm" {
    local n
    for n in $(seq 0 18); do
        kill_at "$n" "$BATS_TEST_TMPDIR/log" \
            minibox run --explain busybox sleep 0.5
    done
    wait_until nothing_runs
    store_works
    remove_containers
    same "" "$(find "$MINIBOX_ROOT/names" -type l)" ||
        minibox run --rm busybox true
}

@test "robust: kill -9 of a running container's minibox ends the container" {
    start_container r-killed
    kill -KILL "$minibox_pid"
    wait "$minibox_pid" || true
    wait_until test ! -e "/proc/$container_pid"
    store_works
    check minibox ps -a
    output_has 'Exited (137)' r-killed
    minibox rm r-killed
}

@test "robust: kill -9 of the keeper does not hurt the container" {
    start_container r-keeper
    local pid
    for pid in $(our_processes); do
        [ "$(cat "/proc/$pid/comm")" != minibox-keeper ] || kill -KILL "$pid"
    done
    echo >>"$BATS_TEST_TMPDIR/r-keeper.stdin"
    status=0
    wait "$minibox_pid" || status=$?
    status_is 0
    minibox rm r-keeper
    store_works
}

@test "robust: kill -9 of the command gives 137" {
    start_container r-command
    kill -KILL "$container_pid"
    status=0
    wait "$minibox_pid" || status=$?
    status_is 137
    minibox rm r-command
}

@test "robust: kill -9 of a build at any step leaves no process and no harm" {
    local n
    for n in 0 1 2 4 6 9 12 15 18 20 22 24 26 28 30 34 38 42; do
        dockerfile <<END
FROM busybox
ENV N=$n
RUN echo $n >/one; mkdir -m 0 /locked; chown 1234 /one
COPY f /two
WORKDIR /three
RUN echo $n >/four
END
        echo "$n" >"$context/f"
        kill_at "$n" "$BATS_TEST_TMPDIR/log" \
            minibox build --explain -t r-build "$context"
        wait_until nothing_runs
        # The same build goes through now, whatever the first one left.
        minibox build -q -t r-build "$context" >/dev/null
        check minibox run --rm r-build cat /one /two /four
        output_is "$n
$n
$n"
    done
    swept
    store_works
}

@test "robust: kill -9 in the middle of a long RUN: tmp/ is swept by the next" {
    local log=$BATS_TEST_TMPDIR/log pid
    dockerfile <<<$'FROM busybox\nRUN touch /f; echo in it; sleep 100'
    minibox build "$context" >/dev/null 2>"$log" 3>&- &
    pid=$!
    wait_until grep -qx 'in it' "$log"
    kill -KILL $pid
    wait $pid || true
    wait_until nothing_runs
    [ -n "$(ls -A "$MINIBOX_ROOT/tmp")" ]
    swept
    store_works
}

@test "robust: kill -9 of base, import, tag and rmi" {
    local delay
    for delay in 0.001 0.002 0.004 0.008 0.012 0.016 0.020 0.030; do
        # timeout(1) is what is tested here: any moment will do
        timeout -s KILL $delay minibox base -q -t r-base busybox || true
        timeout -s KILL $delay minibox tag busybox r-tag || true
        timeout -s KILL $delay minibox rmi r-tag r-base || true
        check minibox images
        status_is 0
        error_is ""
    done 2>/dev/null
    minibox base -q -t r-base busybox >/dev/null
    minibox run --rm r-base true
    minibox rmi r-base
    swept
    store_works
}

@test "robust: kill -9 of rm: the container is there or it is not" {
    local delay
    for delay in 0.001 0.002 0.003 0.004 0.006; do
        minibox run --name r-rm busybox sh -c \
            'i=0; while [ $i -lt 300 ]; do : >/f$i; i=$((i+1)); done'
        timeout -s KILL $delay minibox rm r-rm >/dev/null 2>&1 || true
        check minibox ps -a
        status_is 0
        # what is half gone must be removable, and its name free afterwards
        remove_containers
    done
}

@test "robust: TERM and HUP end a build, and nothing is left" {
    local signal log=$BATS_TEST_TMPDIR/log pid
    for signal in TERM HUP; do
        dockerfile <<<$'FROM busybox\nRUN echo in it; exec sleep 3'
        minibox build --no-cache "$context" >/dev/null 2>"$log" 3>&- &
        pid=$!
        wait_until grep -qx 'in it' "$log"
        kill -$signal $pid
        wait $pid || true
        wait_until nothing_runs
    done
    swept
    store_works
}

# ---- many at once ----------------------------------------------------------

@test "robust: fifty containers at once all end as they should" {
    local n pids=() wrong="" before
    # a killed rm of the tests above may have left a name that is free
    before=$(find "$MINIBOX_ROOT"/{containers,names} -mindepth 1)
    for n in $(seq 50); do
        minibox run --rm busybox sh -c "echo $n; exit $n" \
            >"$BATS_TEST_TMPDIR/$n" 2>&1 3>&- &
        pids+=($!)
    done
    for n in $(seq 50); do
        status=0
        wait "${pids[n - 1]}" || status=$?
        [ "$status $(cat "$BATS_TEST_TMPDIR/$n")" = "$n $n" ] ||
            wrong+="$n: $status $(cat "$BATS_TEST_TMPDIR/$n"); "
    done
    same "" "$wrong"
    same "$before" "$(find "$MINIBOX_ROOT"/{containers,names} -mindepth 1)"
    store_works
}

@test "robust: ten that want one name: one gets it" {
    local n pids=() won=0
    for n in $(seq 10); do
        minibox run --name r-one busybox sleep 0.2 2>/dev/null 3>&- &
        pids+=($!)
    done
    for n in "${pids[@]}"; do
        wait "$n" && won=$((won + 1))
    done
    same 1 "$won"
    remove_containers
}

@test "robust: a first store, opened by ten at once" {
    local root=$BATS_TEST_TMPDIR/first n pids=()
    for n in $(seq 10); do
        MINIBOX_ROOT=$root minibox base -q busybox >/dev/null 3>&- &
        pids+=($!)
    done
    for n in "${pids[@]}"; do
        wait "$n"
    done
    MINIBOX_ROOT=$root minibox run --rm busybox true
    same 1 "$(MINIBOX_ROOT=$root minibox images -q | wc -l)"
    rm -rf "$root"
}

@test "robust: two builds of the same at once, and two that differ" {
    local pids=() n
    dockerfile <<END
FROM busybox
RUN echo $BASHPID >/f; sleep 0.2
COPY Dockerfile /d
RUN cat /f >/g
END
    for n in same1 same2; do
        minibox build -q -t r-$n "$context" >/dev/null 3>&- &
        pids+=($!)
    done
    for n in one two; do
        mkdir "$BATS_TEST_TMPDIR/$n"
        printf 'FROM busybox\nRUN sleep 0.1; echo %s >/f\n' $n \
            >"$BATS_TEST_TMPDIR/$n/Dockerfile"
        minibox build -q -t r-$n "$BATS_TEST_TMPDIR/$n" >/dev/null 3>&- &
        pids+=($!)
    done
    for n in "${pids[@]}"; do
        wait "$n"
    done
    check minibox run --rm r-same1 cmp /f /g
    status_is 0
    check minibox run --rm r-same2 cmp /f /g
    status_is 0
    same one "$(minibox run --rm r-one cat /f)"
    same two "$(minibox run --rm r-two cat /f)"
    minibox rmi r-same1 r-same2 r-one r-two
    swept
    store_works
}

@test "robust: runs, builds and rmi of one image at once do no harm" {
    local n pids=() root=$BATS_TEST_TMPDIR
    dockerfile <<<$'FROM busybox\nRUN echo x >/x'
    for n in $(seq 12); do
        (
            minibox build -q -t r-churn "$context" >/dev/null
            minibox run --rm r-churn cat /x
            minibox rmi r-churn >/dev/null
        ) >"$root/churn.$n" 2>&1 3>&- &
        pids+=($!)
    done
    for n in "${pids[@]}"; do
        wait "$n" || true
    done
    # Each either worked or found the image gone; nothing else may happen.
    check grep -hv -e '^x$' -e 'No such image' -e 'Unable to find image' \
        -e 'is using its referenced image' -e 'being used by' "$root"/churn.*
    output_is ""
    minibox build -q -t r-churn "$context" >/dev/null
    check minibox run --rm r-churn cat /x
    output_is x
    store_works
}

# A library that has no archive would make it dynamic without a word, and every
# start a millisecond longer.
@test "start: minibox needs no dynamic loader, if its libraries are archives" {
    local library
    for library in jansson cap seccomp crypto z zstd m; do
        [[ $(cc -print-file-name=lib$library.a) == /* ]] ||
            need_or_skip "lib$library.a is not installed"
    done
    run ldd "$MINIBOX_BIN/minibox"
    output_has 'not a dynamic executable'
}
