#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# run.bats - minibox run: exit codes, arguments, environment, user, volumes
load helper

# ---- exit codes ------------------------------------------------------------

@test "run: the exit code is the command's" {
    check in_busybox 'exit 0'
    status_is 0
    check in_busybox 'exit 3'
    status_is 3
    check in_busybox 'exit 300'
    status_is 44
}

@test "run: a command that is not in the image gives 127" {
    fails 127 'exec: "nosuchcmd": executable file not found in $PATH' \
        minibox run --rm busybox nosuchcmd
    fails 127 'exec: "/no/such": stat /no/such: no such file or directory' \
        minibox run --rm busybox /no/such
}

@test "run: a file that is not executable gives 126, a directory too" {
    fails 126 'exec: "/etc/passwd": permission denied' \
        minibox run --rm busybox /etc/passwd
    fails 126 'exec: "/etc": is a directory' minibox run --rm busybox /etc
}

@test "run: a command that a signal ends gives 128 + its number" {
    check in_busybox --init 'kill -TERM $$; sleep 9'
    status_is 143
    check in_busybox 'sh -c "kill -9 \$\$"; exit $?'
    status_is 137
}

@test "run: what could not start stays as Created, with --rm it does not" {
    check minibox run --name r-created busybox nosuchcmd
    status_is 127
    check minibox ps -a
    output_has 'Created ' r-created
    minibox rm r-created
    check minibox run --rm --name r-created busybox nosuchcmd
    status_is 127
    check minibox ps -a
    output_lacks r-created
}

# ---- arguments -------------------------------------------------------------

@test "run: no shell reads the arguments" {
    fails 127 'exec: "echo a; echo b"' minibox run --rm busybox 'echo a; echo b'
    check minibox run --rm busybox echo '$HOME' '*' 'a  b' ''
    output_is '$HOME * a  b '
}

@test "run: options end at the image" {
    check minibox run --rm busybox echo --rm -i --name x
    output_is '--rm -i --name x'
}

@test "run: flags in all their spellings" {
    check minibox run --rm=true -eA=1 -e=B=2 -e C=3 --env=D=4 --env E=5 \
        busybox sh -c 'echo $A$B$C$D$E'
    output_is 12345
    fails 125 "unknown shorthand flag: 'z'" minibox run -iz busybox true
}

@test "run: --entrypoint replaces the program" {
    check minibox run --rm --entrypoint echo busybox a b
    output_is 'a b'
}

# ---- standard streams ------------------------------------------------------

@test "run: without -i standard input is empty, with -i it is passed on" {
    check minibox run --rm busybox cat <<<hi
    output_is ""
    check minibox run -i --rm busybox cat <<<hi
    output_is hi
}

@test "run: a megabyte goes through unharmed" {
    head -c 1000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
    minibox run -i --rm busybox cat <"$BATS_TEST_TMPDIR/in" \
        >"$BATS_TEST_TMPDIR/out"
    cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}

@test "run: stdout and stderr stay apart" {
    check in_busybox 'echo one; echo two >&2'
    output_is one
    error_is two
}

@test "run: a reader that leaves early ends the command" {
    check bash -c 'minibox run --rm busybox yes 2>&1 | head -1'
    status_is 0
    output_is y
}

# ---- directory -------------------------------------------------------------

@test "run: -w is made if it is missing, and belongs to root" {
    check in_busybox -w /new/dir -u 1234 'pwd; stat -c "%u %a" .'
    output_is $'/new/dir\n0 755'
}

@test "run: -w must be absolute and a directory" {
    fails 125 "the working directory 'x' is invalid, it needs to be an abs" \
        minibox run --rm -w x busybox true
    fails 125 "Cannot mkdir: /etc/passwd is not a directory" \
        minibox run --rm -w /etc/passwd busybox true
}

# ---- environment -----------------------------------------------------------

@test "run: the environment is Docker's and nothing else, in Docker's order" {
    SECRET=x check minibox run --rm -h box -e Z=1 busybox env
    output_is "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOSTNAME=box
Z=1
HOME=/root"
}

