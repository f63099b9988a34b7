#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# grade.bats - the grader as its users meet it: bad submissions, verdicts,
# reports, a class, hints, and what is left after kill -9.
#
# Exercise 05 stands for all.  A submission is made from the real module.

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    grade=${BUILD:-build}/grade
    dir=$(mktemp -d)
    chmod 755 "$dir"
    tests/skeleton print linux/pivot 9 >"$dir/pivot.c"
}

teardown() {
    chmod -R u+rwX "$dir" && rm -rf "$dir"
}

# field PATH: of the JSON in $output, as python sees it.
field() {
    python3 -c 'import json, sys
r = json.loads(sys.argv[1])
e = (r.get("exercises") or [None])[0]
print(eval(sys.argv[2]))' "$output" "$1"
}

json() {
    run timeout 100 "$grade" --dir "$dir" --format=json "$@" 05
}

# pstree_of PID: it and all below it.
pstree_of() {
    local child
    echo "$1"
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
        pstree_of "$child"
    done
}

# gone PID: wait until it is; a zombie is.
gone() {
    local tries=0
    while grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null; do
        [ $((tries++)) -lt 500 ]
        read -rt 0.01 <> <(:) || :
    done
}

# replace OLD NEW: in the submission.
replace() {
    python3 - "$dir/pivot.c" "$1" "$2" <<'END'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
assert text.count(old) == 1, text.count(old)
open(path, "w").write(text.replace(old, new))
END
}

@test "the right answer: all points, status 0" {
    run timeout 60 "$grade" --dir "$dir" 05
    [ "$status" = 0 ]
    [[ $output == *"8 of 8 points"* ]]
}

# nohup ignores SIGHUP, and what is ignored stays so through execve(2).
@test "signals that our caller ignores are not ignored in the cage" {
    cp solutions/07-init/init.c "$dir"
    run timeout 60 sh -c 'trap "" HUP TERM USR1; exec "$@"' sh \
        "$grade" --seed c074510f --dir "$dir" 07
    echo "$output"
    [ "$status" = 0 ]
}

@test "an untouched skeleton: 0 points, status 1, four quiet lines" {
    tests/skeleton print linux/pivot 1 >"$dir/pivot.c"
    run timeout 60 "$grade" --dir "$dir" 05
    [ "$status" = 1 ]
    [[ $output == *"0 of 8 points"* ]]
    [ "$(grep -c 'is not written yet' <<<"$output")" = 4 ]
}

@test "does not compile: the compiler's first error, no tests, at once" {
    replace 'if (chdir(rootfs) < 0)' 'if (chdir(rootfs < 0)'
    json
    [ "$(field 'e["status"]')" = failed ]
    [[ $(field 'e["reason"]') == "does not compile: pivot.c:"*"error:"* ]]
    [ "$(field 'len(e["tests"])')" = 0 ]
    run timeout 60 "$grade" --dir "$dir" 05
    [[ $output == *"pivot.c:"*"error:"* ]]
}

@test "a renamed function is named" {
    sed -i 's/pivot_into(/pivot_in(/' "$dir/pivot.c"
    json
    [ "$(field 'e["reason"]')" = "the function pivot_into() is missing: was it renamed?" ]
}

@test "no file, a directory, a link, a FIFO, a NUL byte: a reason each" {
    mv "$dir/pivot.c" "$dir/good.c"
    json
    [[ $(field 'e["reason"]') == *"pivot.c is missing"* ]]
    mkdir "$dir/pivot.c"
    json
    [[ $(field 'e["reason"]') == *"is a directory"* ]]
    rmdir "$dir/pivot.c"
    ln -s good.c "$dir/pivot.c"
    json
    [[ $(field 'e["reason"]') == *"is a symbolic link"* ]]
    rm "$dir/pivot.c"
    mkfifo "$dir/pivot.c"
    json
    [[ $(field 'e["reason"]') == *"is no ordinary file"* ]]
    rm "$dir/pivot.c"
    printf 'int x;\0' >"$dir/pivot.c"
    json
    [[ $(field 'e["reason"]') == *"NUL byte"* ]]
}

@test "bytes that are not UTF-8, in the file and in a student's name" {
    mkdir -p "$dir/class/$(printf 'b\351b')"
    printf 'int \351 = ;\n' | cat "$dir/pivot.c" - \
        >"$dir/class/$(printf 'b\351b')/pivot.c"
    run timeout 60 "$grade" --class "$dir/class" --format=json 05
    [ "$(field 'r["students"][0]["student"]')" = 'b?b' ]
    [[ $(field 'r["students"][0]["exercises"][0]["reason"]') == "does not compile: pivot.c:"* ]]
}

