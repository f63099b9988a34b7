/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_KEEPER_H
#define RUNTIME_KEEPER_H

#include "linux/cgroup.h"
#include "runtime/terminal.h"

/* The parent's line to its keeper. */
struct keeper {
    int line; /* closing it without a word is the alarm; -1: no keeper */
};

/* Fork the keeper of the container behind PIDFD.  Without one (fork failed)
 * the container runs all the same; only kill -9 then leaves its cgroup. */
void keeper_start(struct keeper *k, int pidfd, const struct cgroup *cg,
                  const struct terminal *terminal);

/* All is over and cleaned up: the keeper can go. */
void keeper_dismiss(struct keeper *k);

/* Wait for all keepers that were dismissed, and all other children. */
void keeper_reap(void);

#endif
