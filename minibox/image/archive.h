/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_ARCHIVE_H
#define IMAGE_ARCHIVE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/oci.h"
#include "image/plain.h"
#include "image/store.h"

/* Load every image of the archive that FROM gives: made by docker save (old
 * and new form), skopeo, podman, buildah, or save_images(); plain, gzip or
 * zstd.  What was loaded is appended to *out_lines in docker's words, "Loaded
 * image: name:tag".  An image gets no name before all of it is there. */
int archive_load(const struct store *store, struct reader *from,
                 struct strv *out_lines, struct mb_error *err);

/* ---- one image of manifest.json ---- */

/* A row of it: which files make the image. */
struct archive_row {
    char *config;       /* a path in the archive */
    struct strv layers; /* such paths, the lowest layer first */
    struct strv names;  /* "name:tag" */
};

/* Read a row: an object with a text "Config", and two lists of texts, "Layers"
 * and "RepoTags".  A list that is null or missing is empty; anything else is an
 * error.  The caller passes {0}, and frees in any case. */
int archive_read_row(const json_t *json, struct archive_row *out,
                     struct mb_error *err);
void archive_row_done(struct archive_row *row);

/* Read the config of an image out of the archive unpacked in ROOT: into *out,
 * with the ID and a diff ID for each of the row's layers, of which nothing else
 * is known yet; and its text to *out_config.  Fails if the two don't fit.  The
 * caller passes {0}, and frees in any case, with image_done(). */
int archive_read_image(int root, const struct archive_row *row,
                       struct image *out, struct buf *out_config,
                       struct mb_error *err);

#endif