@test "early exit, crash, time-out, leaked child: four verdicts" {
    cp "$dir/pivot.c" "$dir/good"
    replace 'if (umount2(".", MNT_DETACH) < 0)' '_exit(0); if (umount2(".", MNT_DETACH) < 0)'
    json
    [ "$(field '[t for t in e["tests"] if t["id"] == "no_way_back"][0]["cause"]')" = early-exit ]
    cp "$dir/good" "$dir/pivot.c"
    replace 'if (umount2(".", MNT_DETACH) < 0)' '*(volatile int *)0 = 1; if (umount2(".", MNT_DETACH) < 0)'
    json
    [ "$(field '[t for t in e["tests"] if t["id"] == "no_way_back"][0]["cause"]')" = crash ]
    cp "$dir/good" "$dir/pivot.c"
    replace 'if (umount2(".", MNT_DETACH) < 0)' 'pause(); if (umount2(".", MNT_DETACH) < 0)'
    json
    [ "$(field '[t["cause"] for t in e["tests"]].count("time-out") > 1')" = True ]
    [[ $(field '[t for t in e["tests"] if t["shows"]][0]["shows"]') == *"pause(2)"* ]]
    cp "$dir/good" "$dir/pivot.c"
    replace 'if (umount2(".", MNT_DETACH) < 0)' 'if (fork() == 0) for (;;) pause(); if (umount2(".", MNT_DETACH) < 0)'
    json
    [ "$(field '[t for t in e["tests"] if t["id"] == "no_way_back"][0]["cause"]')" = leaked-child ]
}

@test "the same seed asks the same questions" {
    replace 'MS_REC | MS_PRIVATE' 'MS_PRIVATE'
    json --seed 7f3a
    first=$(field '[t["ran"] for t in e["tests"]]')
    json --seed 7f3a
    [ "$first" = "$(field '[t["ran"] for t in e["tests"]]')" ]
    json --seed 7f3b
    replace 'MNT_DETACH) < 0' 'MNT_DETACH) > 0'
    json --seed 1
    first=$(field '[t["ran"] for t in e["tests"]]')
    json --seed 2
    [ "$first" != "$(field '[t["ran"] for t in e["tests"]]')" ]
}

@test "a report is on disk although the grader was killed" {
    replace 'if (chdir(rootfs) < 0)' 'for (;;) ; if (chdir(rootfs) < 0)'
    mkdir "$dir/exercises"
    "$grade" --dir "$dir" --report "json:$dir/out.json" 05 05 >/dev/null &
    pid=$!
    # Its cage is up: it is in the middle of the exam.
    until workers=$(pstree_of $pid | xargs -r ps -o pid=,args= -p | awk '/\/work\/worker/ { print $1 }') &&
        [ -n "$workers" ]; do read -rt 0.01 <> <(:) || :; done
    kill -9 $pid
    wait $pid || :
    output=$(cat "$dir/out.json")
    [ "$(field 'r["format"]')" = minibox-grade-1 ]
    for worker in $workers; do
        gone "$worker"
    done
}

@test "a class: CSV and HTML, a row for each student, in order" {
    mkdir -p "$dir/class"/{ann,bob,eve}/05-pivot-root
    cp "$dir/pivot.c" "$dir/class/ann/05-pivot-root"
    tests/skeleton print linux/pivot 3 >"$dir/class/bob/05-pivot-root/pivot.c"
    run timeout 100 "$grade" --class "$dir/class" -j 2 --format csv \
        --report "html:$dir/book.html" 05
    [ "$status" = 0 ]
    [ "${#lines[@]}" = 4 ]
    [[ ${lines[1]} == ann,8,8,* ]]
    [[ ${lines[2]} == bob,4,8,* ]]
    [[ ${lines[3]} == eve,0,8,* ]]
    grep -q '"ann"' "$dir/book.html"
    ! grep -q 'https\?://[^w]' "$dir/book.html"
}

@test "hints climb, and stay at the top" {
    tests/skeleton print linux/pivot 2 >"$dir/pivot.c"
    for rung in 1 2 3 3; do
        run timeout 60 "$grade" --dir "$dir" --hint 05
        [[ ${lines[0]} == "Exercise 05, step 2, hint $rung of 3"* ]]
    done
    json
    [ "$(field 'e["hints_used"]')" = 3 ]
}

@test "watch grades again when the file is saved, within 2 seconds" {
    tests/skeleton print linux/pivot 1 >"$dir/pivot.c"
    mkfifo "$dir/out"
    timeout 60 "$grade" --dir "$dir" --watch 05 >"$dir/out" &
    pid=$!
    exec 5<"$dir/out"
    while read -rt 30 line <&5; do [[ $line != Watching* ]] || break; done
    tests/skeleton print linux/pivot 9 >"$dir/new.c.tmp"
    mv "$dir/new.c.tmp" "$dir/pivot.c"
    SECONDS=0
    while read -rt 30 line <&5; do [[ $line != *"8 of 8"* ]] || break; done
    [[ $line == *"8 of 8"* ]]
    kill $pid
    wait $pid || :
}

@test "wrong usage: one line, status 2" {
    run "$grade" 77
    [ "$status" = 2 ]
    [ "${#lines[@]}" = 1 ]
    run "$grade" --format=pdf
    [ "$status" = 2 ]
    run "$grade" --class /no/such/dir
    [ "$status" = 2 ]
    [[ $output == *"/no/such/dir"* ]]
}

@test "no user namespaces and no guest: skipped with a reason, not failed" {
    [ "$(id -u)" != 0 ] || skip "root needs no namespace of its own for that"
    run timeout 60 unshare -Ur sh -c \
        "echo 0 >/proc/sys/user/max_user_namespaces; $grade --dir $dir --lab host --format=json 05"
    [ "$(field 'e["status"]')" = skipped ]
    [ "$(field 'r["max_points"]')" = 0 ]
}

@test "--lab=vm: the same exam in a guest" {
    run timeout 100 "$grade" --dir "$dir" --lab vm --format=json 05
    [ "$(field 'e["lab"]')" = vm ] || skip "$(field 'e["reason"]')"
    [ "$(field 'e["points"]')" = 8 ]
}
