#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Do tests/lessons/run and tests/lessons/check find what they are for?  What
# they say of made-up lessons.

bats_require_minimum_version 1.5.0

HERE=${BATS_TEST_DIRNAME:?}

# lesson: a lesson from stdin.
lesson() { cat >"$BATS_TEST_TMPDIR/made-up.md"; }

# runs STATUS [ENV=VALUE...]: execute it.
runs() {
    local wanted=$1
    shift
    run env "$@" "$HERE/run" "$BATS_TEST_TMPDIR/made-up.md"
    echo "$output"
    [ "$status" = "$wanted" ]
}

# finds TEXT FILE...: check says that, and fails.
finds() {
    local text=$1
    shift
    run "$HERE/check" "$@"
    echo "$output"
    [ "$status" = 1 ] && [[ $output == *"$text"* ]]
}
finds_in_lesson() { finds "$1" "$BATS_TEST_TMPDIR/made-up.md"; }

says() {
    [[ $output == *"$1"* ]]
}

# ---- run ---------------------------------------------------------------------

@test "run: output, continuations, dots and \$? as they should be" {
    lesson <<'END'
```console
$ printf 'one\ntwo\nthree\n'
one
...
$ cat <<HERE
> a line that is long
> HERE
a ... long
$ false
$ echo $?
1
```
```console exit=3
$ (exit 3)
```
END
    runs 0
    says "ok 2 - "
}

@test "run: what differs is shown, and fails" {
    lesson <<'END'
```console
$ printf 'same\nseen\n'
same
told
```
END
    runs 1
    says "-told"
    says "+seen"
    says "made-up.md:1"
}

@test "run: an exit status that nobody asked for fails" {
    lesson <<'END'
```console
$ false
```
END
    runs 1
    says "exit status 1, not 0"
}

@test "run: numbers and ids are only loose where the block says so" {
    lesson <<'END'
```console numbers hex
$ echo process 4711, container 0123456789ab
process 1, container fedcba987654
```
END
    runs 0
    sed -i 's/ numbers hex//' "$BATS_TEST_TMPDIR/made-up.md"
    runs 1
    lesson <<'END'
```console hex
$ echo 0123456789ab
0123456789
```
END
    runs 1
}

@test "run: a shell inside, over two blocks, and through exec" {
    lesson <<'END'
```console
$ sh
# x=1; exec bash
# echo $x.
.
```
```console
# false
# echo $?
1
# exit
$ echo out
out
```
END
    runs 0
}

@test "run: a shell that is left open is no excuse for what follows" {
    lesson <<'END'
```console
$ sh
# echo in
in
```
```console
$ echo
```
END
    runs 1
    says '"# exit" is missing'
}

@test "run: a lesson may not leave a process" {
    lesson <<'END'
```console
$ setsid -f sleep 300.1357
```
END
    runs 1
    says "sleep 300.1357"
    run pgrep -f "sleep 300.1357"
    [ "$status" = 1 ]
}

@test "run: it works in ~/try of a new home, with minibox and an image" {
    lesson <<'END'
```console
$ ls -A
$ ls -A ~
minibox
try
$ test . -ef ~/try
$ minibox images --help | head -1
Usage: ...
$ ls "$MINIBOX_ROOT"/index.json
/...
$ cat
```
END
    mkdir "$BATS_TEST_TMPDIR/tmp"
    runs 0 TMPDIR="$BATS_TEST_TMPDIR/tmp"
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/tmp")" ]
}

@test "run: lessons have a shell each, or share one with --in-order" {
    local first=$BATS_TEST_TMPDIR/01-first.md
    printf '```console\n$ x=1; touch left\n```\n' >"$first"
    lesson <<'END'
```console
$ echo "$x", *
1, left
```
END
    run -0 "$HERE/run" --in-order "$first" "$BATS_TEST_TMPDIR/made-up.md"
    says "01-first.md to "
    [ "${lines[-1]}" = 1..3 ]
    run -1 "$HERE/run" "$first" "$BATS_TEST_TMPDIR/made-up.md"
    says "not ok 3 - "
}

@test "run: what is missing skips, or fails where all must be there" {
    lesson <<'END'
```console needs=no-such-program
$ no-such-program
```
```console not-run because this is a test
$ false
```
END
    runs 0 MINIBOX_MUST_RUN=
    says "# SKIP no no-such-program on this machine"
    says "# SKIP not to be run: because this is a test"
    runs 1 MINIBOX_MUST_RUN=1
}

