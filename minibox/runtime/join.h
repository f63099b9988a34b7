/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_JOIN_H
#define RUNTIME_JOIN_H

#include "linux/spawn.h"
#include "runtime/spec.h"

/* What leads into a container that runs. */
struct container_door {
    int pidfd; /* of its PID 1; the caller's */
    unsigned long long
        differing;        /* CLONE_NEW...: namespaces that are not ours */
    struct cgroup cgroup; /* its group; CGROUP_NONE: it has none */
};

/* Find the door of the container whose PID 1 is PID, and is held by PIDFD. */
int join_find_door(int pid, int pidfd, struct container_door *out,
                   struct mb_error *err);

/* A child of ours in there, on its way to become the command; it reports by the
 * handshake, which is open.  Returns its PID, and its pidfd in *out_pidfd,
 * which the caller closes; or -1. */
pid_t join_birth(const struct container_spec *spec,
                 const struct container_door *door, struct handshake *handshake,
                 int *out_pidfd, struct mb_error *err);

#endif
