/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_CHILD_H
#define RUNTIME_CHILD_H

#include "linux/cgroup.h"
#include "linux/spawn.h"
#include "runtime/spec.h"

/* The first process of a container, from its birth in new namespaces to the
 * execve of the command.  Never returns: failures go up the handshake. */
_Noreturn void child_main(const struct container_spec *spec,
                          const struct cgroup *cg, struct handshake *h);

#endif
