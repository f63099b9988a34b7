/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_PLAIN_H
#define IMAGE_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Where bytes come from: a file, a socket, an archive, ... */
struct reader {
    /* As read(2): bytes read, 0 at the end, -1 with *err filled. */
    ssize_t (*read)(struct reader *reader, void *data, size_t size,
                    struct mb_error *err);
    int fd; /* for reader_from_fd(); others embed this struct in theirs */
};

/* All that can be read from FD, which stays the caller's. */
struct reader reader_from_fd(int fd);

/* A second descriptor, with a position of its own, for the file that READER is
 * about to read; -1 if it is none, or may not be opened again. */
int reader_reopen(const struct reader *reader);

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };

/* A stream of bytes that may come compressed, and comes out plain. */
struct plain;

/* Read the first bytes of READER, which must live as long, and find out what
 * they are.  NULL on failure; plain_free() frees. */
struct plain *plain_open(struct reader *reader, struct mb_error *err);
void plain_free(struct plain *plain); /* NULL allowed */

enum compression plain_compression(const struct plain *plain);

/* The next plain bytes, which live until the next call: how many, 0 at the end
 * of a complete stream, or -1.  Refused are damaged and truncated data,
 * garbage behind it, and a stream that grows to more than 200 times its size
 * once it is larger than 64 MiB. */
ssize_t plain_next(struct plain *plain, const void **out_data,
                   struct mb_error *err);

#define mb_autoplain __attribute__((cleanup(plain_cleanup)))
void plain_cleanup(struct plain **plain);

#endif
