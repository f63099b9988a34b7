/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_ARCHIVE_H
#define IMAGE_ARCHIVE_H

#include "base/buf.h"
#include "base/error.h"
#include "image/plain.h"
#include "image/store.h"

/* Load every image of the archive that FROM gives: made by docker save (old
 * and new form), skopeo, podman, buildah, or save_archive(); plain, gzip or
 * zstd.  What was loaded is appended to *out_lines in docker's words, "Loaded
 * image: name:tag".  An image is there with all its names, or not at all. */
int archive_load(const struct store *store, struct reader *from,
                 struct strv *out_lines, struct mb_error *err);

#endif
