#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# errors.bats - each mistake gets one clear line, the right exit code, and
# leaves nothing half-made
load helper

# What the store held before the test: it must hold the same after it.
setup() { store_names >"$BATS_TEST_TMPDIR/before"; }

nothing_left() { same "$(cat "$BATS_TEST_TMPDIR/before")" "$(store_names)"; }

# fails_build TEXT [OPTION...]: the Dockerfile on stdin fails with 1 and TEXT.
fails_build() {
    local text=$1
    shift
    dockerfile
    fails 1 "$text" minibox build -q -t never "$@" "$context"
    nothing_left
}

# ---- the command line ------------------------------------------------------

@test "error: a command that does not exist" {
    fails 1 'unknown command: minibox foo' minibox foo
    local name
    for name in pause unpause port rename search events update builder buildx \
        config context manifest plugin swarm trust; do
        fails 1 "$name is a command of Docker's that is not in minibox yet" \
            minibox "$name"
    done
    fails 125 'not in minibox' minibox import -c 'CMD x' -
    same "$(minibox images)" "$(minibox image list)"
    same "$(minibox ps -a)" "$(minibox container list -a)"
    same "$(minibox version)" "$(minibox -v)"
    fails 1 "must be true or false" minibox images --filter dangling=maybe
    fails 1 'not in minibox' minibox attach
    fails 1 'is not a command' minibox image nosuch
}

@test "error: no arguments" {
    check minibox
    status_is 0
    output_has Usage
    fails 1 "'minibox run' requires at least 1 argument" minibox run
    fails 1 "'minibox build' requires 1 argument" minibox build
    fails 1 "'minibox rmi' requires at least 1 argument" minibox rmi
    fails 1 "'minibox tag' requires 2 arguments" minibox tag x
    fails 1 "requires" minibox images a b
}

@test "error: an unknown flag gives 125" {
    local command
    for command in run build images history inspect rmi import ps rm base; do
        fails 125 'unknown flag: --badflag' minibox $command --badflag x
    done
    fails 125 "unknown shorthand flag: 'Z' in -Z" minibox ps -Z
}

@test "error: a flag without its value" {
    fails 125 'flag needs an argument: --name' minibox run --name
    fails 125 'flag needs an argument' minibox build -t
}

@test "error: a value that a flag can't have" {
    fails 125 'invalid argument "maybe" for "--rm" flag' \
        minibox run --rm=maybe busybox true
}

@test "error: a flag of Docker's that is not here is named as such" {
    fails 125 '--publish' minibox run --publish 80:80 busybox true
    error_has 'not in minibox'
    fails 125 'not in minibox' minibox build --ssh default .
    fails 125 'not in minibox' minibox rm --volumes x
    nothing_left
}

@test "error: a short flag of Docker's that is not here is named as such" {
    local flag
    for flag in -p -l -a -P; do
        fails 125 'not in minibox' minibox run $flag busybox true
    done
}

# ---- images and containers -------------------------------------------------

@test "error: a reference that is none" {
    fails 125 'invalid reference format' minibox run --rm Busybox true
    fails 125 'must be lowercase' minibox run --rm Busybox true
    fails 125 'invalid reference format' minibox run --rm busybox: true
    fails 125 'invalid reference format' minibox run --rm '' true
    fails 125 'invalid reference format' minibox run --rm $'a\nb' true
    fails 1 'is not a valid repository/tag' minibox tag busybox Spam:v1
    fails 125 'invalid tag "Bad"' minibox build -t Bad .
    nothing_left
}

@test "error: an image that is missing" {
    fails 125 "Unable to find image 'nosuch:latest' locally" \
        minibox run --rm nosuch
    fails 1 'No such image: nosuch:v1' minibox rmi nosuch:v1
    fails 1 'No such image: nosuch:latest' minibox tag nosuch x
    fails 1 'No such image: nosuch:latest' minibox history nosuch
    fails 1 'No such container: nosuch' minibox rm nosuch
    nothing_left
}

@test "error: commands that can't start leave no container with --rm" {
    fails 127 nosuchcmd minibox run --rm busybox nosuchcmd
    fails 126 /etc/passwd minibox run --rm busybox /etc/passwd
    fails 126 /etc minibox run --rm busybox /etc
    nothing_left
}

