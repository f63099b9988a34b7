/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SWEEP_H
#define ENGINE_SWEEP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "image/oci.h"
#include "image/store.h"

/*
 * What is needed, and what is not.  The caller holds the store exclusively:
 * what a build or a pull is about to name is not named yet.
 */

/* The hex digests of every blob and layer that an image or a container needs,
 * as the keys of an object; WITH_CACHE: also those that a build could use
 * again.  NULL when an image or a container can't be read: then nobody knows
 * what it needs.  json_decref(). */
json_t *sweep_mark(const struct store *store, bool with_cache,
                   struct mb_error *err);
bool sweep_is_marked(const json_t *marks, const struct digest *digest);

/* Remove every blob, layer, and record of the build cache that is not marked.
 * *out_freed: how many bytes that made free. */
int sweep_unmarked(const struct store *store, const json_t *marks,
                   uint64_t *out_freed, struct mb_error *err);

#endif
