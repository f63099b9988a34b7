/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_ENTRY_H
#define IMAGE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "image/untar.h"
#include "image/walk.h"

/* Everything that making files needs to know, and what it has made so far. */
struct maker {
    struct untar *tar; /* where the content comes from */
    struct walk walk;  /* with keep_owner nothing is chowned */
    uint64_t file_limit;
    uint64_t bytes_limit;
    uint64_t bytes; /* so far: the sum of the files' sizes */
};

/* One entry: its header and the place where its file belongs. */
struct item {
    struct archive_entry *head;
    struct place place;
};

/* May this type of file be in a layer?  Device nodes and sockets may not, and
 * are left out. */
bool entry_is_allowed(struct archive_entry *head);

/* Make the file.  What was there before goes, but a directory that is to be a
 * directory keeps its content.  0 or -1. */
int entry_make(struct maker *m, const struct item *item, struct mb_error *err);

/* Give an open file or directory the owner, attributes, mode and time that
 * its entry states. */
int entry_set_metadata(const struct maker *m, int fd,
                       struct archive_entry *head, struct mb_error *err);

#endif