@test "error: a volume that can't be" {
    fails 125 '/proc/x' minibox run --rm -v /proc/x/y:/v busybox true
    fails 125 'not in minibox' minibox run --rm -v named:/v busybox true
    fails 125 passwd minibox run --rm -v /tmp:/etc/passwd busybox true
    nothing_left
}

@test "error: an env file or tar that is missing" {
    fails 125 '/no/file' minibox run --rm --env-file /no/file busybox true
    fails 1 '/no/file' minibox import /no/file
    nothing_left
}

# ---- Dockerfiles -----------------------------------------------------------

@test "error: no context, no Dockerfile" {
    fails 1 'path "/no/dir" not found' minibox build /no/dir
    fails 1 'context must be a directory' minibox build /etc/passwd
    mkdir "$BATS_TEST_TMPDIR/empty"
    fails 1 'open Dockerfile: no such file or directory' \
        minibox build "$BATS_TEST_TMPDIR/empty"
    fails 1 'no such file' minibox build -f /no/file "$BATS_TEST_TMPDIR/empty"
    fails 1 'directory' minibox build -f /tmp "$BATS_TEST_TMPDIR/empty"
    nothing_left
}

@test "error: an empty Dockerfile, one without FROM" {
    fails_build 'the Dockerfile cannot be empty' </dev/null
    fails_build 'file with no instructions' <<<'# nothing'
    fails_build 'no build stage' <<<'RUN true'
    fails_build 'no build stage' <<<'ARG X=1'
}

@test "error: a Dockerfile that is a program, a pipe, or has no end" {
    local work=$BATS_TEST_TMPDIR
    dockerfile </dev/null
    fails 1 'NUL byte: this is not a text file' \
        minibox build -q -f "$(command -v bash)" "$context"
    mkfifo "$work/fifo"
    fails 1 'a pipe that nobody has written to' \
        timeout 20 minibox build -q -f "$work/fifo" "$context"
    { printf 'FROM busybox\nRUN ' && yes x | tr -d '\n' | head -c 100000000; } \
        >"$work/F"
    fails 1 'is larger than' minibox build -q -f "$work/F" "$context"
    { printf 'FROM busybox\nRUN <<E\n' && yes | head -n 1000000; } >"$work/F"
    fails 1 'F:2:1: unterminated heredoc' \
        minibox build -q -f "$work/F" "$context"
    printf 'FROM busybox\nENV A=%s\n' "$(printf '${A:-%.0s' {1..10000})" \
        >"$work/F"
    fails 1 'nested more than 100 deep' \
        minibox build -q -f "$work/F" "$context"
    nothing_left
}

@test "error: a Dockerfile of 100,000 stages, variables, commands" {
    local work=$BATS_TEST_TMPDIR
    dockerfile </dev/null
    yes 'FROM busybox' | head -n 100000 >"$work/F"
    fails 1 'F:10001: more than 10000 stages' \
        timeout 20 minibox build -q -f "$work/F" "$context"
    { echo 'FROM busybox' && yes 'ENV A=b' | head -n 100000; } >"$work/F"
    fails 1 'F:10002: more than 10000 variables set by ENV and ARG' \
        timeout 20 minibox build -q -f "$work/F" "$context"
    { yes 'ARG A=b' | head -n 100000 && echo 'FROM busybox'; } >"$work/F"
    fails 1 'F:10001: more than 10000 variables set by ENV and ARG' \
        timeout 20 minibox build -q -f "$work/F" "$context"
    nothing_left
}

@test "error: an unknown instruction, with file, line and suggestion" {
    fails_build 'unknown instruction: RUNN (did you mean RUN?)' \
        <<<$'FROM busybox\n\nRUNN true'
    error_has 'Dockerfile:3' '3 | RUNN true'
    fails_build 'unknown instruction: FOO' <<<$'FROM busybox\nFOO'
}

@test "error: the wrong number of arguments" {
    fails_build 'FROM requires either one or three arguments' \
        <<<'FROM busybox # comment'
    error_has 'Dockerfile:1'
    fails_build 'USER requires exactly one argument' \
        <<<$'FROM busybox\nUSER'
    fails_build 'COPY requires at least two arguments' \
        <<<$'FROM busybox\nCOPY a'
    fails_build "can't find = in" <<<$'FROM busybox\nENV A=1 # x'
}

@test "error: an unknown flag, a value that it can't have" {
    fails_build 'unknown flag' <<<$'FROM busybox\nCOPY --foo=1 a /b'
    dockerfile </dev/null
    touch "$context/a"
    fails_build "invalid chmod parameter: 'xyz'" <<<$'FROM busybox\nCOPY --chmod=xyz a /b'
    fails_build 'not in minibox' <<<$'FROM busybox\nRUN --mount=type=ssh true'
}

