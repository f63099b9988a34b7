#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# run-walls.bats - what a container must not see, have or do; looked at from
# inside, and from outside in /proc/PID
load helper

# A static program for what no shell can do: ioctl TIOCSTI; raw system calls.
setup_file_more() {
    export PROBE=$BATS_FILE_TMPDIR/probe
    cc -static -O1 -o "$PROBE" "$HERE/probe.c" || rm -f "$PROBE"
}

need_probe() { [ -x "$PROBE" ] || need_or_skip "no C compiler"; }

# ---- namespaces ------------------------------------------------------------

@test "walls: mnt, pid, net, ipc and uts are others than ours" {
    local ns
    start_container w-ns
    for ns in mnt pid net ipc uts; do
        [ "$(readlink "/proc/$container_pid/ns/$ns")" != \
            "$(readlink "/proc/self/ns/$ns")" ]
    done
    stop_container w-ns
}

@test "walls: a user's container has a user namespace, root's the host's" {
    start_container w-user
    if [ "$(id -u)" = 0 ]; then
        same "$(readlink /proc/self/ns/user)" \
            "$(readlink "/proc/$container_pid/ns/user")"
    else
        [ "$(readlink /proc/self/ns/user)" != \
            "$(readlink "/proc/$container_pid/ns/user")" ]
        # root in there is nobody but the caller out here
        same "$(id -u)" "$(stat -c %u "/proc/$container_pid")"
    fi
    stop_container w-user
}

@test "walls: two containers have nothing in common" {
    start_container w-one
    local one=$container_pid one_minibox=$minibox_pid ns
    start_container w-two
    for ns in mnt pid net ipc uts; do
        [ "$(readlink "/proc/$one/ns/$ns")" != \
            "$(readlink "/proc/$container_pid/ns/$ns")" ]
    done
    stop_container w-two
    minibox_pid=$one_minibox
    stop_container w-one
}

@test "walls: --network host shares the network alone" {
    start_container w-hostnet --network host
    same "$(readlink /proc/self/ns/net)" \
        "$(readlink "/proc/$container_pid/ns/net")"
    [ "$(readlink /proc/self/ns/pid)" != \
        "$(readlink "/proc/$container_pid/ns/pid")" ]
    stop_container w-hostnet
}

@test "walls: only the container's own processes are in its /proc" {
    check in_busybox 'echo $$; ls -d /proc/[0-9]* | wc -l'
    # itself, ls and wc
    output_is $'1\n3'
}

@test "walls: the host's processes can't be signalled" {
    check in_busybox "kill -0 $$"
    status_is 1
    error_has 'No such process'
}

@test "walls: the hostname can't be changed" {
    check in_busybox 'hostname other'
    status_is 1
    error_has 'Operation not permitted'
}

# ---- privileges ------------------------------------------------------------

status_line() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status"; }

@test "walls: the capabilities are Docker's fourteen" {
    start_container w-caps
    same 00000000a80425fb "$(status_line CapBnd "$container_pid")"
    same 00000000a80425fb "$(status_line CapEff "$container_pid")"
    same 00000000a80425fb "$(status_line CapPrm "$container_pid")"
    same 0000000000000000 "$(status_line CapInh "$container_pid")"
    same 0000000000000000 "$(status_line CapAmb "$container_pid")"
    stop_container w-caps
}

@test "walls: who is not root has no capabilities, and the same bounds" {
    check in_busybox -u 1234 'grep Cap /proc/self/status | cut -f 2'
    output_is "0000000000000000
0000000000000000
0000000000000000
00000000a80425fb
0000000000000000"
}

@test "walls: --cap-drop and --cap-add change the set" {
    check in_busybox --cap-drop ALL 'grep -E "CapEff|CapBnd" /proc/self/status'
    output_is $'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000'
    check in_busybox --cap-drop all --cap-add NET_RAW --cap-add cap_chown \
        'grep CapBnd /proc/self/status'
    output_is $'CapBnd:\t0000000000002001'
    fails 125 'BAD' minibox run --rm --cap-add BAD busybox true
}

