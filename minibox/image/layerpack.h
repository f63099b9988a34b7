/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LAYERPACK_H
#define IMAGE_LAYERPACK_H

#include "base/error.h"
#include "image/layer.h"

/* Write the directory DIR_FD, the upper directory of an overlay, to TAR_FD as
 * a layer.  The same tree always gives the same bytes: entries sorted by
 * name, whole seconds, numeric owners, nothing of the machine.  The directory
 * itself has no entry.  out_stats may be NULL.  After a failure TAR_FD holds
 * half an archive that no reader takes for a whole one. */
int layer_pack(int dir_fd, int tar_fd, const struct layer_options *options,
               struct layer_stats *out_stats, struct mb_error *err);

#endif
