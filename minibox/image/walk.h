/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_WALK_H
#define IMAGE_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * The walk from an archive's name to a place in a layer's directory.  It ends
 * inside that directory, whatever the name is and whatever symlinks the layer
 * holds.
 */
enum {
    WALK_PATH_MAX = 4096, /* bytes of a name, with its NUL: PATH_MAX */
    WALK_DEPTH_MAX = 255, /* directories below each other */
};

struct walk {
    int root;           /* the layer's directory */
    const char *opaque; /* xattr that makes a directory opaque */
    bool keep_owner;    /* leave new directories to whoever we are */
    uint64_t budget;    /* so many more directories may be implied */
};

/* Where a name is, or will be: an entry of an open directory. */
struct place {
    int dir;               /* open for reading, O_CLOEXEC; -1: nowhere */
    const char *name;      /* never empty, ".", "..", never with a slash */
    struct timespec mtime; /* the directory's time when we came */
};

#define PLACE_NONE                                                             \
    {                                                                          \
        .dir = -1                                                              \
    }
#define mb_autoplace __attribute__((cleanup(walk_leave)))

/* Append PATH to *out without leading and double slashes and ".", so that
 * "" means the root.  -1 for "..", for a NULL or empty PATH, and for one that
 * is too long or too deep. */
int walk_clean(const char *path, struct buf *out, struct mb_error *err);

/* Go to the directory that holds the clean PATH, not "".  With MAKE missing
 * ones are made, 0755 and root's.  out->name points into PATH. */
int walk_enter(struct walk *w, const char *path, bool make, struct place *out,
               struct mb_error *err);

/* Close the place; its directory gets back the time that it had. */
void walk_leave(struct place *place);

/* Make the directory PLACE, mode 0700 yet, or take the one that is there.  A
 * whiteout of that name is replaced, and what it hid stays hidden.  Returns a
 * descriptor, or -1 (EEXIST: there is something else). */
int walk_make_dir(struct walk *w, const struct place *place,
                  struct mb_error *err);

/* Let the open directory FD hide what lower layers have in it. */
int walk_make_opaque(const struct walk *w, int fd, struct mb_error *err);

/* Is that overlayfs' mark for "deleted here"? */
bool walk_is_whiteout(const struct stat *st);

#endif
