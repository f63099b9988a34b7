/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SAVE_H
#define IMAGE_SAVE_H

#include "base/buf.h"
#include "base/error.h"
#include "image/store.h"

/* Write the images called NAMES, with all those names, to FD: one tar that
 * docker load takes, and every OCI tool.  A repository without a tag stands
 * for all its tags, an ID for the image without a name. */
int save_images(const struct store *store, const struct strv *names, int fd,
                struct mb_error *err);

#endif
