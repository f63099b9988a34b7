/* SPDX-License-Identifier: MIT */
/*
 * probecgroup.c - may this user set limits?
 *
 * Problem   On v1 only root makes cgroups.  On v2 a user may, below a group
 *           that was given to him with the controllers he needs.  There are
 *           four ways to have less than that, and they look alike.
 * Idea      Ask for each in turn, as one would have to repair them:
 *
 *             mkdir(group/child)      EACCES: not ours       DENIED
 *             cgroup.controllers      memory pids cpu?       MISSING
 *             cgroup.subtree_control  all three on already?  fine
 *             cgroup.procs            others but ourselves?  BUSY
 *
 * Rules     1. Never write to cgroup.subtree_control or cgroup.procs here, as
 *              linux/cgroup does for a container: that would stay.
 *           2. The root of the tree may hold processes and pass controllers
 *              on; it is the one group without the file cgroup.type.
 * Read      cgroups(7), cgroup-v2.rst, "Delegation"; lessons/08-cgroups.md
 */
#include "linux/probecgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/cgroup.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
enum { MAX_FILE = 65536 };

char *probecgroup_missing(const char *controllers)
{
    static const char *const needed[] = {"memory", "pids", "cpu"};
    mb_autofree char *line = mb_printf(" %s ", controllers);
    struct buf missing = BUF_INIT;

    /* Each name between two blanks, so that "cpuset" is not taken for "cpu". */
    for (char *p = line; (p = strchr(p, '\n'));)
        *p = ' ';
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        mb_autofree char *name = mb_printf(" %s ", needed[i]);
        if (!strstr(line, name))
            buf_addf(&missing, "%s%s", missing.len ? " " : "", needed[i]);
    }
    return buf_take(&missing);
}

/* The file NAME of the group DIR; "" when there is none.  Caller frees. */
static char *content(const char *dir, const char *name)
{
    mb_autofree char *path = mb_printf("%s/%s", dir, name);
    struct buf text = BUF_INIT;

    (void)fs_read(AT_FDCWD, path, MAX_FILE, &text, NULL);
    return buf_take(&text);
}

/* Does a process other than this one live in the group DIR itself?  Its number,
 * or 0. */
static int other_process(const char *dir)
{
    mb_autofree char *procs = content(dir, "cgroup.procs");

    for (char *p = procs; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        int pid = atoi(p);
        if (pid != getpid())
            return pid;
    }
    return 0;
}

/* Has the group DIR a file of that name? */
static bool has_file(const char *dir, const char *name)
{
    mb_autofree char *path = mb_printf("%s/%s", dir, name);

    return access(path, F_OK) == 0;
}

/* Make a child of the group DIR and remove it again; and see whether
 * controllers could be passed down to it.  -1 with errno. */
static int try_child(const char *dir)
{
    mb_autofree char *child = mb_printf("%s/minibox-doctor.%d", dir, getpid());
    mb_autofree char *control = mb_printf("%s/cgroup.subtree_control", dir);

    if (mkdir(child, 0755) < 0)
        return -1;
    (void)rmdir(child);
    return access(control, W_OK);
}

struct probe probecgroup_v2(const char *dir)
{
    mb_autofree char *controllers = content(dir, "cgroup.controllers");
    mb_autofree char *passed = content(dir, "cgroup.subtree_control");
    mb_autofree char *missing = probecgroup_missing(controllers);
    mb_autofree char *not_passed = probecgroup_missing(passed);

    if (try_child(dir) < 0)
        return probe_result(PROBE_CGROUP_DENIED, "v2, but no rights in %s: %s",
                            dir, strerror(errno));
    if (*missing)
        return probe_result(PROBE_CGROUP_MISSING,
                            "v2, but %s lacks the controllers: %s", dir,
                            missing);
    int other = other_process(dir);
    if (*not_passed && other && has_file(dir, "cgroup.type"))
        return probe_result(PROBE_CGROUP_BUSY,
                            "v2, but %s holds other processes (%d)", dir,
                            other);
    return probe_result(PROBE_OK, "v2, in %s", dir);
}

/* Where linux/cgroup makes its groups: at the root if it may write there,
 * else below its own, which the line "0::/path" of /proc/self/cgroup names. */
static char *v2_parent(void)
{
    char path[4000] = "/";

    if (access(CGROUP_ROOT "/cgroup.procs", W_OK) == 0)
        return mb_strdup(CGROUP_ROOT);
    mb_autofree char *text = content("/proc/self", "cgroup");
    const char *line = strstr(text, "0::/");
    if (line)
        sscanf(line, "0::%3999[^\n]", path);
    return mb_printf(CGROUP_ROOT "%s", strcmp(path, "/") ? path : "");
}

/* v1, and the "hybrid" mix with a v2 that has no controllers.  There the
 * groups that a container gets leave nothing behind, so make one. */
static struct probe v1(void)
{
    const struct cgroup_limits limits = {
        .memory = 64 << 20, .cpu_us = 50000, .pids = 64};
    mb_autofree char *name = mb_printf("doctor.%d", getpid());
    struct cgroup cg;
    struct statfs fs;
    struct mb_error err = {0};
    bool hybrid = statfs(CGROUP_ROOT "/unified", &fs) == 0 &&
                  fs.f_type == CGROUP2_SUPER_MAGIC;
    const char *kind = hybrid ? "v1 (hybrid)" : "v1";

    if (cgroup_create(&cg, name, &limits, &err) < 0)
        return probe_result(PROBE_CGROUP_V1, "%s, but no group can be made: %s",
                            kind, strerror(err.errnum));
    cgroup_remove(&cg);
    return probe_result(PROBE_OK, "%s", kind);
}

struct probe probecgroup_limits(void)
{
    enum cgroup_version version = cgroup_host_version();

    if (version == CGROUP_NONE)
        return probe_result(PROBE_CGROUP_NONE, "nothing at " CGROUP_ROOT);
    if (version == CGROUP_V1)
        return v1();
    mb_autofree char *parent = v2_parent();
    return probecgroup_v2(parent);
}
