/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_GZIP_H
#define IMAGE_GZIP_H

#include "base/error.h"
#include "image/plain.h"

/* The bytes of another source, compressed into one gzip stream.  The same
 * bytes give the same stream, whoever compresses them, when, and in pieces of
 * any size (as long as zlib stays the same: another version may do better). */
struct gzip;

/* INNER must live as long, and is read only as its bytes are needed.  NULL on
 * failure; gzip_free() frees. */
struct gzip *gzip_open(struct reader *inner, struct mb_error *err);
void gzip_free(struct gzip *gzip); /* NULL allowed */

/* The compressed bytes, to read: at least one at a time, 0 at the end of the
 * stream and ever after, -1 when reading INNER fails. */
struct reader *gzip_reader(struct gzip *gzip);

#endif