@test "walls: a system call filter is on, unless seccomp=unconfined" {
    start_container w-filter
    same 2 "$(status_line Seccomp "$container_pid")"
    stop_container w-filter
    check in_busybox --security-opt seccomp=unconfined \
        'grep ^Seccomp: /proc/self/status'
    output_is $'Seccomp:\t0'
}

@test "walls: no_new_privs is off as in Docker, and on when asked for" {
    check in_busybox 'grep NoNew /proc/self/status'
    output_is $'NoNewPrivs:\t0'
    check in_busybox --security-opt no-new-privileges \
        'grep NoNew /proc/self/status'
    output_is $'NoNewPrivs:\t1'
}

@test "walls: mount, unshare and chroot breakouts are refused" {
    check in_busybox 'mount -t tmpfs t /mnt'
    [ "$status" -ne 0 ]
    check in_busybox 'mkdir /m; mount -t proc p /m'
    [ "$status" -ne 0 ]
    check in_busybox 'umount /proc/keys'
    [ "$status" -ne 0 ]
    check in_busybox 'unshare -U true'
    [ "$status" -ne 0 ]
    check in_busybox 'unshare -m true'
    [ "$status" -ne 0 ]
    check in_busybox 'mount -o remount,rw /proc/sys'
    [ "$status" -ne 0 ]
}

@test "walls: dangerous system calls fail, on each architecture's table" {
    need_probe
    check minibox run --rm -v "$PROBE:/probe:ro" busybox /probe syscalls
    # where the kernel has no x32 at all, it is the kernel that says no
    output=${output/x32 ENOSYS/x32 EPERM}
    output_is "keyctl EPERM
bpf EPERM
perf_event_open EPERM
userfaultfd EPERM
unshare EPERM
clone-newuser EPERM
clone3 ENOSYS
add_key EPERM
open_by_handle_at EPERM
af_alg EPERM
af_vsock EPERM
x32 EPERM"
}

# ---- devices ---------------------------------------------------------------

@test "walls: /dev holds Docker's devices and nothing else" {
    check in_busybox 'ls /dev'
    output_is "$(printf '%s\n' fd full mqueue null ptmx pts random shm stderr \
        stdin stdout tty urandom zero)"
    check in_busybox 'stat -c "%n %t:%T" /dev/full /dev/null /dev/random \
        /dev/tty /dev/urandom /dev/zero'
    output_is "/dev/full 1:7
/dev/null 1:3
/dev/random 1:8
/dev/tty 5:0
/dev/urandom 1:9
/dev/zero 1:5"
}

@test "walls: the devices work" {
    check in_busybox 'echo x >/dev/null; head -c 3 /dev/zero | wc -c
        head -c 3 /dev/urandom | wc -c; echo y >/dev/full'
    output_is $'3\n3'
    error_has 'No space left on device'
    check in_busybox -u 1234 'echo x >/dev/null; head -c 3 /dev/zero | wc -c'
    output_is 3
}

# host_disk: major and minor of a disk that root of the host can open.
host_disk() {
    local disk
    for disk in /sys/block/*; do
        if (: <"/dev/${disk##*/}") 2>/dev/null; then
            tr : ' ' <"$disk/dev"
            return
        fi
    done
}

# need_disk: only root's container can make nodes at all, so only root can
# tell whether it would be the mount that stops it.
need_disk() {
    [ "$(id -u)" != 0 ] || [ -n "$(host_disk)" ] || need_or_skip "no disk"
}

# A node that can be made must not open; wherever there is a place for it.
no_disk_at() {
    local place=$1 disk
    disk=$(host_disk)
    shift
    check in_busybox "$@" "mknod $place/disk b ${disk:-7 0} || exit 9
        dd if=$place/disk of=/dev/null bs=512 count=1"
    [ "$status" -ne 0 ] || status_is 1
    lacks 'records out' "$stderr"
}