@test "run: -e X takes the caller's, the last -e wins, A= is empty" {
    X=mine check in_busybox -e X -e NOT_SET -e A=1 -e A=2 -e B= \
        'echo $X ${NOT_SET-unset} $A ${B-unset}.'
    output_is 'mine unset 2 .'
}

@test "run: -e may replace PATH, HOSTNAME and HOME" {
    check minibox run --rm -e HOME=/h -e HOSTNAME=n -e PATH=/usr/bin busybox env
    output_is $'PATH=/usr/bin\nHOSTNAME=n\nHOME=/h'
}

@test "run: -e without a name is refused" {
    fails 125 'invalid environment variable: =x' \
        minibox run --rm -e =x busybox true
}

@test "run: --env-file keeps quotes and # as they are" {
    printf '# comment\n\nA="q" # x\nFROM_HERE\nB=\n' >"$BATS_TEST_TMPDIR/env"
    FROM_HERE=yes check in_busybox --env-file "$BATS_TEST_TMPDIR/env" \
        'echo "$A|$FROM_HERE|${B-unset}"'
    output_is '"q" # x|yes|'
    echo 'E 1=2' >"$BATS_TEST_TMPDIR/env"
    fails 125 "variable 'E 1' contains whitespaces" \
        minibox run --rm --env-file "$BATS_TEST_TMPDIR/env" busybox true
}

# ---- user ------------------------------------------------------------------

@test "run: -u NAME takes uid, gid and HOME from the image's passwd" {
    check in_busybox -u nobody 'id -u; id -g; echo $HOME'
    output_is $'65534\n65534\n/'
}

@test "run: -u NUMBER needs no entry; its group is 0, its HOME /" {
    check in_busybox -u 1234 'id -u; id -g; echo $HOME'
    output_is $'1234\n0\n/'
    check in_busybox -u 1234:50 'id -u; id -g; id -G'
    output_is $'1234\n50\n50'
}

@test "run: an unknown user or group gives 125" {
    fails 125 'unable to find user x: no matching entries in passwd file' \
        minibox run --rm -u x busybox true
    fails 125 'unable to find group x: no matching entries in group file' \
        minibox run --rm -u 0:x busybox true
}

@test "run: user numbers out of range or not canonical are refused" {
    local bad
    for bad in 4294967296 -1 4294967295 0x0 ' 0' 2147483648 '1:-1'; do
        check minibox run --rm -u "$bad" busybox id
        status_is 125
        one_error_line
    done
}

# ---- names -----------------------------------------------------------------

@test "run: a name is taken until rm" {
    minibox run --name r-taken busybox true
    fails 125 'Conflict. The container name "/r-taken" is already in use by' \
        minibox run --name r-taken busybox true
    minibox rm r-taken
    minibox run --rm --name r-taken busybox true
}

@test "run: names that are none are refused" {
    local bad
    for bad in 'bad name!' x ../x a/b . '' -- $'a\nb'; do
        check minibox run --rm --name "$bad" busybox true
        status_is 125
        error_has "Invalid container name"
    done
}

@test "run: a container stays after its end, with --rm it does not" {
    check minibox run --name r-stays busybox sh -c 'exit 3'
    status_is 3
    check minibox ps -a
    output_has 'Exited (3) ' r-stays
    minibox rm r-stays
    minibox run --rm --name r-goes busybox true
    check minibox ps -a
    output_lacks r-goes
}

# ---- hostname and network --------------------------------------------------

@test "run: the hostname is the ID's first twelve digits, -h another" {
    check minibox run --name r-host busybox hostname
    local id
    id=$(minibox ps -aq | head -1)
    output_is "$id"
    minibox rm r-host
    check minibox run --rm -h box busybox sh -c 'hostname; cat /etc/hostname'
    output_is $'box\nbox'
}

@test "run: without a network there is lo alone, and it is up" {
    check in_busybox 'ls /sys/class/net; ping -c 1 127.0.0.1 >/dev/null && echo up'
    output_is $'lo\nup'
}

@test "run: --network host has the host's devices and name" {
    check in_busybox --network host 'wc -l </proc/net/dev; hostname'
    output_is "$(wc -l </proc/net/dev)
$(hostname)"
}

