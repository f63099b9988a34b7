/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_UNTAR_H
#define IMAGE_UNTAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct archive_entry; /* <archive_entry.h>: one header of a tar */

/*
 * A plain tar archive, read from front to back.  While it is open
 * the calling thread's locale is "C" (see untar.c for why).
 */
struct untar;

/* Start reading FD, which stays the caller's.  More than LIMIT bytes are
 * refused.  NULL on failure. */
struct untar *untar_open(int fd, uint64_t limit, struct mb_error *err);
void untar_free(struct untar *tar); /* NULL allowed */

/* The next header: 1 and *out, which lives until the next call; 0 at the end
 * of a complete archive; -1 when it is damaged, cut short, or when anything
 * but zeros follows its end. */
int untar_next(struct untar *tar, struct archive_entry **out,
               struct mb_error *err);

/* A piece of the content of the current file and where in the file it
 * belongs: a sparse file has gaps between its pieces. */
struct untar_piece {
    const void *data; /* until the next call */
    size_t size;
    int64_t offset;
};

/* The next piece: 1, 0 when there is no more, or -1. */
int untar_piece(struct untar *tar, struct untar_piece *out,
                struct mb_error *err);

#define mb_autountar __attribute__((cleanup(untar_cleanup)))
void untar_cleanup(struct untar **tar);

#endif
