/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_NAMING_H
#define IMAGE_NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/oci.h"
#include "image/store.h"

/* The names that the images of one archive get, and what to tell the user. */
struct naming {
    const struct store *store;
    struct strv *lines; /* in docker's words */
    size_t seen;        /* names so far; starts at 0 */
};

/* May an image have these names?  Every one must be NAME:TAG, and there may not
 * be too many.  To be asked before anything is published. */
int naming_check(struct naming *naming, const struct strv *names,
                 struct mb_error *err);

/* Publish an image that is complete under all its names, or without one.
 * KNOWN: as in image_publish(). */
int naming_publish(struct naming *naming, const struct image *image,
                   const struct strv *names, bool known, struct mb_error *err);

#endif