@test "run: --network bridge is refused, not ignored" {
    fails 125 'not in minibox' minibox run --rm --network bridge busybox true
}

# ---- files -----------------------------------------------------------------

@test "run: what a container writes is in no other, nor in the image" {
    minibox run --rm busybox sh -c 'echo x >/new; rm /etc/passwd'
    check in_busybox 'test -e /new || cat /etc/passwd | head -1'
    output_is root:x:0:0:root:/root:/bin/sh
}

@test "run: -v shares a directory, and :ro only for reading" {
    mkdir "$BATS_TEST_TMPDIR/d"
    in_busybox -v "$BATS_TEST_TMPDIR/d:/d" 'echo hi >/d/f'
    same hi "$(cat "$BATS_TEST_TMPDIR/d/f")"
    check in_busybox -v "$BATS_TEST_TMPDIR/d:/d:ro" 'cat /d/f; echo x >/d/g'
    status_is 1
    output_is hi
    error_has 'Read-only file system'
}

@test "run: -v of a single file, and of a directory that is missing" {
    echo text >"$BATS_TEST_TMPDIR/f"
    check in_busybox -v "$BATS_TEST_TMPDIR/f:/deep/er/f" 'cat /deep/er/f'
    output_is text
    in_busybox -v "$BATS_TEST_TMPDIR/made:/m" 'test -d /m'
    [ -d "$BATS_TEST_TMPDIR/made" ]
}

@test "run: -v with a target or mode that is none is refused" {
    fails 125 'invalid argument' minibox run --rm -v /tmp busybox true
    fails 125 'invalid argument' minibox run --rm -v /tmp:x busybox true
    fails 125 'invalid argument' minibox run --rm -v /tmp:/x:z busybox true
}

@test "run: --tmpfs is writable, and gone afterwards" {
    check in_busybox --tmpfs /t 'echo x >/t/f; grep " /t " /proc/mounts'
    output_has 'tmpfs /t tmpfs rw,nosuid,nodev,noexec'
}

@test "run: --read-only locks the root, but not /dev and --tmpfs" {
    check in_busybox --read-only --tmpfs /t \
        'touch /t/a && echo x >/dev/null && touch /x'
    status_is 1
    error_has 'Read-only file system'
}

# ---- signals ---------------------------------------------------------------

# signal_test SIGNAL OPTIONS SCRIPT: send it to minibox once SCRIPT is ready;
# minibox's exit code in $status.
signal_test() {
    local out=$BATS_TEST_TMPDIR/out
    # shellcheck disable=SC2086 # options are words
    minibox run --rm $2 busybox sh -c "$3" >"$out" 2>&1 3>&- &
    wait_until file_has "$out" ready
    kill -"$1" $!
    status=0
    wait $! || status=$?
    output=$(cat "$out")
}

@test "run: a signal to minibox reaches the command" {
    signal_test TERM "" 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
    status_is 7
    signal_test HUP "" 'trap "exit 8" HUP; echo ready; while :; do sleep 0.1; done'
    status_is 8
}

@test "run: PID 1 without a handler ignores TERM, with --init it dies" {
    signal_test TERM "" 'echo ready; sleep 0.5; exit 5'
    status_is 5
    signal_test TERM --init 'echo ready; exec sleep 20'
    status_is 143
}

@test "run: --init is PID 1 and reaps" {
    check in_busybox --init 'cat /proc/1/comm; (sleep 0.1 &) ; sleep 0.4; ps'
    output_has minibox-init
    output_lacks ' Z '
    output_lacks '[sleep]'
}

@test "run: the command is PID 1, and its end ends the rest" {
    check minibox run --rm busybox sh -c 'echo $$; sleep 1000 & exit 0'
    status_is 0
    output_is 1
}

# ---- explain ---------------------------------------------------------------

@test "run: --explain tells the steps on stderr, in order" {
    check minibox run --explain --rm busybox echo hi
    output_is hi
    error_has 'clone3(' 'pivot_root' 'seccomp' 'execve()' '| 05  pivot_root'
}
