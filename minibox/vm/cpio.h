/* SPDX-License-Identifier: MIT */
#ifndef VM_CPIO_H
#define VM_CPIO_H

#include <stddef.h>

#include "base/error.h"

/*
 * Write an initramfs: the archive that a kernel unpacks into its first "/".
 * Everything in it belongs to root.  MODE is the permissions alone: 0755.
 */

/* A new archive, in memory.  Returns its descriptor, which the caller closes,
 * or -1. */
int cpio_start(struct mb_error *err);

/* Add the host's regular file SOURCE as NAME, and the directories above it. */
int cpio_add_file(int archive, const char *source, const char *name,
                  unsigned mode, struct mb_error *err);

/* Add a file NAME, readable for all, that holds these SIZE bytes. */
int cpio_add_data(int archive, const char *name, const void *data, size_t size,
                  struct mb_error *err);

/* Say that this is all.  What comes behind it is another archive. */
int cpio_finish(int archive, struct mb_error *err);

#endif
