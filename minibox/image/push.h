/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_PUSH_H
#define IMAGE_PUSH_H

#include "base/error.h"
#include "image/pull.h"
#include "image/ref.h"
#include "image/store.h"

/* What the registry has now. */
struct push_result {
    struct digest digest; /* of the manifest */
    size_t size;
};

/* Send the image called REF to the registry that the name begins with.
 * INSECURE as for pull_image().  Layers that the registry has are skipped. */
int push_image(const struct store *store, const struct image_ref *ref,
               const struct strv *insecure, const struct pull_watch *watch,
               struct push_result *out, struct mb_error *err);

#endif
