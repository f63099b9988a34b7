#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# life.bats - containers that outlive their command line
load helper

# detached NAME COMMAND...: run -d; waits for nothing.
detached() { check minibox run -d --name "$1" busybox "${@:2}"; }

# A server that says when it listens to SIGTERM, and ends with 3 on it.
# shellcheck disable=SC2016 # for the container's shell
polite='trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 1 & wait; done'

polite() {
    detached "$1" sh -c "$polite"
    status_is 0
    wait_until log_has "$1" ready
}

log_has() { minibox logs "$1" 2>&1 | grep -qF -- "$2"; }
status_of() { minibox ps -a --format '{{.Status}}' -f "name=^$1\$"; }
gone() { [ -z "$(minibox ps -aq -f "name=^$1\$")" ]; }

teardown() {
    # shellcheck disable=SC2046 # one word each
    minibox rm -f $(minibox ps -aq) >/dev/null
    assert_nothing_runs
}

# ---- run -d ------------------------------------------------------------------

@test "run -d: prints the ID, comes back, keeps nothing of ours" {
    local out
    # Command substitution reads until the last writer has closed: the
    # container must not be one.
    out=$(minibox run -d --name l-one busybox sleep 100)
    [[ $out =~ ^[0-9a-f]{64}$ ]]
    same "$out" "$(minibox ps -q --no-trunc)"
    [[ $(status_of l-one) == "Up "* ]]
}

@test "run -d: what can't start says why, with 127 and the ID" {
    detached l-bad nosuch
    status_is 127
    [[ $output =~ ^[0-9a-f]{64}$ ]]
    error_is 'minibox: exec: "nosuch": executable file not found in $PATH'
    same Created "$(status_of l-bad)"
    check minibox run -d --rm busybox /etc
    status_is 126
    same l-bad "$(minibox ps -a --format '{{.Names}}')"
}

@test "run -d --rm: goes when it has ended" {
    check minibox run -d --rm --name l-rm busybox true
    status_is 0
    wait_until gone l-rm
}

@test "run -d: input is empty; with -i it stays open" {
    detached l-cat cat
    check minibox wait l-cat
    output_is 0
    check minibox run -d -i --name l-open busybox cat
    check minibox stop -t 0 l-open
    same "Exited (137)" "$(status_of l-open | cut -d' ' -f1,2)"
}

@test "run -d -t: a terminal, without one of ours" {
    check minibox run -d -t --name l-tty busybox sh -c 'tty; echo x >&2'
    check minibox wait l-tty
    output_is 0
    check minibox logs l-tty
    output_is $'/dev/pts/0\r\nx\r'
}

@test "run -d: the monitor is small, and the terminal may go" {
    local pid
    detached l-small sleep 100
    pid=$(grep -o '"monitor":[0-9]*' "$MINIBOX_ROOT/containers/$output/state.json")
    pid=${pid#*:}
    # AddressSanitizer needs memory of its own.
    [[ $MINIBOX_BIN == */asan ]] ||
        [ "$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")" -lt 2048 ]
    kill -HUP "$pid"
    minibox ps -q -f name=l-small | grep -q .
    same / "$(readlink "/proc/$pid/cwd")"
    # but for its line to its keeper, its pipes and its log nothing is open
    ! readlink "/proc/$pid"/fd/* | grep -vE '^(/dev/null|pipe:|socket:|anon_inode:|.*/log(/1)?)'
}

# ---- stop, kill, wait ----------------------------------------------------------

@test "stop: SIGTERM, and the exit code is told" {
    polite l-one
    check minibox stop l-one
    status_is 0
    output_is l-one
    same "Exited (3)" "$(status_of l-one | cut -d' ' -f1,2)"
    check minibox logs l-one
    output_is $'ready\nbye'
    check minibox stop l-one # has stopped: nothing to do, as in docker
    status_is 0
    output_is l-one
}

@test "stop: who does not listen is killed, several at the same time" {
    local begin=$SECONDS
    detached l-one sleep 100
    detached l-two sleep 100
    detached l-three sleep 100
    check minibox stop -t 2 l-one l-two nosuch l-three
    status_is 1
    same $'l-one\nl-three\nl-two' "$(sort <<<"$output")"
    error_is 'minibox: No such container: nosuch'
    same "Exited (137)" "$(status_of l-two | cut -d' ' -f1,2)"
    [ $((SECONDS - begin)) -lt 6 ]
}

