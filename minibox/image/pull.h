/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_PULL_H
#define IMAGE_PULL_H

#include <stdbool.h>

#include "base/error.h"
#include "image/oci.h"
#include "image/ref.h"
#include "image/store.h"
#include "image/transfer.h"

/* Whom to tell what.  For push too. */
struct pull_watch {
    /* A layer, by the first 12 digits of its ID, has come so far. */
    void (*layer)(void *argument, const char *id,
                  const struct transfer_news *news);
    void (*line)(void *argument, const char *line); /* anything else */
    void *argument;
};

/* What came. */
struct pull_result {
    struct digest digest; /* what the registry calls it: maybe an index's */
    bool newer;           /* the name has meant something else so far */
};

/* Bring the image called REF here.  INSECURE: registries that need not prove
 * who they are. */
int pull_image(const struct store *store, const struct image_ref *ref,
               const struct strv *insecure, const struct pull_watch *watch,
               struct pull_result *out, struct mb_error *err);

#endif
