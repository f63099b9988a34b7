# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# helper.bash - what all command-line tests share
#
# Every file of tests gets a store of its own with the image "busybox" in it,
# and after every test nothing may be left running.  The programs come from
# $MINIBOX_BIN (default: build/ of this checkout).
#
#   bats tests/cli                          as whoever one is
#   MINIBOX_MUST_RUN=1 bats tests/cli       a skip for a missing tool fails

bats_require_minimum_version 1.5.0

HERE=$(cd "${BATS_TEST_DIRNAME:?}" && pwd)
MINIBOX_BIN=${MINIBOX_BIN:-$(cd "$HERE/../.." && pwd)/build}
PATH=$MINIBOX_BIN:$PATH
umask 022

# ---- before and after ------------------------------------------------------

# The store of the file.  Tests that change images give theirs own names.
setup_file() {
    export MINIBOX_ROOT=$BATS_FILE_TMPDIR/store
    unset SOURCE_DATE_EPOCH MINIBOX_DEBUG
    all_cgroups >"$BATS_FILE_TMPDIR/cgroups"
    minibox base -q busybox >"$BATS_FILE_TMPDIR/busybox-id"
    if declare -F setup_file_more >/dev/null; then
        setup_file_more
    fi
}

teardown() {
    assert_nothing_runs
}

teardown_file() {
    assert_nothing_runs
    assert_no_mounts
    assert_no_cgroups
    # As a user: files of subordinate ids, which only "root" can remove.
    if [ "$(id -u)" = 0 ]; then
        rm -rf "$MINIBOX_ROOT"
    else
        unshare --user --map-root-user --map-auto rm -rf "$MINIBOX_ROOT"
    fi
}

# need_or_skip REASON: skip this test, for the host lacks something.  Where
# everything must be there (MINIBOX_MUST_RUN=1) that is a failure.
need_or_skip() {
    if [ "${MINIBOX_MUST_RUN:-}" = 1 ]; then
        echo "this test must run, but: $1" >&2
        return 1
    fi
    skip "$1"
}

# need_tool NAME...: skip unless these programs are here.
need_tool() {
    local tool
    for tool; do
        if ! command -v "$tool" >/dev/null; then
            need_or_skip "no $tool on this machine"
        fi
    done
}

# only_root WHY, only_user WHY: the other kind of run has this test.
only_root() { [ "$(id -u)" = 0 ] || skip "for root only: $1"; }
only_user() { [ "$(id -u)" != 0 ] || skip "for an ordinary user only: $1"; }

# need_cgroups: skip unless this caller may make cgroups.
need_cgroups() {
    only_root "cgroups are not delegated to ordinary users here"
    if ! minibox run --rm -m 64m busybox true 2>/dev/null; then
        need_or_skip "no usable cgroups on this machine"
    fi
}

# ---- waiting ---------------------------------------------------------------

# wait_until COMMAND...: try it again until it succeeds, for 20 s at most.
wait_until() {
    local end=$((SECONDS + 20))
    until "$@"; do
        if [ "$SECONDS" -gt "$end" ]; then
            echo "waited in vain for: $*" >&2
            return 1
        fi
        pause
    done
}

# pause: a 20th of a second, without a process for it.
pause() { read -r -t 0.05 _ <>"$(pause_fifo)" || true; }

# pause_fifo: a pipe that nobody ever writes to.
pause_fifo() {
    local fifo=$BATS_FILE_TMPDIR/never
    [ -p "$fifo" ] || mkfifo "$fifo"
    echo "$fifo"
}

# file_has FILE TEXT: for wait_until.
file_has() { grep -qsF -- "$2" "$1"; }

# ---- leaks -----------------------------------------------------------------

# our_processes: PIDs of minibox processes that work on this file's store.
# Programs in containers have another environment: they are found through ps.
our_processes() {
    local dir
    grep -lzsFx -- "MINIBOX_ROOT=$MINIBOX_ROOT" /proc/[0-9]*/environ |
        while IFS=/ read -r _ _ dir _; do
            case $(cat "/proc/$dir/comm" 2>/dev/null) in
            minibox*) echo "$dir" ;;
            esac
        done
}

nothing_runs() { [ -z "$(our_processes)" ] && [ -z "$(minibox ps -q)" ]; }

# assert_nothing_runs: no minibox, no keeper and no container (a moment of
# grace: the keeper ends a little after its minibox).
assert_nothing_runs() {
    local left
    wait_until nothing_runs && return
    minibox ps
    for left in $(our_processes); do
        tr '\0' ' ' <"/proc/$left/cmdline"
        kill -KILL "$left"
    done
    return 1
}

# assert_no_mounts: the caller's mount table shows nothing of the store's.
assert_no_mounts() { ! grep -F -- "$BATS_FILE_TMPDIR" /proc/self/mountinfo; }

# all_cgroups: the cgroups that minibox made, of whichever store.
all_cgroups() {
    find /sys/fs/cgroup -maxdepth 3 -type d -name 'minibox-*' 2>/dev/null |
        sort
}

# new_empty_cgroups: those without a process that were not there at the start.
# Another test's may be among them for a moment.
new_empty_cgroups() {
    local dir
    all_cgroups | comm -13 "$BATS_FILE_TMPDIR/cgroups" - | while read -r dir; do
        [ -n "$(cat "$dir/cgroup.procs" 2>/dev/null)" ] || echo "$dir"
    done
}

no_new_empty_cgroups() { [ -z "$(new_empty_cgroups)" ]; }

