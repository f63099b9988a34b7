/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_MANIFEST_H
#define IMAGE_MANIFEST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/oci.h"

enum { MANIFEST_MAX_SIZE = 4 << 20 }; /* bytes; of a config, too */

/* Media types of Docker's and OCI's, for who must name them. */
#define MANIFEST_OCI "application/vnd.oci.image.manifest.v1+json"
#define MANIFEST_DOCKER "application/vnd.docker.distribution.manifest.v2+json"
#define MANIFEST_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define MANIFEST_DOCKER_LIST                                                   \
    "application/vnd.docker.distribution.manifest.list.v2+json"

/* Read the image behind a manifest in the store; everything is checked.
 * image_done(). */
int image_load(const struct store *store, const struct digest *manifest,
               struct image *out, struct mb_error *err);

/* The same in two steps, for documents that come from elsewhere.  The first
 * fills in digests, sizes and media types, the second the config and the diff
 * IDs.  Whatever happens, the caller image_done()s what it began with
 * {0}. */
int image_read_manifest(struct image *image, const struct buf *text,
                        struct mb_error *err);
int image_read_config(struct image *image, const struct buf *text,
                      struct mb_error *err);

/* Is this document an index, which names manifests? */
bool manifest_is_index(const json_t *document);

/* The JSON in TEXT, if it is any, and does not fill the memory (rule 4); else
 * NULL, and WHY->text says so.  json_decref(). */
json_t *manifest_json(const struct buf *text, json_error_t *why);

/* A JSON object from TEXT; WHAT names it in errors.  NULL; json_decref(). */
json_t *manifest_parse(const struct buf *text, const char *what,
                       struct mb_error *err);

/* Out of an index: the descriptor of the manifest for this machine, borrowed;
 * NULL with *err when there is none. */
json_t *manifest_choose(const json_t *index, struct mb_error *err);

/* The digest that a descriptor states. */
int manifest_digest(const json_t *descriptor, struct digest *out,
                    struct mb_error *err);

#endif
