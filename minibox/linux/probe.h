/* SPDX-License-Identifier: MIT */
#ifndef LINUX_PROBE_H
#define LINUX_PROBE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Why something does not work here; each cause has a fix of its own. */
enum probe_cause {
    PROBE_OK,
    PROBE_SKIPPED,         /* not tried: a probe before it failed */
    PROBE_UNKNOWN,         /* `found` holds all that is known */
    PROBE_OLD_KERNEL,      /* before 5.11 */
    PROBE_USERNS_APPARMOR, /* kernel.apparmor_restrict_unprivileged_userns */
    PROBE_USERNS_CLONE,    /* kernel.unprivileged_userns_clone = 0 */
    PROBE_USERNS_MAX,      /* user.max_user_namespaces used up, or 0 */
    PROBE_USERNS_NONE,     /* built without user namespaces */
    PROBE_OUTER,           /* the container that we are in forbids it */
    PROBE_IDS_MISSING,     /* no helpers, or no lines in /etc/subuid */
    PROBE_IDS_BROKEN,      /* they are there and fail */
    PROBE_SECCOMP_NONE,    /* built without filters */
    PROBE_OVERLAY_NONE,    /* the kernel has no overlayfs */
    PROBE_OVERLAY_OLD,     /* overlayfs, but without userxattr */
    PROBE_STORE_KIND,      /* a file system that can't hold images */
    PROBE_STORE_NOEXEC,    /* mounted so that nothing in it can be executed */
    PROBE_STORE_UPPER,     /* it can hold images, but no overlay's changes */
    PROBE_STORE_DENIED,    /* no right to write there */
    PROBE_CGROUP_NONE,     /* not mounted */
    PROBE_CGROUP_V1,       /* v1: only root makes groups */
    PROBE_CGROUP_DENIED,   /* v2: our group belongs to somebody else */
    PROBE_CGROUP_MISSING,  /* v2: a controller is not passed down to us */
    PROBE_CGROUP_BUSY,     /* v2: others live in our group */
};

/* What a probe found: `found` is one line, whatever the cause. */
struct probe {
    enum probe_cause cause;
    char found[400];
};

/*
 * Each of these does the thing itself, in a child of its own, and leaves
 * nothing behind.  None of them fails: not working is a result.
 */

struct probe probe_kernel(void);
/* Create a user namespace, map ourselves, mount a tmpfs in it. */
struct probe probe_userns(void);
/* May files belong to more than one user in there? */
struct probe probe_ids(void);
/* All other namespaces of a container, by one clone3(2). */
struct probe probe_namespaces(void);
/* A /proc that shows a new PID namespace. */
struct probe probe_proc(void);
/* The filter that every container gets. */
struct probe probe_seccomp(void);

/* ---- for linux/probedisk, and for the tests ---- */

/* A result with CAUSE and a text. */
struct probe probe_result(enum probe_cause cause, const char *fmt, ...)
    MB_PRINTF(2, 3);

/* Run FN in a child that went through the door (linux/userns), where a
 * container's processes start; WORKS is the text when it succeeds.  Its
 * standard error goes nowhere.  FN may put a cause into its error by
 * mb_code(). */
struct probe probe_try(int (*fn)(void *argument, struct mb_error *err),
                       void *argument, const char *works);

/* Child: a mount namespace of its own, from which nothing spreads. */
int probe_own_mounts(struct mb_error *err);

/* "6.1.0-56-cloud-amd64" against 5.11, by number. */
bool probe_release_is(const char *release, int major, int minor);

/* How far a user namespace came, and what the machine says about them. */
struct probe_userns_facts {
    bool created; /* it was made; its powers were refused afterwards */
    int errnum;
    bool apparmor_restricts; /* kernel.apparmor_restrict_unprivileged_userns */
    bool clone_off;          /* kernel.unprivileged_userns_clone is 0 */
    bool max_is_zero;        /* user.max_user_namespaces is 0 */
    bool filtered;           /* a seccomp filter is on us already */
};
enum probe_cause probe_userns_cause(const struct probe_userns_facts *facts);

#endif
