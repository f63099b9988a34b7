/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SOURCEHASH_H
#define ENGINE_SOURCEHASH_H

#include <stdbool.h>

#include "base/error.h"
#include "engine/context.h"
#include "engine/hashcache.h"
#include "engine/key.h"

struct sourcehash {
    int root;                /* where the sources were found */
    bool owners;             /* they reach the image, so they count */
    struct hashcache *cache; /* files that it knows are not read; or NULL */
    struct key *out;
};

/* Write a source into the key: a file, or all that a directory holds, for its
 * own mode does not reach the image. */
int sourcehash_add(const struct sourcehash *how, const struct source *source,
                   struct mb_error *err);

/* The digest of the bytes that can be read from FD. */
int sourcehash_bytes(int fd, struct digest *out, struct mb_error *err);

#endif
