/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_RECEIVE_H
#define IMAGE_RECEIVE_H

#include "base/buf.h"
#include "base/error.h"
#include "image/manifest.h"
#include "image/oci.h"
#include "image/store.h"

enum document { DOCUMENT_MANIFEST, DOCUMENT_CONFIG };

/* Where an image comes from: an archive, a registry.  Others embed this
 * struct in theirs. */
struct origin {
    /* Append the document with that digest to *out: at most MANIFEST_MAX_SIZE
     * bytes.  Whether they are the right ones is checked by who asked. */
    int (*document)(struct origin *origin, enum document kind,
                    const struct digest *digest, struct buf *out,
                    struct mb_error *err);
    /* Bring the layers of IMAGE that receive_needs() names into the store,
     * unpacked and as blobs, checked against both digests. */
    int (*layers)(struct origin *origin, const struct store *store,
                  const struct image *image, struct mb_error *err);
};

/* Bring an image into the store.  TOP is its manifest, or an index, out of
 * which the manifest for this machine is chosen.  Nothing refers to the image
 * yet: image_publish() is to follow, with *out_known.  image_done(). */
int receive_image(const struct store *store, struct origin *origin,
                  const struct buf *top, struct image *out, bool *out_known,
                  struct mb_error *err);

/* Is TEXT as long as the descriptor of it says? */
int receive_check_size(const json_t *descriptor, const struct buf *text,
                       struct mb_error *err);

/* Is the image's layer N missing, packed or unpacked? */
bool receive_needs(const struct store *store, const struct image *image,
                   size_t n);

#endif
