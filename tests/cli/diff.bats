#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# diff.bats - what a container has changed, and copies of it
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

# ---- cp ---------------------------------------------------------------------

# A container NAME with a file, a directory and links in it.
made_for_cp() {
    minibox run --name "$1" busybox sh -c 'mkdir /d && echo one >/d/f &&
        ln -s d/f /lnk && ln -s nowhere /dang && ln -s d /dirlnk'
    cd "$BATS_TEST_TMPDIR"
}

@test "cp: a parent that is missing is a misspelt name, and is not made" {
    made_for_cp cp-parent
    echo new >new
    fails 1 'Could not find the file /tmp/x in the container' \
        minibox cp new cp-parent:/tmp/x/y
    fails 1 'Could not find the file /q/w/e in the container' \
        minibox cp new cp-parent:/q/w/e/r
    fails 1 "directory \"$PWD/nodir\" does not exist" \
        minibox cp cp-parent:/d nodir/x/
    [ ! -e nodir ]
    lacks '/q' "$(minibox diff cp-parent)"
    minibox cp new cp-parent:/tmp/y
    minibox cp cp-parent:/d nodir/
    same one "$(cat nodir/f)"
    has 'A /tmp/y' "$(minibox diff cp-parent)"
}

@test "cp: a link is a link; -L copies what it leads to" {
    made_for_cp cp-link
    mkdir in
    minibox cp cp-link:/lnk .
    same d/f "$(readlink lnk)"
    minibox cp cp-link:/dang in
    same nowhere "$(readlink in/dang)"
    minibox cp -L cp-link:/lnk file
    [ ! -L file ] && same one "$(cat file)"
    minibox cp cp-link:/dirlnk/. in
    same one "$(cat in/f)"
    fails 1 'Could not find the file /dang' minibox cp --follow-link cp-link:/dang x
    minibox cp lnk cp-link:/tmp/again
    minibox cp cp-link:/tmp/again .
    same d/f "$(readlink again)"
}

@test "cp: a link in the container leads to no file of the host's" {
    minibox run --name cp-out busybox ln -s /etc/passwd /out
    cd "$BATS_TEST_TMPDIR"
    minibox cp -L cp-out:/out copy
    same "$(minibox run --rm busybox cat /etc/passwd)" "$(cat copy)"
}
