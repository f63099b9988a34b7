/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_OCI_H
#define IMAGE_OCI_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/digest.h"
#include "image/plain.h"
#include "image/ref.h"
#include "image/store.h"

enum { IMAGE_MAX_LAYERS = 125 }; /* as Docker */

/* A layer as the image's two documents describe it. */
struct image_layer {
    struct digest diff_id; /* of the plain tar: names the unpacked layer */
    struct digest blob;    /* of the tar as stored, maybe compressed */
    uint64_t blob_size;
    const char *media_type; /* a constant: image_layer_type() */
};

/* An image: a manifest that names a config and layers.
 * Source: OCI image spec, manifest.md and config.md. */
struct image {
    struct digest manifest;
    struct digest id;           /* the config's digest: docker's IMAGE ID */
    json_t *config;             /* the whole config document */
    struct image_layer *layers; /* the lowest first */
    size_t n_layers;
};

/* An empty image for this machine: what FROM scratch means. */
void image_init(struct image *image);
void image_done(struct image *image);
void image_copy(struct image *to, const struct image *from);

/* Append a layer; the config's rootfs grows along. */
int image_add_layer(struct image *image, const struct digest *diff_id,
                    uint64_t size, struct mb_error *err);

/* The same for a layer of which everything is known already; the config's
 * rootfs stays as it is. */
void image_append_layer(struct image *image, const struct image_layer *layer);
/* The media type of a layer that is compressed this way. */
const char *image_layer_type(enum compression compression);
/* The config's list of diff IDs, borrowed. */
json_t *image_diff_ids(const struct image *image);

/* What images call this machine's processor: "amd64", "arm64". */
const char *image_architecture(void);

/* Append a line to the history.  CREATED: seconds since 1970. */
void image_add_history(struct image *image, int64_t created,
                       const char *created_by, bool empty_layer);

/* Append the directories of the unpacked layers, topmost first, as overlayfs
 * wants them. */
void image_layer_dirs(const struct store *store, const struct image *image,
                      struct strv *out);

/* Write both documents, and when all is on disk name the image REF (NULL: no
 * name).  Fills image->manifest and image->id. */
int image_save(const struct store *store, struct image *image,
               const struct image_ref *ref, struct mb_error *err);

/* The same for an image whose config, image->id, is a blob already: not a byte
 * of it may change, as other people know it by its digest. */
int image_save_manifest(const struct store *store, struct image *image,
                        const struct image_ref *ref, struct mb_error *err);
/* The manifest that image_save_manifest() writes.  Caller frees. */
char *image_manifest(const struct store *store, const struct image *image);
/* The same when the manifest is there too.  KNOWN: it has been for long, so
 * that nothing need be written to disk. */
int image_publish(const struct store *store, const struct image *image,
                  const struct image_ref *ref, bool known,
                  struct mb_error *err);

/* The "config" object of the config: what a container starts with. */
json_t *image_run_config(const struct image *image);

/* Bytes of all files in all layers, as docker images shows them. */
uint64_t image_size(const struct store *store, const struct image *image);

/* Times in documents are RFC 3339 in UTC; caller frees.  Parse: -1 if it is
 * not one. */
char *image_time_format(int64_t seconds);
int64_t image_time_parse(const char *text);

#endif
