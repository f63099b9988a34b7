/* SPDX-License-Identifier: MIT */
#ifndef LINUX_NS_H
#define LINUX_NS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* One kind of namespace: namespaces(7). */
struct ns_kind {
    const char *name;        /* as in /proc/PID/ns/NAME */
    unsigned long long flag; /* CLONE_NEW... */
    const char *what;        /* what it gives a process of its own */
};
extern const struct ns_kind ns_kinds[];
extern const size_t ns_kinds_count;

/* Like fork(2), but the child starts in new namespaces FLAGS, and in the v2
 * cgroup whose directory is open as CGROUP_FD (-1: in ours).  Returns the
 * child's PID to the parent with a pidfd in *out_pidfd (the caller closes
 * it), 0 to the child, -1 on failure. */
pid_t ns_clone(unsigned long long flags, int cgroup_fd, int *out_pidfd,
               struct mb_error *err);

/* Move this process into those namespaces FLAGS of the process behind PIDFD
 * (pidfd_open(2)): all of them or, on failure, none.  A PID namespace takes
 * only its later children.  Returns 0 or -1. */
int ns_join(int pidfd, unsigned long long flags, struct mb_error *err);

/* Do processes A and B share the namespace NAME?  1 yes, 0 no, -1. */
int ns_same(pid_t a, pid_t b, const char *name, struct mb_error *err);

/* Are we in the machine's first user namespace, where root is root? */
bool ns_is_initial_user(void);

#endif
