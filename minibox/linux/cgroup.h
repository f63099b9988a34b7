/* SPDX-License-Identifier: MIT */
#ifndef LINUX_CGROUP_H
#define LINUX_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What a container may use; 0 means no limit. */
struct cgroup_limits {
    uint64_t memory; /* bytes; as much again may be swapped out, as in Docker */
    uint64_t cpu_us; /* microseconds of processor time in each 100,000 */
    uint64_t pids;   /* processes and threads */
};

/* The kernel's two interfaces for the same thing, and none at all. */
enum cgroup_version { CGROUP_NONE, CGROUP_V1, CGROUP_V2 };

enum { CGROUP_MAX_DIRS = 3 };

/* One container's cgroup: one directory on v2, one for each controller on
 * v1.  Caller's memory; nothing to free. */
struct cgroup {
    enum cgroup_version version;
    int n_dirs;
    char dirs[CGROUP_MAX_DIRS][256];
};

/* The interface of this machine; v1 also for "hybrid" ones, whose v2 tree has
 * no controllers. */
enum cgroup_version cgroup_host_version(void);

/* Make the cgroup NAME and set its limits.  Without the right to make one,
 * the result is CGROUP_NONE; but when limits were asked for it is an error,
 * with a hint: nothing ever runs unlimited in silence. */
int cgroup_create(struct cgroup *cg, const char *name,
                  const struct cgroup_limits *limits, struct mb_error *err);

/* The group that the process PID is in, if minibox has made it; else
 * CGROUP_NONE. */
void cgroup_find(int pid, struct cgroup *out);
/* Parent: a descriptor of the group for ns_clone(), so that the child is born
 * in it; the caller closes.  -1 on v1 and without a group. */
int cgroup_open(const struct cgroup *cg);

/* Child, while it has one thread: move into it.  On v2 it already is there. */
int cgroup_enter(const struct cgroup *cg, struct mb_error *err);

/* Has the kernel killed a process in it for lack of memory? */
bool cgroup_saw_oom_kill(const struct cgroup *cg);

/* Remove it.  All its processes must have ended.  Tries for a second; -1 if
 * something is still in it then. */
int cgroup_remove(const struct cgroup *cg);

/* Remove groups of minibox's that have been empty for some seconds: those that
 * were left when minibox and its keeper (runtime/keeper) both were killed. */
void cgroup_sweep(void);

#endif
