/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_HASHCACHE_H
#define ENGINE_HASHCACHE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"
#include "image/digest.h"
#include "image/store.h"

/*
 * What the files of a build context contained when they were last read.  A
 * file that has not been touched since need not be read again.
 */
struct hashcache;

/* What is known of the context open as CONTEXT.  Never fails: at worst nothing
 * is known.  hashcache_free() frees; NULL is fine there, and below. */
struct hashcache *hashcache_load(const struct store *store, int context);
void hashcache_free(struct hashcache *cache);

/* The digest of the bytes of a regular file, if it still is as it was then. */
bool hashcache_find(struct hashcache *cache, const struct stat *st,
                    struct digest *out);

/* The file's bytes have this digest.  ST is from before they were read; call
 * it only if the file is no other one afterwards. */
void hashcache_note(struct hashcache *cache, const struct stat *st,
                    const struct digest *digest);

/* Write it down, if there is anything new.  Files that were not asked for
 * since hashcache_load() are forgotten. */
int hashcache_save(const struct hashcache *cache, const struct store *store,
                   struct mb_error *err);

/* Is it still the same file, and untouched? */
bool hashcache_same(const struct stat *a, const struct stat *b);

#endif
