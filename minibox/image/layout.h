/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LAYOUT_H
#define IMAGE_LAYOUT_H

#include "base/error.h"
#include "image/naming.h"

/* Load every image that the index.json of the archive unpacked in ROOT names.
 * See archive_load(). */
int layout_load(int root, struct naming *naming, struct mb_error *err);

#endif
