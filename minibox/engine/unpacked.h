/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_UNPACKED_H
#define ENGINE_UNPACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"

/* A name in an unpacked layer. */
struct unpacked_item {
    const char *name; /* one component */
    struct stat st;
    bool whiteout; /* no file: "what has this name below is gone" */
};

/* Who wants to hear of them, and what to call. */
struct unpacked_visitor {
    /* An item in the directory that was called PARENT.  Returns what PARENT is
     * to be for the items in it, should it be a directory. */
    size_t (*item)(void *argument, size_t parent,
                   const struct unpacked_item *item);
    /* All items of the directory that is called ID have been told, and it is
     * opaque: nothing of the same directory below is to be seen. */
    void (*opaque)(void *argument, size_t id);
    void *argument;
};

/* Tell the visitor of all that is in the directory DIR, an unpacked layer.  The
 * names of a directory come sorted by their bytes, and each directory is
 * followed by what is in it.  TOP: what PARENT is for the items at the top.
 * Fails when something can't be read, or is deeper than a layer can be. */
int unpacked_walk(const char *dir, size_t top,
                  const struct unpacked_visitor *visitor, struct mb_error *err);

#endif
