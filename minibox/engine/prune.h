/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PRUNE_H
#define ENGINE_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/store.h"

/* What to remove beside garbage. */
struct prune {
    bool all;   /* every image that no container uses; else those without a
                 * name only */
    bool cache; /* what builds could use again */
    struct strv deleted; /* filled: "untagged: ...", "deleted: ...", owned */
    uint64_t freed;      /* filled: bytes */
};

/* Remove images, and all that nobody can reach.  Waits for builds, pulls and
 * starting containers to end. */
int prune_images(const struct store *store, struct prune *prune,
                 struct mb_error *err);

/* Remove all containers that do not run; their full IDs go to *deleted. */
int prune_containers(const struct store *store, struct strv *deleted,
                     uint64_t *out_freed, struct mb_error *err);

#endif
