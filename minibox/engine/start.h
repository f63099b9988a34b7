/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include "image/store.h"
#include "runtime/state.h"

/* How to start a container. */
struct start {
    bool detach;     /* a monitor of its own stays with it, not we */
    int out, errors; /* other descriptors than 1 and 2 for it; -1: those */
};

/* Start a container that does not run, as its config.json says.  In the
 * foreground: returns the exit status of its command.  Detached: 0 when it
 * runs.  -1 with 125, 126 or 127 in err->code when it can't be started; it is
 * then "created", with the reason, or gone with --rm. */
int start_container(const struct store *store, const struct container *c,
                    const struct start *how, struct mb_error *err);

#endif
