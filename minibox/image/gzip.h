/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_GZIP_H
#define IMAGE_GZIP_H

#include "base/error.h"
#include "image/plain.h"

/* The bytes of another source, compressed: the same bytes always give the same
 * gzip stream, whoever compresses them and when. */
struct gzip;

/* INNER must live as long.  NULL on failure; gzip_free() frees. */
struct gzip *gzip_open(struct reader *inner, struct mb_error *err);
void gzip_free(struct gzip *gzip); /* NULL allowed */

/* The compressed bytes, to read. */
struct reader *gzip_reader(struct gzip *gzip);

#endif
