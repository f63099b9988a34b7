/* SPDX-License-Identifier: MIT */
/*
 * ns.c - namespaces: a view of one's own
 *
 * Problem   Hostname, process table, mounts, network: the kernel keeps one of
 *           each, and every process sees the same.
 * Idea      A namespace is another copy of one such thing.  A process looks
 *           at the world through the set of namespaces that it is in:
 *
 *             process 4711 --> { mnt:A  uts:A  pid:A  net:A ... }  the host's
 *             process 4712 --> { mnt:B  uts:B  pid:B  net:B ... }  a container
 *
 *           clone3(2) makes a child in new ones, setns(2) joins old ones, and
 *           a namespace goes away when no process is in it any more (and no
 *           mount or open file holds it).
 * Rules     1. CLONE_NEWPID works on children only: the first process born in
 *              it is PID 1 there, and its death ends all others.
 *           2. A namespace belongs to the user namespace it was made in; root
 *              there has power over it.
 * Read      namespaces(7), clone(2), setns(2); lessons/03-namespaces.md
 */
#include "linux/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

const struct ns_kind ns_kinds[] = {
    {"mnt", CLONE_NEWNS, "mounts"},
    {"uts", CLONE_NEWUTS, "host name"},
    {"ipc", CLONE_NEWIPC, "System V IPC and POSIX message queues"},
    {"pid", CLONE_NEWPID, "process numbers"},
    {"net", CLONE_NEWNET, "network devices, addresses, ports"},
    {"cgroup", CLONE_NEWCGROUP, "root of the cgroup tree"},
    {"user", CLONE_NEWUSER, "user and group numbers, capabilities"},
};
const size_t ns_kinds_count = sizeof ns_kinds / sizeof *ns_kinds;

/* Let the child start in the cgroup whose directory is CGROUP_FD, if any. */
static void start_in_cgroup(struct clone_args *args, int cgroup_fd)
{
    /* STEP 2, 1 point: unless CGROUP_FD is -1, ask for that cgroup, too
     * else: (void)cgroup_fd; */
    if (cgroup_fd >= 0) {
        args->flags |= CLONE_INTO_CGROUP; /* Linux 5.7 */
        args->cgroup = cgroup_fd;
    }
    /* END STEP 2 */
}

pid_t ns_clone(unsigned long long flags, int cgroup_fd, int *out_pidfd,
               struct mb_error *err)
{
    int pidfd = -1;
    long pid;

    /* STEP 1, 3 points: clone3(2): a child in new namespaces FLAGS, for which
     * waitpid(2) works, with a pidfd in pidfd; start_in_cgroup() shall have its
     * say about the struct clone_args before the call */
    struct clone_args args = {
        .flags = flags | CLONE_PIDFD,
        .pidfd = (unsigned long)&pidfd,
        .exit_signal = SIGCHLD, /* so that waitpid(2) works as after fork */
    };
    start_in_cgroup(&args, cgroup_fd);
    /* glibc has no wrapper: like fork, it returns twice. */
    pid = syscall(SYS_clone3, &args, sizeof args);
    /* END STEP 1 */
    if (pid < 0) {
        mb_fail(err, "create the container's namespaces with clone3");
        if (errno == EPERM || errno == ENOSPC)
            mb_hint(err, "this machine may forbid them: minibox doctor tells");
        return -1;
    }
    if (pid > 0)
        *out_pidfd = pidfd;
    return pid;
}

int ns_join(int pidfd, unsigned long long flags, struct mb_error *err)
{
    /* STEP 3, 2 points: join those namespaces of the process, in one call */
    /* All at once (Linux 5.8): the kernel checks every permission before it
     * moves us, and sorts out that the user namespace comes first. */
    if (setns(pidfd, flags) < 0)
        return mb_fail(err, "join the namespaces");
    return 0;
    /* END STEP 3 */
}

int ns_same(pid_t a, pid_t b, const char *name, struct mb_error *err)
{
    struct stat st[2];
    pid_t pids[2] = {a, b};

    /* STEP 4, 2 points: two files in /proc/PID/ns are the same file exactly
     * when the namespace is the same */
    for (int i = 0; i < 2; i++) {
        mb_autofree char *path =
            mb_printf("/proc/%d/ns/%s", (int)pids[i], name);
        if (stat(path, &st[i]) < 0)
            return mb_fail(err, "look at %s", path);
    }
    return st[0].st_ino == st[1].st_ino && st[0].st_dev == st[1].st_dev;
    /* END STEP 4 */
}

bool ns_is_initial_user(void)
{
    mb_autobuf struct buf map = BUF_INIT;
    unsigned long inside, outside, count;

    /* Only the first user namespace maps all 2^32-1 numbers to themselves. */
    if (fs_read(AT_FDCWD, "/proc/self/uid_map", 65536, &map, NULL) < 0)
        return true;
    return sscanf(map.s, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
           inside == 0 && outside == 0 && count == 4294967295UL;
}