@test "walls: a block device made with mknod can't be opened" {
    need_disk
    local dir
    for dir in /root /tmp /dev /dev/shm /dev/mqueue; do
        no_disk_at "$dir"
    done
    no_disk_at /t --tmpfs /t
}

@test "walls: nor one that was made in a volume" {
    need_disk
    mkdir "$BATS_TEST_TMPDIR/v"
    no_disk_at /v -v "$BATS_TEST_TMPDIR/v:/v"
}

@test "walls: nor with --cap-add ALL" {
    need_disk
    no_disk_at /root --cap-add MKNOD
}

# ---- files -----------------------------------------------------------------

@test "walls: masked files are empty, masked directories too" {
    check in_busybox 'cat /proc/keys /proc/timer_list /proc/interrupts \
        2>/dev/null | wc -c; ls /sys/firmware | wc -l'
    output_is $'0\n0'
    # kcore, where the host has one
    check in_busybox 'test ! -s /proc/kcore || stat -c %t:%T /proc/kcore'
    [ -z "$output" ] || output_is 1:3
}

@test "walls: /proc/sys and its like are read-only, /sys too" {
    local file
    for file in /proc/sys/kernel/domainname /proc/irq/x /proc/bus/x /proc/fs/x \
        /sys/x /sys/kernel/mm/ksm/run; do
        check in_busybox "echo 1 >$file"
        [ "$status" -ne 0 ] || status_is 1
    done
    check in_busybox 'grep -E " /proc/(bus|fs|irq|sys) " /proc/mounts |
        grep -vc " ro,"'
    output_is 0
}

@test "walls: no mount of the host's is visible" {
    check in_busybox 'cut -d " " -f 2 /proc/self/mounts | sort'
    local line allowed
    allowed='^(/|/proc|/sys|/dev|/dev/(pts|shm|mqueue|null|zero|full|random|urandom|tty)|/etc/(hosts|hostname|resolv.conf)|/proc/[a-z_]+|/sys/(firmware|fs/cgroup.*|devices/.*))$'
    while read -r line; do
        [[ $line =~ $allowed ]] || same "no $line" "$output"
    done <<<"$output"
    check in_busybox 'grep -F -e "'"$BATS_FILE_TMPDIR"'" /proc/self/mountinfo'
    output_is ""
}

@test "walls: the mounts have Docker's options" {
    check in_busybox 'cut -d " " -f 2,3,4 /proc/self/mounts'
    output_has '/proc proc rw,nosuid,nodev,noexec' \
        '/sys sysfs ro,nosuid,nodev,noexec' '/dev tmpfs rw,nosuid' \
        '/dev/pts devpts rw,nosuid,noexec' \
        '/dev/shm tmpfs rw,nosuid,nodev,noexec' \
        '/dev/mqueue mqueue rw,nosuid,nodev,noexec'
    check in_busybox 'stat -c %a /dev/shm; df -k /dev/shm | tail -1'
    output_has 1777 65536
}

@test "walls: nothing leads out of the root" {
    check in_busybox 'cd /../../..; pwd; ls -a / | grep -c "^lib64$"
        ls /proc/1/root/ /proc/self/root/.. | grep -c "^boot$"'
    output_is $'/\n0\n0'
    # A working directory outside (CVE-2024-21626)
    local fd
    for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12; do
        check minibox run --rm -w "/proc/self/fd/$fd" busybox \
            sh -c 'ls -d etc/shadow ../etc/shadow 2>/dev/null'
        lacks shadow "$output"
    done
}

