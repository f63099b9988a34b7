/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_INDEX_H
#define IMAGE_INDEX_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "image/digest.h"
#include "image/ref.h"
#include "image/store.h"

/*
 * index.json: which manifests the store holds, and by what names.  A manifest
 * stands in it once for each name; without a name (dangling) once.
 * Source: OCI image spec, image-index.md and annotations.md.
 */

/* Load it.  The caller json_decref()s. */
json_t *index_load(const struct store *store, struct mb_error *err);

/* One row of it, borrowed from the index. */
struct index_entry {
    struct digest manifest;
    const char *name;   /* canonical; NULL: dangling */
    const char *digest; /* what a registry calls it; NULL: not known */
};

/* Walk over the rows: false after the last.  *cursor starts at 0. */
bool index_next(const json_t *index, size_t *cursor, struct index_entry *out);

/* The manifest that is called REF: 1 found, 0 not. */
int index_find(const json_t *index, const struct image_ref *ref,
               struct digest *out);

/* Change the index, as one step and under its lock.
 *
 * Call MANIFEST (of SIZE bytes) by REF's name; REF NULL: by no name.  An
 * image that had the name before keeps its row, without a name. */
int index_set(const struct store *store, const struct digest *manifest,
              size_t size, const struct image_ref *ref, struct mb_error *err);
/* Write down what a registry calls the image that is called REF here. */
int index_note_digest(const struct store *store, const struct image_ref *ref,
                      const struct digest *digest, struct mb_error *err);
/* Take the name REF away; with the last name the manifest goes. */
int index_remove_name(const struct store *store, const struct image_ref *ref,
                      struct mb_error *err);
/* Take the manifest away with all its names. */
int index_remove_manifest(const struct store *store,
                          const struct digest *manifest, struct mb_error *err);

#endif
