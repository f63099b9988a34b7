/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SNIFF_H
#define IMAGE_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

/* What a file is by its first bytes, whatever its name says. */
enum sniffed {
    SNIFF_OTHER, /* also: too short to say */
    SNIFF_TAR,
    SNIFF_GZIP, /* of a tar, or of anything */
    SNIFF_ZSTD,
    SNIFF_BZIP2,
    SNIFF_XZ,
};

enum { SNIFF_SIZE = 512 }; /* so many bytes tell all that can be told */

enum sniffed sniff_bytes(const void *head, size_t size);

/* "bzip2" for SNIFF_BZIP2. */
const char *sniff_name(enum sniffed kind);

/* Is the open file an archive: a tar, or one that is compressed?  Returns what
 * it is, and SNIFF_OTHER for a compressed file of another kind.  FD's offset
 * is back at the start then. */
enum sniffed sniff_archive(int fd);

#endif