@test "stop: STOPSIGNAL of the image, -s over it, bad words" {
    mkdir "$BATS_TEST_TMPDIR/c"
    printf 'FROM busybox\nSTOPSIGNAL USR1\nCMD ["sh", "-c", "%s"]\n' \
        "trap 'exit 4' USR1; trap 'exit 5' INT; echo ready; while :; do sleep 1 & wait; done" \
        >"$BATS_TEST_TMPDIR/c/Dockerfile"
    minibox build -q -t l-usr1 "$BATS_TEST_TMPDIR/c" >/dev/null
    minibox run -d --name l-one l-usr1 >/dev/null
    wait_until log_has l-one ready
    minibox stop l-one
    check minibox wait l-one
    output_is 4
    minibox start l-one
    wait_until restarted l-one
    minibox stop -s INT l-one
    check minibox wait l-one
    output_is 5
    check minibox stop -t x l-one
    status_is 125
    check minibox stop -s NOPE l-one
    status_is 1
    error_has 'invalid signal: NOPE'
}
restarted() { [ "$(minibox logs "$1" | grep -c ready)" = 2 ]; }

@test "kill: SIGKILL, another signal, one that has ended" {
    polite l-one
    check minibox kill -s TERM l-one
    output_is l-one
    check minibox wait l-one
    output_is 3
    check minibox kill l-one
    status_is 1
    error_has 'cannot kill container: l-one: container ' ' is not running'
    detached l-two sleep 100
    minibox kill l-two
    check minibox wait l-two
    output_is 137
}

@test "wait: the code also of a container that goes with --rm" {
    local id
    id=$(minibox run -d --rm busybox sh -c 'read -r x; exit 7')
    check minibox wait "$id"
    # its input was empty, so it may have been gone already
    [ "$output" = 7 ] || error_has 'No such container'
    id=$(minibox run -d -i --rm --name l-rm busybox sh -c 'read -r x; exit 7')
    (minibox wait "$id" >"$BATS_TEST_TMPDIR/code" 3>&-) &
    wait_until is_waited_for "$id"
    minibox kill -s TERM l-rm # PID 1 does not hear it
    minibox kill l-rm
    wait $!
    same 137 "$(cat "$BATS_TEST_TMPDIR/code")"
    wait_until gone l-rm
}
is_waited_for() { ! flock -n "$MINIBOX_ROOT/containers/$1/lock" true; }

@test "restart: stops and starts; a stopped one only starts" {
    polite l-one
    check minibox restart l-one
    output_is l-one
    wait_until restarted l-one
    minibox stop l-one
    check minibox restart l-one
    [[ $(status_of l-one) == "Up "* ]]
    minibox kill l-one
}

@test "rm -f: ends it; rm alone refuses" {
    detached l-one sleep 100
    check minibox rm l-one
    status_is 1
    error_has 'container is running: stop the container before removing'
    check minibox rm -f l-one
    output_is l-one
    gone l-one
}

@test "user: another user's process is stopped and killed, too" {
    check minibox run -d -u 1234 --name l-one busybox sleep 100
    minibox stop -t 0 l-one
    check minibox run -d -u 1234 --name l-two busybox sleep 100
    minibox rm -f l-two
    gone l-two
}

# ---- create, start -------------------------------------------------------------

@test "create, start: all wishes are remembered" {
    mkdir "$BATS_TEST_TMPDIR/v"
    echo vol >"$BATS_TEST_TMPDIR/v/f"
    check minibox create --name l-one -e A=b -w /tmp -h host9 --read-only \
        -v "$BATS_TEST_TMPDIR/v:/v:ro" --tmpfs /t --cap-drop ALL busybox sh -c \
        'echo $A $(pwd) $(hostname) $(cat /v/f); touch /x; touch /v/g; touch /t/h && echo t; grep CapEff /proc/1/status'
    status_is 0
    [[ $output =~ ^[0-9a-f]{64}$ ]]
    same Created "$(status_of l-one)"
    check minibox start -a l-one
    status_is 0
    output_is $'b /tmp host9 vol\nt\nCapEff:\t0000000000000000'
    error_has 'touch: /x: Read-only file system' 'touch: /v/g: Read-only file'
    check minibox start l-one
    output_is l-one
    check minibox wait l-one
    check minibox logs l-one
    output_has 'b /tmp host9 vol'
}

