#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# exec.bats - one more process in a container that runs
load helper

setup() {
    check minibox run -d --name box -e FROM=run -w /tmp busybox \
        sh -c 'echo ready; exec sleep 1000'
    status_is 0
}

teardown() {
    # shellcheck disable=SC2046 # one word each
    minibox rm -f $(minibox ps -aq) >/dev/null
    assert_nothing_runs
}

box() { check minibox exec "$@"; }

# ---- in the same box ---------------------------------------------------------

@test "exec: the same namespaces, variables, directory and walls as PID 1" {
    local kind
    for kind in mnt pid net ipc uts user cgroup; do
        box box sh -c "readlink /proc/1/ns/$kind; readlink /proc/self/ns/$kind"
        [[ ${output%%$'\n'*} == "$kind:["* ]]
        same "${output%%$'\n'*}" "${output##*$'\n'}"
    done
    # shellcheck disable=SC2016 # for the container's shell
    box box sh -c 'echo $FROM; pwd; id; grep -hE "Cap(Eff|Bnd)|Seccomp:|NoNewPrivs" /proc/self/status'
    local mine=$output
    # shellcheck disable=SC2016
    check minibox run --rm -e FROM=run -w /tmp busybox sh -c 'echo $FROM; pwd; id; grep -hE "Cap(Eff|Bnd)|Seccomp:|NoNewPrivs" /proc/self/status'
    same "$output" "$mine"
}

@test "exec: its own variables, directory and user" {
    # shellcheck disable=SC2016
    box -e A=1 -e FROM=exec -w /new/dir -u 1234:77 box \
        sh -c 'echo $A $FROM $(pwd) $(id -u) $(id -g); grep CapEff /proc/self/status'
    output_is $'1 exec /new/dir 1234 77\nCapEff:\t0000000000000000'
    box --privileged box grep CapEff /proc/self/status
    [[ $output != *00000000a80425fb ]]
    check minibox run -d -u 1000 --cap-drop ALL --name other busybox sleep 1000
    box other id -u
    output_is 1000
    box -u 0 other grep -h CapBnd /proc/self/status
    output_is $'CapBnd:\t0000000000000000'
}

@test "exec: exit codes and errors are docker's" {
    box box sh -c 'exit 5'
    status_is 5
    # shellcheck disable=SC2016
    box box sh -c 'kill -9 $$'
    status_is 137
    box box nosuch
    status_is 127
    error_is 'minibox: exec: "nosuch": executable file not found in $PATH'
    box box /etc
    status_is 126
    box nosuch sh
    status_is 1
    error_is 'minibox: No such container: nosuch'
    box box
    status_is 1
    error_has 'requires at least 2 arguments'
    box -w relative box true
    status_is 125
    box -u nosuchuser box true
    status_is 125
    error_has 'nosuchuser'
    minibox stop -t 0 box
    box box true
    status_is 1
    error_has 'is not running' 'minibox start box'
    minibox create --name new busybox >/dev/null
    box new true
    status_is 1
    error_has 'is not running'
}

@test "exec: standard input, output and errors" {
    box box cat </etc/passwd
    output_is ''
    check minibox exec -i box sh -c 'cat; echo err >&2' </etc/passwd
    output_is "$(cat /etc/passwd)"
    error_is err
    check minibox exec -t box sh -c 'tty; echo $TERM; echo x >&2'
    output_is $'/dev/pts/0\r\nxterm\r\nx\r'
    head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/r"
    minibox exec -i box cat <"$BATS_TEST_TMPDIR/r" | cmp - "$BATS_TEST_TMPDIR/r"
}

@test "exec -d: comes back when it runs; its output goes nowhere" {
    check minibox exec -d box sh -c 'echo lost; echo $$ >/pid; sleep 500'
    status_is 0
    output_is ''
    wait_until minibox exec box test -s /pid
    box box sh -c 'kill -0 $(cat /pid)'
    status_is 0
    check minibox exec -d box nosuch
    status_is 127
    error_has 'executable file not found'
    check minibox logs box
    output_is ready
}

# ---- ends --------------------------------------------------------------------

in_box() { minibox exec box ps | grep -v exec | grep -qF "$1"; }

@test "exec: ends with PID 1, and when its minibox is killed" {
    (minibox exec box sleep 777 3>&- || echo $? >"$BATS_TEST_TMPDIR/code") &
    wait_until in_box 'sleep 777'
    minibox kill box
    wait $!
    same 137 "$(cat "$BATS_TEST_TMPDIR/code")"
    minibox start box
    minibox exec box sleep 888 3>&- &
    wait_until in_box 'sleep 888'
    kill -9 $!
    wait_until not_in_box 'sleep 888'
    [[ $(minibox ps --format '{{.Status}}') == "Up "* ]]
}
not_in_box() { ! in_box "$1"; }

@test "exec: a signal is passed on" {
    (minibox exec box sh -c 'trap "exit 9" TERM; touch /trap; while :; do sleep 1 & wait; done' 3>&- ||
        echo $? >"$BATS_TEST_TMPDIR/code") &
    wait_until minibox exec box test -e /trap
    pkill -TERM -f 'exec box sh -c trap'
    wait $!
    same 9 "$(cat "$BATS_TEST_TMPDIR/code")"
}

@test "exec: limits of the container count for it, too" {
    need_cgroups
    check minibox run -d -m 64m --pids-limit 20 --name small busybox sleep 1000
    box small sh -c 'a=x; while :; do a=$a$a; done'
    status_is 137
    box small sh -c 'for i in $(seq 30); do sleep 50 & done; wait'
    error_has "can't fork"
}

# ---- walls -------------------------------------------------------------------

@test "exec: nothing of minibox is seen in the container" {
    minibox exec box sleep 999 3>&- &
    wait_until in_box 'sleep 999'
    box box sh -c 'cat /proc/[0-9]*/comm'
    output_lacks minibox
    output_has sleep
    # descriptors: 0, 1, 2, and the one that ls reads by
    box box sh -c 'ls /proc/self/fd | wc -l'
    output_is 4
    kill $!
}

# CVE-2019-5736: whoever is in there overwrites the program that comes in.
@test "exec: the program on the host can't be overwritten from inside" {
    local sum i
    sum=$(cat "$MINIBOX_BIN"/minibox* | sha256sum)
    # shellcheck disable=SC2016
    minibox exec -d box sh -c 'echo >/started
        while :; do for exe in /proc/[0-9]*/exe; do
            case $(readlink $exe) in
            *busybox*) ;;
            *) readlink $exe >>/seen; (: >>$exe) 2>/dev/null && echo $exe >>/got ;;
            esac; done; done'
    wait_until minibox exec box test -e /started
    minibox exec box sh -c 'printf "#!/proc/self/exe\n" >/evil; chmod 755 /evil'
    for i in {1..15}; do
        minibox exec box true
        minibox exec box /evil 2>/dev/null || true
    done
    same "$sum" "$(cat "$MINIBOX_BIN"/minibox* | sha256sum)"
    box box cat /got
    output_is ''
    # What was seen, if anything, is the sealed copy in memory.
    box box sh -c 'grep -v -e "^$" -e ^/bin/busybox -e "^/memfd:minibox (deleted)" /seen'
    output_is ''
}

@test "exec: -w can't lead outside by a descriptor or a link" {
    local fd
    minibox exec box ln -s /proc/self/fd /fds
    for fd in 3 4 5 6 7 8 9 10; do
        box -w "/proc/self/fd/$fd" box sh -c 'ls -a; cat ../../../etc/hostname'
        [ "$status" != 0 ] || lacks "$(cat /etc/hostname)" "$output"
    done
}