@test "run: a word that it does not know fails" {
    lesson <<'END'
```console number
$ true
```
END
    runs 1
    says 'what is "number"?'
}

# ---- check -------------------------------------------------------------------

@test "check: dead links and anchors" {
    lesson <<'END'
# A title, with `code`
[good](#a-title-with-code) and [dead](nowhere.md)
END
    finds_in_lesson "made-up.md:2: link to nowhere.md"
    [ "${#lines[@]}" = 1 ]
    echo "[dead](#a-titel)" | lesson
    finds_in_lesson "no such heading"
}

@test "check: files and functions that do not exist" {
    lesson <<'END'
`minibox/linux/pivot.c`, `pivot_into()`, `printf()`, `pivot_root(2)`, `x(7)`
END
    run -0 "$HERE/check" "$BATS_TEST_TMPDIR/made-up.md"
    echo "see \`minibox/linux/pivto.c\`" | lesson
    finds_in_lesson "no such file: minibox/linux/pivto.c"
    echo "see \`pivot_onto()\`" | lesson
    finds_in_lesson "no such function: pivot_onto()"
    echo "see \`pivot_onto(2)\`" | lesson
    finds_in_lesson "no such function: pivot_onto(2)"
}

@test "check: quotes are verbatim" {
    lesson <<'END'
```c minibox/linux/pivot.c
static int is_mount_point(const char *path)
{
    struct statx st;
...
return 0;
```
END
    run -0 "$HERE/check" "$BATS_TEST_TMPDIR/made-up.md"
    sed -i 's/statx st/stat st/' "$BATS_TEST_TMPDIR/made-up.md"
    finds_in_lesson "not in minibox/linux/pivot.c"
}

@test "check: no answers" {
    lesson <<'END'
```c minibox/linux/pivot.c
int pivot_into(const char *rootfs, struct mb_error *err)
...
        return mb_fail(err, "enter %s", rootfs);
...
    return 0;
```
END
    finds_in_lesson "made-up.md:4: shows the answer to step 3 of exercise 05"
    [ "${#lines[@]}" = 1 ]
    # It is an answer also if the block does not say where it comes from.
    sed -i '1s/ .*//' "$BATS_TEST_TMPDIR/made-up.md"
    finds_in_lesson "shows the answer to step 3 of exercise 05"
    sed -i '/enter %s/d' "$BATS_TEST_TMPDIR/made-up.md"
    run -0 "$HERE/check" "$BATS_TEST_TMPDIR/made-up.md"
}

@test "check: it knows the answers of all exercises" {
    local file step
    for file in "$HERE"/../../minibox/linux/*.c; do
        for step in 1 2 3 4; do
            grep -q "END STEP $step" "$file" || continue
            {
                echo '```c'
                sed -n "/\/\* STEP $step,/,/END STEP $step/p" "$file"
                echo '```'
            } | lesson
            finds_in_lesson "shows the answer to step $step of exercise"
        done
    done
}

@test "check: a numbered lesson has its form" {
    local form=$BATS_TEST_TMPDIR/05-form.md
    sed -e 's/^## The idea/## An idea/' -e 's/EX=05/EX=06/' -e 's/^# 05/# 5/' \
        "$HERE/../../lessons/05-pivot-root.md" >"$form"
    finds "the sections are not" "$form"
    says "EX=06 in lesson 05"
    says "the title is not"
    head -30 "$form" >"$form.md" && mv "$form.md" "$form"
    finds "30 lines" "$form"
}

@test "check: pictures" {
    local picture=$BATS_TEST_TMPDIR/picture.svg
    cat >"$picture" <<'END'
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 100">
<title>A picture</title>
<rect width="900" height="100" fill="#fff"/>
</svg>
END
    finds "no <desc>" "$picture"
    says "wider than 760"
    says "prefers-color-scheme"
    says "has a background"
    sed -i '$d' "$picture"
    finds "not well-formed" "$picture"
}

@test "check: at most 2 % of the blocks are not run" {
    lesson <<'END'
```console not-run because this is a test
$ false
```
END
    finds_in_lesson "1 of 1 blocks are not run"
}