@test "start: its files are as they were; it may run only once at a time" {
    minibox create --name l-one busybox sh -c 'echo x >>/n; wc -l </n' >/dev/null
    check minibox start -a l-one
    output_is 1
    check minibox start -a l-one
    output_is 2
    detached l-two sleep 100
    check minibox start l-two
    status_is 0
    check minibox start -a l-two
    status_is 1
    error_has 'runs already'
    check minibox start nosuch l-one
    status_is 1
    output_is l-one
    check minibox start -a l-one l-two
    status_is 1
    error_has 'cannot start and attach multiple'
}

@test "create: what is wrong leaves nothing, with docker's status" {
    check minibox create nosuch
    status_is 1
    error_has "Unable to find image 'nosuch:latest' locally"
    check minibox create -d busybox
    status_is 125
    check minibox create -w relative busybox
    status_is 1
    same '' "$(minibox ps -aq)"
    minibox create -it --name l-it busybox sh >/dev/null # without a terminal
}

@test "start: a container whose file is damaged, or whose image has gone" {
    local id
    id=$(minibox create --name l-one busybox true)
    check minibox rmi busybox
    status_is 1
    echo '{}' >"$MINIBOX_ROOT/containers/$id/config.json"
    check minibox start "$id"
    status_is 1
    error_has 'names no command to run'
}

# ---- top -------------------------------------------------------------------------

@test "top: its processes, by the numbers of the host" {
    local first line
    # shellcheck disable=SC2016
    detached l-one sh -c 'sleep 4321 & exec sleep 1234'
    first=$(grep -o '"pid":[0-9]*' "$MINIBOX_ROOT/containers/$output/state.json")
    wait_until has_two_processes
    check minibox top l-one
    status_is 0
    line=$(sed -n 1p <<<"$output" | xargs)
    same 'UID PID PPID C STIME TTY TIME CMD' "$line"
    line=$(grep 'sleep 1234' <<<"$output")
    same "${first#*:}" "$(awk '{ print $2 }' <<<"$line")"
    [[ $line =~ [0-2][0-9]:[0-5][0-9]\ +\?\ +00:00:00\ +sleep\ 1234$ ]]
    line=$(grep 'sleep 4321' <<<"$output")
    same "${first#*:}" "$(awk '{ print $3 }' <<<"$line")"
    kill "$(awk '{ print $2 }' <<<"$line")" # they are our numbers
    minibox stop -t 0 l-one
    check minibox top l-one
    status_is 1
    error_has 'is not running'
    check minibox top nosuch
    status_is 1
}
has_two_processes() { [ "$(minibox top l-one | grep -c sleep)" = 2 ]; }

@test "top: a command line that would command the terminal is harmless" {
    detached l-one sh -c "sleep 99; : "$'\e[2J'
    wait_until has_hostile_process
    check minibox top l-one
    output_lacks $'\e'
}
has_hostile_process() { minibox top l-one | grep -q '?\[2J'; }

# ---- logs ------------------------------------------------------------------------

@test "logs: each stream to its own; -t, --tail, --since" {
    detached l-one sh -c 'echo one; echo two >&2; printf three'
    minibox wait l-one
    check minibox logs l-one
    output_is $'one\nthree'
    same two "$stderr"
    check minibox logs -t l-one
    [[ ${output%%$'\n'*} =~ ^[0-9-]{10}T[0-9:]{8}\.[0-9]{9}Z\ one$ ]]
    check minibox logs --tail 0 l-one
    same '' "$output${stderr}"
    check minibox logs -n 99 l-one
    output_is $'one\nthree'
    check minibox logs --tail all l-one
    output_is $'one\nthree'
    check minibox logs --since 1h l-one
    output_is $'one\nthree'
    check minibox logs --since 2099-01-01 l-one
    same '' "$output$stderr"
    check minibox logs --since yesterday l-one
    status_is 1
    error_has 'invalid value for "since": yesterday'
    check minibox logs nosuch
    status_is 1
    error_is 'minibox: No such container: nosuch'
}

@test "logs: the order of the streams, and any time that logs -t prints" {
    local stamp
    detached l-one sh -c 'for i in 1 2 3 4 5; do echo o$i; sleep 0.05; echo e$i >&2; sleep 0.05; done'
    minibox wait l-one
    minibox logs l-one >"$BATS_TEST_TMPDIR/both" 2>&1
    same 'o1 e1 o2 e2 o3 e3 o4 e4 o5 e5' "$(xargs <"$BATS_TEST_TMPDIR/both")"
    stamp=$(minibox logs -t l-one 2>/dev/null | sed -n '3s/ .*//p')
    check minibox logs --since "$stamp" l-one
    output_is $'o3\no4\no5'
    stamp=$(date -d "$stamp" +%Y-%m-%dT%H:%M:%S.%N%:z)
    check env TZ=Asia/Tokyo minibox logs --since "${stamp/+00:00/+00:00}" l-one
    output_is $'o3\no4\no5'
    check minibox logs --since "$(TZ=Asia/Tokyo date -d "$stamp" +%Y-%m-%dT%H:%M:%S.%N%:z)" l-one
    output_is $'o3\no4\no5'
    check minibox logs --since 2026-01-01T00:00:00+1 l-one
    status_is 1
}

