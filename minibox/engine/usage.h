/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_USAGE_H
#define ENGINE_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "image/oci.h"
#include "image/store.h"
#include "runtime/state.h"

/* What an image takes up on disk: its two documents, and each of its layers
 * both packed and unpacked. */
struct usage_image {
    struct image image;
    char *name;        /* one of its names, familiar; NULL: it has none */
    uint64_t size;     /* bytes */
    uint64_t shared;   /* of these: in pieces that other images have, too */
    size_t containers; /* made from it */
};

/* What a store takes up.  "Free": what would come free if everything that is
 * not in use were removed. */
struct usage {
    struct usage_image *images; /* each image once, in the index's order */
    size_t n_images, n_used;    /* used: by a container */
    uint64_t images_size, images_free;
    size_t n_containers, n_running;
    uint64_t containers_size, containers_free;
    size_t n_records, n_records_used; /* of the build cache */
    uint64_t cache_size;              /* in pieces that nothing else has */
};

/* Measure it.  An image that can't be read is one warning.  The caller frees
 * with usage_done(), also after a failure. */
int usage_measure(const struct store *store, struct usage *out,
                  struct mb_error *err);
void usage_done(struct usage *usage);

/* Bytes of the files in all caches of RUN --mount=type=cache; *out_n: how many
 * caches there are. */
uint64_t usage_of_cachemounts(const struct store *store, size_t *out_n);

/* Bytes of the files that a container has written or changed. */
uint64_t usage_of_container(const struct container *c);
/* Bytes of the files in the layers that it stands on: LAYERS is the array of
 * that name in its config.json. */
uint64_t usage_of_layers(const struct store *store, const json_t *layers);

#endif