@test "error: a port or a signal that is none, before the first step" {
    local line message
    while IFS='|' read -r line message; do
        fails_build "$message" <<<$'FROM busybox\nRUN echo early\n'"$line"
        error_has "Dockerfile:3" "3 | $line"
        lacks early "$stderr"
        check minibox build --check "$context"
        status_is 1
        error_has "$message" "Dockerfile:3"
    done <<'END'
EXPOSE abc|invalid containerPort: abc
EXPOSE 99999|invalid containerPort: 99999
EXPOSE 80 80/icmp|invalid proto: icmp
STOPSIGNAL FOO|invalid signal: FOO
STOPSIGNAL SIG|invalid signal: SIG
STOPSIGNAL 0|invalid signal: 0
END
    # In a stage that is not needed it does no harm.
    dockerfile <<<$'FROM busybox AS a\nEXPOSE abc\nFROM busybox\nEXPOSE 80'
    built -q
}

@test "error: a bad variable" {
    fails_build 'unsupported modifier' <<<$'FROM busybox\nENV A=${B!x}'
    fails_build 'matching double-quote' <<<$'FROM busybox\nENV A="x'
    fails_build 'must be set' <<<$'FROM busybox\nUSER ${NO:?must be set}'
}

@test "error: COPY of what is missing, or lies outside" {
    fails_build '"/nosuch": not found' <<<$'FROM busybox\nCOPY nosuch /x'
    error_has 'Dockerfile:2' '2 | COPY nosuch /x'
    fails_build '"/x": not found' <<<$'FROM busybox\nCOPY ../x /x'
}

@test "error: a base image or stage that is missing, or circular" {
    fails_build 'No such image: nosuch' <<<'FROM nosuch'
    fails_build 'later' <<<$'FROM busybox AS one
COPY --from=later /a /b
FROM busybox AS later
FROM one'
    fails_build 'circular dependency detected on stage: me' \
        <<<$'FROM busybox AS me\nCOPY --from=me /a /b'
    fails_build 'target stage "x" could not be found' --target x \
        <<<'FROM busybox'
    fails_build 'base name' <<<$'ARG B\nFROM $B'
}

@test "error: a RUN that fails gives 1 and quotes the line" {
    dockerfile <<<$'FROM busybox\nENV A=1\nRUN exit 7'
    fails 1 'process "/bin/sh -c exit 7" did not complete successfully: exit code: 7' \
        minibox build -q "$context"
    error_has 'Dockerfile:3' '3 | RUN exit 7'
    nothing_left
    dockerfile <<<$'FROM busybox\nRUN ["nosuch"]'
    fails 1 'exec: "nosuch": executable file not found' \
        minibox build -q "$context"
    nothing_left
}

@test "error: a pattern in .dockerignore that is none" {
    dockerfile <<<$'FROM busybox\nCOPY . /c'
    echo '[' >"$context/.dockerignore"
    fails 1 'syntax error in pattern' minibox build -q "$context"
    nothing_left
}

@test "error: sockets and devices in the context, and a fifo does not hang" {
    need_tool python3
    dockerfile <<<$'FROM busybox\nCOPY s /s'
    python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$context/s"
    fails 1 'cannot be copied' minibox build -q "$context"
    nothing_left
    mkfifo "$context/p"
    dockerfile <<<$'FROM busybox\nCOPY p /p'
    check timeout 10 minibox build -q "$context"
    [ "$status" -ne 124 ]
}

@test "error: SOURCE_DATE_EPOCH that is no number" {
    dockerfile <<<'FROM busybox'
    SOURCE_DATE_EPOCH=x fails 1 SOURCE_DATE_EPOCH minibox build -q "$context"
}

# ---- the machine -----------------------------------------------------------

# small_store SIZE COMMAND: run it with a store on a tmpfs of SIZE, in a mount
# namespace that takes the tmpfs along when it ends.
small_store() {
    local dir=$BATS_TEST_TMPDIR/small
    mkdir -p "$dir"
    # shellcheck disable=SC2016 # the inner shell's
    unshare --mount sh -c 'mount -t tmpfs -o size="$1" none "$2" || exit 99
        MINIBOX_ROOT=$2; export MINIBOX_ROOT; eval "$3"' - "$1" "$dir" "$2"
}