@test "logs: of what ran in the foreground there is none, and that is said" {
    minibox run --name l-fg busybox echo hi
    check minibox logs l-fg
    status_is 0
    output_is ''
    error_has 'l-fg ran in the foreground'
    minibox create --name l-new busybox >/dev/null
    check minibox logs l-new
    same '' "$output$stderr"
}

@test "run -d --explain: narrates until it runs, and runs" {
    check minibox run -d --explain --name l-one busybox sleep 100
    status_is 0
    error_has '| 03  clone3(' '| 05  pivot_root('
    [[ $(status_of l-one) == "Up "* ]]
}

@test "logs -f: what was, what comes, and the end" {
    local fifo=$BATS_TEST_TMPDIR/v/fifo
    mkdir "$BATS_TEST_TMPDIR/v"
    mkfifo -m 666 "$fifo"
    chmod 777 "$BATS_TEST_TMPDIR/v"
    check minibox run -d --name l-one -v "$BATS_TEST_TMPDIR/v:/v" busybox \
        sh -c 'echo first; while read -r line; do echo "$line"; done </v/fifo'
    (minibox logs -f l-one >"$BATS_TEST_TMPDIR/out" 3>&-) &
    wait_until file_has "$BATS_TEST_TMPDIR/out" first
    exec 9>"$fifo"
    echo second >&9
    wait_until file_has "$BATS_TEST_TMPDIR/out" second
    echo third >&9
    exec 9>&-
    wait $!
    same $'first\nsecond\nthird' "$(cat "$BATS_TEST_TMPDIR/out")"
}

@test "logs: binary bytes and long lines come back as they were" {
    detached l-one sh -c 'head -c 100000 /bin/busybox; yes x | head -c 70000 | tr -d "\n"; echo; head -c 40000 /bin/busybox >&2'
    minibox wait l-one
    minibox logs l-one >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
    minibox run --rm busybox sh -c \
        'head -c 100000 /bin/busybox; yes x | head -c 70000 | tr -d "\n"; echo' |
        cmp - "$BATS_TEST_TMPDIR/out"
    minibox run --rm busybox head -c 40000 /bin/busybox |
        cmp - "$BATS_TEST_TMPDIR/err"
}

@test "logs: is bounded; who follows loses nothing" {
    local files id
    detached l-one sh -c 'seq 1 3000000'
    id=$output
    minibox logs -f l-one | cksum >"$BATS_TEST_TMPDIR/sum"
    same "$(seq 1 3000000 | cksum)" "$(cat "$BATS_TEST_TMPDIR/sum")"
    detached l-two sh -c 'seq 1 3000000'
    minibox wait l-two
    files=("$MINIBOX_ROOT/containers/$output/log/"*)
    [ "${#files[@]}" -le 4 ]
    [ "$(du -sm "$MINIBOX_ROOT/containers/$output/log" | cut -f1)" -le 65 ]
    same 3000000 "$(minibox logs -n 1 l-two)"
}

# ---- kill -9 -----------------------------------------------------------------------

@test "kill -9 of the monitor: the container ends, and ps tells the truth" {
    local id pid
    detached l-one sleep 100
    id=$output
    pid=$(grep -o '"monitor":[0-9]*' "$MINIBOX_ROOT/containers/$id/state.json")
    kill -9 "${pid#*:}"
    check minibox wait l-one
    output_is 137
    wait_until has_ended l-one
    check minibox start l-one
    status_is 0
    [[ $(status_of l-one) == "Up "* ]]
}
has_ended() { [[ $(status_of "$1") == "Exited (137)"* ]]; }

@test "many at once: started, listed, stopped, removed" {
    local n
    for n in {1..20}; do
        minibox run -d --name "l-$n" busybox sleep 100 >/dev/null 3>&- &
    done
    wait
    same 20 "$(minibox ps -q | wc -l)"
    # shellcheck disable=SC2046 # one word each
    check minibox stop -t 0 $(minibox ps -q)
    status_is 0
    same 20 "$(minibox ps -aq -f status=exited | wc -l)"
}
