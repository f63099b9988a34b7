/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CARRY_H
#define ENGINE_CARRY_H

#include <stdbool.h>

#include "base/error.h"
#include "image/store.h"
#include "runtime/state.h"

/* One `cp` between the host and a container. */
struct carry {
    const struct container *container;
    bool out;         /* from the container to the host; else the other way */
    const char *from; /* a path on the one side; "DIR/." is what is in it */
    const char *to;   /* a path on the other side */
    bool follow;      /* a link at the end of `from` is not what is meant */
};
int carry_run(const struct store *store, const struct carry *carry,
              struct mb_error *err);

#endif
