/* SPDX-License-Identifier: MIT */
/*
 * probe.c - what this machine lets us do
 *
 * Problem   "Operation not permitted" has a dozen reasons: a sysctl, AppArmor,
 *           a container around us, an old kernel.  And versions lie: features
 *           are patched in and configured out.
 * Idea      Do the thing, in a child whose end undoes it.  How far the child
 *           came, and with which errno, tells the reasons apart:
 *
 *             unshare(NEWUSER)   write the maps   mount a tmpfs
 *                   |                  |               |
 *             EPERM, ENOSPC:     EPERM, EACCES: it was made, but a security
 *             sysctl, seccomp    module took its powers away (Ubuntu 24.04)
 *
 * Rules     1. Nothing outlives a probe: mounts go with the child's namespace,
 *              and files are removed by who made them.
 *           2. A probe does what a container's start does, by the same calls;
 *              else it would bless a machine on which containers fail.
 *           3. A sysctl is believed only after the thing itself has failed.
 * Read      user_namespaces(7), proc(5), seccomp(2);
 *           lessons/00-start.md
 */
#include "linux/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/caps.h"
#include "linux/ns.h"
#include "linux/program.h"
#include "linux/seccomp.h"
#include "linux/spawn.h"
#include "linux/userns.h"

struct probe probe_result(enum probe_cause cause, const char *fmt, ...)
{
    struct probe p = {.cause = cause};
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(p.found, sizeof p.found, fmt, ap);
    va_end(ap);
    return p;
}

/* ---- the kernel --------------------------------------------------------- */

bool probe_release_is(const char *release, int major, int minor)
{
    int have_major = 0, have_minor = 0;

    sscanf(release, "%d.%d", &have_major, &have_minor);
    return have_major > major || (have_major == major && have_minor >= minor);
}

struct probe probe_kernel(void)
{
    struct utsname u;

    (void)uname(&u); /* fails for a bad pointer only */
    /* 5.11 is the first to mount overlayfs in a user namespace; clone3 (5.3),
     * openat2 (5.6) and pidfds (5.3) are older. */
    if (probe_release_is(u.release, 5, 11))
        return probe_result(PROBE_OK, "Linux %s, %s", u.release, u.machine);
    return probe_result(PROBE_OLD_KERNEL, "Linux %s: too old", u.release);
}

/* ---- the user namespace ------------------------------------------------- */

/* Write TEXT to the file of /proc NAME, whole. */
static int write_proc(const char *name, const char *text, struct mb_error *err)
{
    mb_autoclose int fd = open(name, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return mb_fail(err, "write %s", name);
    return 0;
}

int probe_own_mounts(struct mb_error *err)
{
    if (unshare(CLONE_NEWNS) < 0)
        return mb_fail(err, "create a mount namespace");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return mb_fail(err, "make mounts private");
    return 0;
}

/* The maps, as they were worked out before the namespace was entered: inside,
 * getuid(2) has no answer yet. */
struct maps {
    char *uid, *gid;
};

/* In the new namespace: use its powers.  All that fails here happens after it
 * was made, which the code 1 tells. */
static int use_userns(void *argument, struct mb_error *err)
{
    const struct maps *maps = argument;

    if (write_proc("/proc/self/setgroups", "deny", err) < 0 ||
        write_proc("/proc/self/uid_map", maps->uid, err) < 0 ||
        write_proc("/proc/self/gid_map", maps->gid, err) < 0 ||
        probe_own_mounts(err) < 0)
        return mb_code(err, 1);
    if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0) {
        mb_fail(err, "mount a tmpfs");
        return mb_code(err, 1);
    }
    return 0;
}

/* Does the file of one number hold VALUE?  No, if it isn't there. */
static bool sysctl_is(const char *path, long value)
{
    mb_autobuf struct buf text = BUF_INIT;

    return fs_read(AT_FDCWD, path, 64, &text, NULL) == 0 && text.len > 0 &&
           strtol(text.s, NULL, 10) == value;
}

/* Is a seccomp filter at work on this process? */
static bool is_filtered(void)
{
    mb_autobuf struct buf text = BUF_INIT;

    return fs_read(AT_FDCWD, "/proc/self/status", 65536, &text, NULL) == 0 &&
           strstr(text.s, "\nSeccomp:\t2\n");
}

enum probe_cause probe_userns_cause(const struct probe_userns_facts *f)
{
    if (!f->created) {
        if (f->clone_off)
            return PROBE_USERNS_CLONE;
        if (f->max_is_zero || f->errnum == ENOSPC || f->errnum == EUSERS)
            return PROBE_USERNS_MAX;
        if (f->errnum == EINVAL) /* the flag itself is unknown */
            return PROBE_USERNS_NONE;
    }
    /* Usually made and then powerless; but the call itself is refused where
     * the profile that it would be confined to is missing. */
    if (f->apparmor_restricts)
        return PROBE_USERNS_APPARMOR;
    return f->filtered ? PROBE_OUTER : PROBE_UNKNOWN;
}

/* Root: no user namespace, but the right to mount is needed. */
static int root_may_mount(void *unused, struct mb_error *err)
{
    (void)unused;
    if (probe_own_mounts(err) < 0)
        return -1;
    if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
        return mb_fail(err, "mount a tmpfs");
    return 0;
}

