/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_LASTMILE_H
#define RUNTIME_LASTMILE_H

#include "linux/spawn.h"
#include "linux/user.h"
#include "runtime/spec.h"

/* What the last stretch of the way needs, and finds out. */
struct lastmile {
    const struct container_spec *spec;
    struct handshake *handshake;
    struct identity who;
    int init_fd; /* a sealed copy of minibox-init, or -1 */
    bool joined; /* we came into a container that ran already */
};

/* While the host's files are in reach: take the copy of spec->init, if it is
 * wanted. */
int lastmile_copy_init(struct lastmile *mile, struct mb_error *err);

/* In the container's root: become the command.  Returns only on failure. */
int lastmile_go(struct lastmile *mile, struct mb_error *err);

#endif
