#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# diff.bats - what a container has changed
load helper

# A container NAME that has run COMMAND, and its changes in one line.
changes_of() {
    minibox run --name "$1" busybox sh -c "$2"
    minibox diff "$1" | paste -sd, -
}

@test "diff: added, changed, deleted; directories around them" {
    [ "$(changes_of d-three 'touch /tmp/f; rm /etc/group; echo >>/etc/passwd')" = \
        'C /etc,D /etc/group,C /etc/passwd,C /tmp,A /tmp/f' ]
    [ "$(minibox container diff d-three | wc -l)" = 5 ]
}

@test "diff: nothing changed, nothing printed" {
    [ -z "$(changes_of d-none true)" ]
    [ -z "$(changes_of d-undone 'mkdir /new; rmdir /new')" ]
}

@test "diff: what minibox mounts is no change" {
    [ -z "$(changes_of d-mounts 'echo 1.2.3.4 h >>/etc/hosts; touch /dev/x')" ]
}

@test "diff: a directory that was made anew" {
    run changes_of d-anew 'rm -r /etc; mkdir /etc; echo >/etc/passwd'
    case $output in
        *"C /etc,"*"D /etc/group"*"C /etc/passwd"*) ;;
        *) false ;;
    esac
}

is_up() { [ "$(minibox diff d-runs 2>/dev/null)" = "A /up" ]; }

@test "diff: while it runs" {
    minibox run --name d-runs busybox sh -c 'touch /up; exec sleep 600' 3>&- &
    wait_until is_up
    minibox rm -f d-runs
    wait
}

@test "diff: a container that never ran; one that is not there" {
    run -127 minibox run --name d-never busybox nosuchprogram
    run minibox diff d-never
    [ "$status" = 0 ] && [ -z "$output" ]
    run minibox diff nosuch
    [ "$status" = 1 ] && [ "$output" = "minibox: No such container: nosuch" ]
    run minibox diff
    [ "$status" = 1 ]
}
