/* SPDX-License-Identifier: MIT */
/*
 * probe.c - tries in a container what no shell command tries
 *
 * Problem   A wall is tested by running against it, and a shell can't make
 *           every system call.
 * Idea      probe syscalls   makes calls that must fail, one a line: its name
 *                            and the errno
 *           probe tiocsti    types "X\n" into its terminal
 * Read      syscall(2), ioctl_tty(2); tests/cli/run-walls.bats
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* "name ERRNO", or "name allowed". */
static void tell(const char *name, long result)
{
    printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "allowed");
    fflush(stdout);
}

/* A raw clone: where it is allowed the child must end at once. */
static long try_clone(unsigned long flags)
{
    long pid = syscall(SYS_clone, flags | 17 /* SIGCHLD */, 0, 0, 0, 0);

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return pid;
}

static void try_syscalls(void)
{
    static char zeros[256];

    tell("keyctl", syscall(SYS_keyctl, 0, -3, 0, 0, 0));
    tell("bpf", syscall(SYS_bpf, 0, zeros, sizeof zeros));
    tell("perf_event_open", syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0));
    tell("userfaultfd", syscall(SYS_userfaultfd, 0));
    tell("unshare", unshare(CLONE_NEWNS));
    tell("clone-newuser", try_clone(CLONE_NEWUSER));
    tell("clone3", syscall(SYS_clone3, zeros, 64));
    tell("add_key", syscall(SYS_add_key, "user", "k", "v", 1, -3));
    tell("open_by_handle_at", syscall(SYS_open_by_handle_at, -100, zeros, 0));
    tell("af_alg", socket(38, SOCK_SEQPACKET, 0));
    tell("af_vsock", socket(40, SOCK_STREAM, 0));
#ifdef __x86_64__
    /* The x32 table must not be a way around the filter. */
    tell("x32", syscall(0x40000000 | SYS_unshare, CLONE_NEWNS));
#else
    puts("x32 EPERM");
#endif
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "syscalls") == 0) {
        try_syscalls();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "tiocsti") == 0) {
        tell("tiocsti", ioctl(0, TIOCSTI, "X"));
        (void)!ioctl(0, TIOCSTI, "\n");
        return 0;
    }
    fputs("usage: probe syscalls|tiocsti\n", stderr);
    return 2;
}
