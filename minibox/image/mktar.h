/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_MKTAR_H
#define IMAGE_MKTAR_H

#include <stddef.h>

#include "base/error.h"

struct archive_entry; /* <archive_entry.h>: one header of a tar */

/*
 * A tar archive being written: PAX "restricted", so plain ustar headers where
 * they can say it all.  Equal calls give equal bytes.  While it is open the
 * calling thread's locale is "C.UTF-8" (see mktar.c for why).
 */
struct mktar;

/* Start writing to FD, which stays the caller's.  NULL on failure. */
struct mktar *mktar_open(int fd, struct mb_error *err);

/* Without mktar_finish() the archive stays without its end.  NULL allowed. */
void mktar_free(struct mktar *tar);

/* Write a header, which stays the caller's, and then exactly as many bytes of
 * content as it states, in as many pieces as you like. */
int mktar_header(struct mktar *tar, struct archive_entry *head,
                 struct mb_error *err);
int mktar_data(struct mktar *tar, const void *data, size_t size,
               struct mb_error *err);

/* Write the end mark and all that was buffered. */
int mktar_finish(struct mktar *tar, struct mb_error *err);

#define mb_automktar __attribute__((cleanup(mktar_cleanup)))
void mktar_cleanup(struct mktar **tar);

#endif