struct probe probe_userns(void)
{
    mb_autofree char *uid = mb_printf("0 %u 1", geteuid());
    mb_autofree char *gid = mb_printf("0 %u 1", getegid());
    struct maps maps = {uid, gid};
    struct mb_error err = {0};

    if (geteuid() == 0) {
        if (program_call(0, root_may_mount, NULL, &err) < 0)
            return probe_result(PROBE_OUTER, "root, but without its powers: %s",
                                err.msg);
        return probe_result(PROBE_OK, "not needed: you are root");
    }
    if (program_call(CLONE_NEWUSER, use_userns, &maps, &err) == 0)
        return probe_result(PROBE_OK, "created, mapped, and mounted in");
    struct probe_userns_facts facts = {
        .created = err.code == 1,
        .errnum = err.errnum,
        .apparmor_restricts = sysctl_is(
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1),
        .clone_off = sysctl_is("/proc/sys/kernel/unprivileged_userns_clone", 0),
        .max_is_zero = sysctl_is("/proc/sys/user/max_user_namespaces", 0),
        .filtered = is_filtered(),
    };
    return probe_result(probe_userns_cause(&facts), "%s: %s",
                        facts.created ? "created, but powerless" : "refused",
                        err.msg);
}

/* ---- behind the door ---------------------------------------------------- */

/* What program_call's single argument carries. */
struct errand {
    int (*fn)(void *argument, struct mb_error *err);
    void *argument;
};

/* The child of probe_try().  Silent: the door warns when it is
 * narrow, and newuidmap(1) complains in its own words. */
static int do_errand(void *argument, struct mb_error *err)
{
    const struct errand *errand = argument;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (null >= 0)
        dup2(null, STDERR_FILENO);
    if (userns_enter(err) < 0)
        return mb_code(err, PROBE_IDS_BROKEN);
    return errand->fn(errand->argument, err);
}

struct probe probe_try(int (*fn)(void *argument, struct mb_error *err),
                       void *argument, const char *works)
{
    struct errand errand = {fn, argument};
    struct mb_error err = {0};

    if (program_call(0, do_errand, &errand, &err) == 0)
        return probe_result(PROBE_OK, "%s", works);
    return probe_result(err.code ? err.code : PROBE_UNKNOWN, "%s", err.msg);
}

/* Behind the door: how wide is it? */
static int has_many_ids(void *unused, struct mb_error *err)
{
    (void)unused;
    if (!userns_is_single_id())
        return 0;
    mb_failx(err, "only your own id is mapped");
    return mb_code(err, PROBE_IDS_MISSING);
}

struct probe probe_ids(void)
{
    if (geteuid() == 0 && ns_is_initial_user())
        return probe_result(PROBE_OK, "not needed: you are root");
    return probe_try(has_many_ids, NULL, "files can belong to several users");
}

/* ---- the other namespaces ----------------------------------------------- */

/* Do DEED as PID 1 of all the namespaces that a container gets.  It says -1
 * with errno when it fails. */
static int in_namespaces(int (*deed)(void), const char *what,
                         struct mb_error *err)
{
    int pidfd;
    pid_t pid = ns_clone(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
                             CLONE_NEWUTS | CLONE_NEWNET,
                         -1, &pidfd, err);

    if (pid == 0)
        _exit(deed() < 0 ? errno : 0);
    if (pid < 0)
        return mb_code(err, PROBE_OUTER);
    close(pidfd);
    errno = spawn_wait(pid, NULL);
    if (errno == 0)
        return 0;
    mb_fail(err, "%s", what);
    return mb_code(err, PROBE_OUTER);
}

/* To have been born in them is all. */
static int do_nothing(void)
{
    return 0;
}

/* A PID namespace is in sight only by a /proc of its own.  Where the present
 * one has masks over parts of it, the kernel refuses a new one in a user
 * namespace: it would show what the masks hide (EPERM). */
static int mount_proc(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -1;
    return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                 NULL);
}

/* Behind the door: the call that starts each container. */
static int try_namespaces(void *unused, struct mb_error *err)
{
    (void)unused;
    return in_namespaces(do_nothing, "live in new namespaces", err);
}

/* Behind the door: what linux/mount does first. */
static int try_proc(void *unused, struct mb_error *err)
{
    (void)unused;
    return in_namespaces(mount_proc, "mount a new /proc", err);
}

struct probe probe_namespaces(void)
{
    return probe_try(try_namespaces, NULL, "mount, pid, ipc, uts, net");
}

struct probe probe_proc(void)
{
    return probe_try(try_proc, NULL, "a new PID namespace gets its own");
}

/* ---- the filter --------------------------------------------------------- */

/* Behind the door: the very filter that containers get.  It stays with the
 * child, which ends. */
static int try_filter(void *unused, struct mb_error *err)
{
    (void)unused;
    if (seccomp_apply(caps_docker_default, err) < 0)
        return mb_code(err, PROBE_SECCOMP_NONE);
    return 0;
}

struct probe probe_seccomp(void)
{
    return probe_try(try_filter, NULL, "the default filter loads");
}
