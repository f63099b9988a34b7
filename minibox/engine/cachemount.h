/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CACHEMOUNT_H
#define ENGINE_CACHEMOUNT_H

#include "base/error.h"
#include "engine/mountflag.h"
#include "image/store.h"

/* A cache that a step uses. */
struct cachemount {
    char *dir; /* its directory */
    int lock;  /* closing it lets others in; -1: none */
};

/* Take the cache that M asks for, made if it is new.  With sharing=locked it
 * waits until nobody else has it.  cachemount_done() lets go. */
int cachemount_take(const struct store *store, const struct mountflag *m,
                    struct cachemount *out, struct mb_error *err);
void cachemount_done(struct cachemount *cache);

/* Remove all caches.  The caller holds the store exclusively, so no build uses
 * any. */
int cachemount_remove_all(const struct store *store, struct mb_error *err);

#endif
