/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CACHE_H
#define ENGINE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/key.h"
#include "image/store.h"

/* What a step of a build once gave. */
struct cache_record {
    int64_t created;       /* seconds since 1970 */
    bool has_layer;        /* metadata steps (ENV, CMD, ...) have none */
    struct digest diff_id; /* of the layer */
    uint64_t size;         /* of its tar */
};

/* The result that is known under KEY: true only if its layer, if it has one,
 * still is in the store. */
bool cache_get(const struct store *store, const struct digest *key,
               struct cache_record *out);

/* Remember a result, and what its key was made from. */
int cache_put(const struct store *store, const struct key *key,
              const struct cache_record *record, struct mb_error *err);

/* The result that the file cache/NAME speaks of, though its layer may be gone;
 * and what its key was made from (a struct key's text).  False when there is
 * no such file, or nothing good in it. */
bool cache_read(const struct store *store, const char *name,
                struct cache_record *out);
bool cache_read_key(const struct store *store, const char *name,
                    struct buf *out);

/* The same for a digest that took long to work out. */
bool cache_get_digest(const struct store *store, const struct digest *key,
                      struct digest *out);
int cache_put_digest(const struct store *store, const struct key *key,
                     const struct digest *value, struct mb_error *err);

#endif