@test "error: a full disk: base, COPY and run say so and leave no rubbish" {
    only_root "mounting needs root"
    check small_store 1m 'minibox base -q busybox; echo "rc $?"
        ls -A "$MINIBOX_ROOT/tmp" "$MINIBOX_ROOT"/blobs/sha256'
    output_has 'rc 1'
    error_has 'No space left on device'
    one_error_line
    same "${MINIBOX_ROOT:+rc 1}" "$(grep rc <<<"$output")"

    dockerfile <<<$'FROM busybox\nCOPY big /big'
    head -c 20000000 /dev/zero >"$context/big"
    check small_store 12m "minibox base -q busybox >/dev/null
        minibox build -q -t x $context; echo \"rc \$?\"
        ls -A \"\$MINIBOX_ROOT/tmp\"
        minibox run --rm busybox echo still fine"
    output_is $'rc 1\nstill fine'
    error_has 'No space left on device'
    one_error_line
}

@test "error: a full disk while a layer is packed" {
    only_root "mounting needs root"
    # fits once, not twice: the RUN works, the blob does not
    dockerfile <<<$'FROM busybox\nRUN head -c 8000000 /dev/urandom >/big'
    check small_store 16m "minibox base -q busybox >/dev/null
        minibox build -q -t x $context; echo \"rc \$?\"
        ls -A \"\$MINIBOX_ROOT/tmp\"; minibox images -q | wc -l
        minibox run --rm busybox echo still fine"
    output_is $'rc 1\n1\nstill fine'
    error_has 'No space left on device'
}

@test "error: no room for a container's own files" {
    only_root "mounting needs root"
    check small_store 6m 'minibox base -q busybox >/dev/null
        head -c 9000000 /dev/zero >"$MINIBOX_ROOT/filler" 2>/dev/null
        minibox run --rm busybox echo never; echo "rc $?"'
    has 'rc 125' "$output"
    error_has 'No space left on device'
    one_error_line
}

@test "error: a store that can't be written, or is none" {
    MINIBOX_ROOT=/proc/store fails 125 /proc/store minibox images
    error_has MINIBOX_ROOT
    echo >"$BATS_TEST_TMPDIR/file"
    MINIBOX_ROOT=$BATS_TEST_TMPDIR/file fails 125 file minibox images
    if [ "$(id -u)" != 0 ]; then
        MINIBOX_ROOT=/etc/x fails 125 'Permission denied' minibox images
        MINIBOX_ROOT=/usr fails 125 'belongs to somebody else' minibox images
    fi
}

@test "error: a store whose files are damaged" {
    local root=$BATS_TEST_TMPDIR/damaged
    MINIBOX_ROOT=$root minibox base -q busybox >/dev/null
    local document
    for document in '' '{' '[]' '{"manifests": 5}' 'null' \
        '{"manifests":[{"digest":"sha256:../../etc/passwd","size":1}]}'; do
        printf %s "$document" >"$root/index.json"
        MINIBOX_ROOT=$root check minibox run --rm busybox true
        status_is 125
        one_error_line
        MINIBOX_ROOT=$root check minibox images
        [ "$status" -le 1 ] || status_is 1
    done
    rm -rf "$root"
}

