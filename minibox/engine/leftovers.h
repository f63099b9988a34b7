/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_LEFTOVERS_H
#define ENGINE_LEFTOVERS_H

#include "engine/picture.h"

/* What a package manager left in a layer, and nobody needs in a container. */
struct leftovers_row {
    const char *directory; /* "/var/lib/apt/lists", "/root/.npm": a constant */
    const char *what;      /* "apt's package lists": a constant */
    const char *fix;       /* a sentence: a constant */
    int layer;             /* from 0 */
    size_t files;
    uint64_t bytes;
};

struct leftovers {
    struct leftovers_row *rows; /* the most bytes first */
    size_t n;
};

/* Find them, also those that later layers hide: they are in the image, too.
 * leftovers_done() frees. */
void leftovers_find(const struct picture *picture, struct leftovers *out);
void leftovers_done(struct leftovers *leftovers);

#endif