# What a kill -9 left before there was a keeper, the next build or rm sweeps
# away, once it is ten seconds old.
cgroups_are_swept() {
    no_new_empty_cgroups && return
    minibox rm -f nosuch >/dev/null 2>&1
    no_new_empty_cgroups
}
assert_no_cgroups() { wait_until cgroups_are_swept; }

# ---- running and judging ---------------------------------------------------

# check COMMAND...: as bats' run with --separate-stderr; that one, though,
# warns about every 127.
check() {
    local out=$BATS_TEST_TMPDIR/check.out err=$BATS_TEST_TMPDIR/check.err
    status=0
    "$@" >"$out" 2>"$err" || status=$?
    output=$(cat "$out")
    stderr=$(cat "$err")
    # shellcheck disable=SC2034 # some tests count them
    mapfile -t stderr_lines <"$err"
}

# status_is N: how it ended; shows all there is if it is not so.
status_is() {
    [ "$status" -eq "$1" ] && return
    printf 'status: %s, expected %s\nstdout: %s\nstderr: %s\n' \
        "$status" "$1" "$output" "${stderr:-}" >&2
    return 1
}

# output_is TEXT, output_has TEXT..., output_lacks TEXT: stdout of check().
output_is() { same "$1" "$output"; }
output_has() { local text; for text; do has "$text" "$output"; done; }
output_lacks() { lacks "$1" "$output"; }
error_has() { local text; for text; do has "$text" "${stderr:-}"; done; }
error_is() { same "$1" "${stderr:-}"; }

same() {
    [ "$1" = "$2" ] && return
    printf 'expected: %s\nobserved: %s\n' "$1" "$2" >&2
    return 1
}
has() {
    [[ $2 == *"$1"* ]] && return
    printf 'expected in it: %s\nobserved: %s\n' "$1" "$2" >&2
    return 1
}
lacks() {
    [[ $2 != *"$1"* ]] && return
    printf 'should not be in it: %s\nobserved: %s\n' "$1" "$2" >&2
    return 1
}

# one_error_line: stderr is one line "minibox: ...", or, for a Dockerfile, that
# line and the quoted one ("    3 | RUN x"), perhaps with a caret and a hint
# under it.  A build that fails tells its steps before that.
one_error_line() {
    local text=$stderr lines
    [[ $text != "Step "*$'\nminibox: '* ]] || text=minibox:${text##*$'\nminibox:'}
    mapfile -t lines <<<"$text"
    has "minibox: " "${text:0:9}"
    case ${#lines[@]} in
    1) ;;
    2 | 3 | 4) [[ ${lines[1]} =~ ^\ +[0-9]+\ \|\  ]] || same one "$stderr" ;;
    *) same "one line" "$stderr" ;;
    esac
}

# fails STATUS TEXT COMMAND...: it fails with that status and one clear line
# that holds TEXT, and it writes nothing to stdout.
fails() {
    local status_wanted=$1 text=$2
    shift 2
    check "$@"
    status_is "$status_wanted"
    output_is ""
    error_has "$text"
    one_error_line
}

# store_names: everything that a command could leave half-made in the store.
store_names() {
    (cd "$MINIBOX_ROOT" && ls -A containers names tmp layers blobs/sha256 &&
        cat index.json)
}

# ---- containers ------------------------------------------------------------

# in_busybox [OPTION...] SCRIPT: run SCRIPT in the shell of a new container.
in_busybox() {
    local script=${*: -1}
    minibox run --rm "${@:1:$#-1}" busybox sh -c "$script"
}

# start_container NAME [OPTION...]: a container in the background that lives
# until stop_container.  Its PID out here is in $container_pid, minibox's in
# $minibox_pid.
start_container() {
    local name=$1 fifo=$BATS_TEST_TMPDIR/$1.stdin
    shift
    mkfifo "$fifo"
    minibox run -i --name "$name" "$@" busybox \
        sh -c 'echo ready; read -r _; exit 0' \
        <>"$fifo" >"$BATS_TEST_TMPDIR/$name.out" 2>&1 3>&- &
    minibox_pid=$!
    wait_until file_has "$BATS_TEST_TMPDIR/$name.out" ready
    wait_until container_recorded "$name"
    # shellcheck disable=SC2034 # for the tests
    container_pid=$(state_of "$name" Pid)
}

container_recorded() { [ "$(state_of "$1" Status)" = '"running"' ]; }

# state_of NAME KEY: a value of State in inspect.
state_of() {
    minibox inspect "$1" | sed -n "s/^ *\"$2\": \(.*[^,]\),*$/\1/p" | head -1
}

stop_container() {
    echo >>"$BATS_TEST_TMPDIR/$1.stdin"
    wait "$minibox_pid"
    minibox rm "$1" >/dev/null
}

# ---- builds ----------------------------------------------------------------

# dockerfile: the Dockerfile of this test's context, from stdin.
dockerfile() {
    context=$BATS_TEST_TMPDIR/context
    mkdir -p "$context"
    cat >"$context/Dockerfile"
}

# build [OPTION...]: build the context as image "t"; output in $output.
build() { run minibox build -t t "$@" "$context"; }

# built [OPTION...]: the same, and it must succeed.
built() {
    build "$@"
    [ "$status" -eq 0 ] && return
    printf 'the build failed (%s):\n%s\n' "$status" "$output" >&2
    return 1
}

# in_image SCRIPT: run SCRIPT in the shell of image "t".
in_image() { minibox run --rm --entrypoint sh t -c "$1"; }
