/* SPDX-License-Identifier: MIT */
/*
 * join.c - one more process in a container that runs
 *
 * Problem   A container is only a name for what its processes share.  `exec`
 *           wants one more process to share it.
 * Idea      No new namespaces: those of its PID 1, found by a pidfd and joined
 *           with setns(2).  Then the same last mile as PID 1 went:
 *
 *             minibox exec   stays outside, waits
 *               fork -> middle     setns: user and PID namespace, by which
 *                         |        only its later children are moved
 *                       clone3, CLONE_PARENT -> a child of minibox's
 *                         |                       cgroup: limits count
 *                       _exit                     setns: mounts, network, ...
 *                                                 runtime/lastmile
 *
 * Rules     1. What is the same namespace already is not joined: for the user
 *              namespace the kernel would refuse (EINVAL).
 *           2. The cgroup first: behind the mounts our cgroup files are gone.
 *           3. We ourselves stay outside, and so does the keeper: a minibox
 *              in the PID namespace would be seen, and its /proc/PID/root leads
 *              to the host's files.
 *           4. Until it execs, this process is minibox, and seen by others in
 *              the container.  Through its /proc/PID/exe and /proc/PID/fd they
 *              could reach outside (CVE-2019-5736, CVE-2016-9962 in runc).  So
 *              it is not "dumpable", which shuts both; and `exec` runs from a
 *              sealed copy of minibox, which no one can overwrite (cli/exec).
 * Read      setns(2), pidfd_open(2), prctl(2) PR_SET_DUMPABLE;
 *           lessons/26-monitor.md
 */
#include "runtime/join.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/ns.h"
#include "runtime/lastmile.h"

int join_find_door(int pid, int pidfd, struct container_door *out,
                   struct mb_error *err)
{
    *out = (struct container_door){.pidfd = pidfd};
    cgroup_find(pid, &out->cgroup);
    for (size_t i = 0; i < ns_kinds_count; i++) {
        int same = ns_same(getpid(), pid, ns_kinds[i].name, err);
        if (same < 0)
            return -1;
        if (!same) /* rule 1 */
            out->differing |= ns_kinds[i].flag;
    }
    return 0;
}

/* From outside to the container's root. */
static int go_in(const struct container_door *door, struct mb_error *err)
{
    unsigned long long rest =
        door->differing & ~(unsigned long long)(CLONE_NEWUSER | CLONE_NEWPID);

    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) /* rule 4 */
        return mb_fail(err, "hide from the container");
    if (setsid() < 0)
        return mb_fail(err, "start a session of its own");
    if (cgroup_enter(&door->cgroup, err) < 0) /* rule 2 */
        return -1;
    explain("26", "setns(pidfd, ...)", "the namespaces of its PID 1 are ours");
    return rest ? ns_join(door->pidfd, rest, err) : 0;
}

/* The child: go in, and become the command. */
static _Noreturn void child_main(const struct container_spec *spec,
                                 const struct container_door *door,
                                 struct handshake *h)
{
    struct lastmile mile = {
        .spec = spec, .handshake = h, .init_fd = -1, .joined = true};
    struct mb_error err = {0};

    handshake_in_child(h);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (go_in(door, &err) == 0)
        (void)lastmile_go(&mile, &err);
    handshake_fail(h, &err);
}

/* Like fork(2), but the child is our parent's, and is born in the group.  As
 * ns_clone(), which can't: with CLONE_PARENT exit_signal must be 0. */
static pid_t clone_for_parent(const struct cgroup *cg, int *out_pidfd)
{
    mb_autoclose int cgroup = cgroup_open(cg);
    struct clone_args args = {.flags = CLONE_PIDFD | CLONE_PARENT,
                              .pidfd = (unsigned long)out_pidfd};

    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = cgroup;
    }
    return syscall(SYS_clone3, &args, sizeof args);
}

/* The one in the middle: it reports the child's pidfd, and is gone. */
static _Noreturn void middle_main(const struct container_spec *spec,
                                  const struct container_door *door,
                                  struct handshake *child,
                                  struct handshake *report)
{
    unsigned long long first = door->differing & (CLONE_NEWUSER | CLONE_NEWPID);
    struct mb_error err = {0};
    int pidfd = -1;

    handshake_in_child(report);
    if (first && ns_join(door->pidfd, first, &err) < 0)
        handshake_fail(report, &err);
    pid_t pid = clone_for_parent(&door->cgroup, &pidfd);
    if (pid == 0)
        child_main(spec, door, child);
    if (pid < 0)
        mb_fail(&err, "start a process in the container");
    else if (handshake_send_fd(report, pidfd, &err) == 0)
        _exit(0);
    handshake_fail(report, &err);
}

/* The PID behind a pidfd, as we see it. */
static pid_t pid_of(int pidfd)
{
    mb_autofree char *path = mb_printf("/proc/self/fdinfo/%d", pidfd);
    mb_autobuf struct buf text = BUF_INIT;
    int pid = -1;

    if (fs_read(AT_FDCWD, path, 4096, &text, NULL) < 0)
        return -1;
    const char *line = strstr(text.s, "\nPid:");
    return line && sscanf(line, "\nPid: %d", &pid) == 1 ? pid : -1;
}

pid_t join_birth(const struct container_spec *spec,
                 const struct container_door *door, struct handshake *handshake,
                 int *out_pidfd, struct mb_error *err)
{
    struct handshake report;

    if (handshake_open(&report, err) < 0)
        return -1;
    pid_t middle = fork();
    if (middle == 0)
        middle_main(spec, door, handshake, &report);
    handshake_in_parent(&report);
    if (middle < 0) {
        close(report.parent);
        return mb_fail(err, "fork");
    }
    int result = handshake_wait(&report, out_pidfd, err);
    (void)spawn_wait(middle, NULL);
    return result < 0 ? -1 : pid_of(*out_pidfd);
}