@test "error: a store that is named by a relative path" {
    cd "$BATS_TEST_TMPDIR"
    MINIBOX_ROOT=here minibox base -q busybox >/dev/null
    [ -e here/index.json ]
    cd /
    MINIBOX_ROOT=${BATS_TEST_TMPDIR#/}/here check minibox images -q
    [ -n "$output" ]
}

@test "error: a container whose config.json is damaged keeps its layers" {
    local root=$BATS_TEST_TMPDIR/kept config
    export MINIBOX_ROOT=$root
    minibox base -q busybox >/dev/null
    minibox run --name k1 busybox touch /z
    minibox rmi -f busybox >/dev/null
    config=$(echo "$root"/containers/*/config.json)
    cp "$config" "$BATS_TEST_TMPDIR/config"
    echo '{' >"$config"
    fails 1 'config.json is damaged' minibox image prune -f
    error_has 'mend the file, or minibox rm'
    fails 1 'config.json is damaged' minibox image prune -af
    cp "$BATS_TEST_TMPDIR/config" "$config"
    minibox image prune -f
    [ "$(minibox export k1 | tar t | grep -x z)" = z ]
}

@test "error: load of what is no archive that it reads" {
    local file=$BATS_TEST_TMPDIR/x
    fails 1 'load /etc/passwd: not a tar archive' minibox load -i /etc/passwd
    printf '\3757zXZ\0xxxxxxxxxxxxxxxx' >"$file"
    fails 1 "load $file: compressed with xz; minibox reads gzip and zstd" \
        minibox load -i "$file"
    error_has 'xz -d'
    printf 'BZh91AY&SYxxxxxxxxxxxxxxxx' >"$file"
    fails 1 'load standard input: compressed with bzip2' \
        bash -c "cat $file | minibox load"
    fails 1 'apply layer: compressed with bzip2' minibox import "$file"
    fails 1 'load standard input: ' minibox load </dev/null
    lacks layer "$stderr"
    fails 1 'load /etc: it is a directory' minibox load -i /etc
    error_has 'tar c -C /etc . | minibox load'
    check bash -c 'minibox save busybox >/dev/full'
    status_is 1
    error_has 'save: ' 'No space left on device'
    lacks layer "$stderr"
}

@test "error: import of an archive of images is told of" {
    minibox save -o "$BATS_TEST_TMPDIR/image.tar" busybox
    check minibox import "$BATS_TEST_TMPDIR/image.tar" e-odd
    status_is 0
    error_has 'looks like an archive of images' 'minibox load'
    minibox export "$(minibox run --name e-plain busybox; echo e-plain)" \
        >"$BATS_TEST_TMPDIR/root.tar"
    check minibox import "$BATS_TEST_TMPDIR/root.tar" e-root
    error_is ''
    minibox rmi e-odd e-root
}

@test "error: a prune that was not confirmed says so, and ends its line" {
    local answer
    for answer in n '' yesno; do
        check bash -c "echo $answer | minibox system prune"
        status_is 0
        has $'[y/N] \nCancelled: nothing was removed' "$output"
    done
    check minibox image prune </dev/null
    status_is 0
    has $'[y/N] \nCancelled: nothing was removed' "$output"
    check bash -c 'echo y | minibox container prune'
    lacks Cancelled "$output"
}

@test "error: standard output that is full is not success" {
    local command
    for command in images 'ps -a' version --help 'history busybox' \
        'inspect busybox'; do
        # shellcheck disable=SC2086 # words
        check bash -c "minibox $command >/dev/full"
        status_is 1
        error_has 'No space left on device'
        one_error_line
    done
}

@test "error: closed standard descriptors harm no file of the store" {
    check bash -c 'minibox run --rm busybox true <&- >&- 2>&-'
    status_is 0
    check bash -c 'minibox images >&-'
    [ "$status" -le 1 ]
    dockerfile <<<$'FROM busybox\nRUN echo out; echo err >&2\nRUN cat'
    check bash -c 'minibox build -t e-closed "$1" <&- >&- 2>&-' - "$context"
    status_is 0
    check minibox run --rm e-closed echo fine
    output_is fine
    minibox rmi e-closed
}

@test "error: no user namespaces for a user" {
    only_user "root needs none"
    # A user namespace in which no further one may be made; in it we are
    # ourselves again, not root.
    # shellcheck disable=SC2016 # the inner shell's
    fails 125 'user namespace' unshare --user --map-user="$(id -u)" \
        --map-group="$(id -g)" --keep-caps sh -c \
        'echo 0 >/proc/sys/user/max_user_namespaces &&
        exec minibox run --rm busybox true'
    error_has 'minibox doctor'
    nothing_left
}

@test "error: few descriptors, little memory, no HOME: an error or success" {
    local limit limits=('-n 4' '-n 6' '-n 8' '-n 12' '-f 0')
    # With AddressSanitizer in it the kernel can't even load the program.
    [[ $MINIBOX_BIN == */asan ]] || limits+=('-v 6000')
    for limit in "${limits[@]}"; do
        check bash -c "ulimit $limit; exec minibox run --rm busybox true"
        [ "$status" -eq 0 ] || [ "$status" -ge 125 ] || status_is 125
        [ "$status" -ne 139 ]
    done
    check env -i PATH="$PATH" MINIBOX_ROOT="$MINIBOX_ROOT" \
        minibox run --rm busybox echo fine
    output_is fine
    wait_until nothing_runs
    rm -rf "$MINIBOX_ROOT"/containers/* "$MINIBOX_ROOT"/names/*
}
