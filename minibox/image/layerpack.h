/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LAYERPACK_H
#define IMAGE_LAYERPACK_H

#include "base/error.h"
#include "image/layer.h"

/* Write the directory DIR_FD, the upper directory of an overlay, to TAR_FD as
 * a layer.  The same tree always gives the same bytes: entries sorted by
 * name, whole seconds, numeric owners, nothing of the machine.  The directory
 * itself has no entry.  Names that begin with ".wh.", paths of 4096
 * bytes and trees deeper than 255 are refused.  out_stats may be NULL.  After
 * a failure TAR_FD holds a part of the archive: throw it away. */
int layer_pack(int dir_fd, int tar_fd, const struct layer_options *options,
               struct layer_stats *out_stats, struct mb_error *err);

#endif
