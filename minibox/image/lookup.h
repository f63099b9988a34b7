/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LOOKUP_H
#define IMAGE_LOOKUP_H

#include "image/manifest.h"

/* The image called NAME: a reference, or an ID or unique prefix of one.
 * Fails with "No such image: name:tag". */
int lookup_image(const struct store *store, const char *name, struct image *out,
                 struct mb_error *err);

#endif
