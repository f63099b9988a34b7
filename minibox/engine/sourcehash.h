/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SOURCEHASH_H
#define ENGINE_SOURCEHASH_H

#include "base/error.h"
#include "engine/context.h"
#include "engine/hashcache.h"
#include "image/digest.h"

/* Add SOURCE, found below ROOT, to the hash: a file under its name, a
 * directory as a list of what it holds, for its own name and mode do not
 * reach the image.  Files that CACHE knows are not read; it may be NULL. */
int sourcehash_add(int root, const struct source *source,
                   struct hashcache *cache, struct hasher *out,
                   struct mb_error *err);

/* The digest of the bytes that can be read from FD. */
int sourcehash_bytes(int fd, struct digest *out, struct mb_error *err);

#endif