@test "walls: /etc/hosts, hostname and resolv.conf are the container's own" {
    check in_busybox -h box 'cat /etc/hosts /etc/hostname
        echo x >>/etc/hosts && echo written'
    output_is "$(printf '%s\n' $'127.0.0.1\tlocalhost' \
        $'::1\tlocalhost ip6-localhost ip6-loopback' $'fe00::\tip6-localnet' \
        $'ff00::\tip6-mcastprefix' $'ff02::1\tip6-allnodes' \
        $'ff02::2\tip6-allrouters' box written)"
    check in_busybox 'cat /etc/resolv.conf'
    has "$(cat /etc/resolv.conf 2>/dev/null)" "$output"
    check in_busybox 'stat -c "%s %a" /.dockerenv'
    output_is '0 755'
}

@test "walls: --privileged unmasks, but keeps the namespaces" {
    check in_busybox --privileged 'grep -c /proc/keys /proc/mounts
        grep ^Seccomp: /proc/self/status; echo $$'
    output_is $'0\nSeccomp:\t0\n1'
}

# ---- what leaks in ---------------------------------------------------------

@test "walls: of the caller's descriptors only 0, 1 and 2 come along" {
    local kind
    for kind in --read-only --init; do
        exec 9</etc/passwd
        start_container "fds$kind" "$kind"
        exec 9<&-
        # From outside: a shell that looks at itself opens more to do so.
        check ls "/proc/$container_pid/fd"
        stop_container "fds$kind"
        output_is $'0\n1\n2'
    done
}

@test "walls: ignored and blocked signals of the caller do not come along" {
    check bash -c 'trap "" INT QUIT PIPE; exec minibox run --rm busybox \
        grep -E "SigBlk|SigIgn" /proc/self/status'
    output_is $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
}

@test "walls: the umask is 0022, whatever the caller's" {
    check bash -c 'umask 0777; exec minibox run --rm busybox sh -c umask'
    output_is 0022
}

@test "walls: the caller's groups do not come along" {
    only_root "only root can have other groups for a moment"
    check setpriv --groups 0,27,1000 minibox run --rm busybox id -G
    output_is 0
    check setpriv --groups 0,27,1000 minibox run --rm -u 1234 busybox id -G
    output_is 0
}

@test "walls: minibox itself can't be overwritten from inside" {
    local before
    before=$(sha256sum "$MINIBOX_BIN"/minibox*)
    check minibox run --rm --init busybox sh -c \
        'echo x >/proc/1/exe'
    status_is 1
    error_has /proc/1/exe
    same "$before" "$(sha256sum "$MINIBOX_BIN"/minibox*)"
}

# ---- the caller's terminal -------------------------------------------------

@test "walls: TIOCSTI can't type into the caller's terminal" {
    need_probe
    need_tool python3
    # Without -t the terminal is the caller's own; the session is not.
    check python3 "$HERE/terminal.py" minibox run -i --rm \
        -v "$PROBE:/probe:ro" busybox /probe tiocsti
    output_has 'tiocsti EPERM'
    # With -t the container types to itself, and the shell outside sees none.
    check python3 "$HERE/terminal.py" sh -c "minibox run -it --rm \
        -v '$PROBE:/probe:ro' busybox /probe tiocsti
        read -r -t 1 line; echo \"got [\$line]\"" <<<'expect got []'
    status_is 0
}

# ---- images that lie in wait -----------------------------------------------

@test "walls: links of the image do not lead mounts out" {
    local canary=$BATS_TEST_TMPDIR/canary link
    mkdir "$canary"
    for link in dev proc sys etc; do
        mkdir -p "$BATS_TEST_TMPDIR/root/bin"
        cp "$(command -v busybox || echo /bin/busybox)" \
            "$BATS_TEST_TMPDIR/root/bin/busybox"
        ln -s "$canary" "$BATS_TEST_TMPDIR/root/$link"
        tar -C "$BATS_TEST_TMPDIR/root" -cf "$BATS_TEST_TMPDIR/bad.tar" .
        minibox import "$BATS_TEST_TMPDIR/bad.tar" bad >/dev/null
        # Refused or harmless: both will do.
        check minibox run --rm bad /bin/busybox true
        same "" "$(ls -A "$canary")"
        rm -r "$BATS_TEST_TMPDIR/root"
    done
}
