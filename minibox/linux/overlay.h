/* SPDX-License-Identifier: MIT */
#ifndef LINUX_OVERLAY_H
#define LINUX_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"

enum {
    OVERLAY_MAX_LAYERS = 125, /* as Docker; the kernel takes 500 */
};

struct overlay {
    char *const *lowers; /* directories, the topmost first */
    size_t n_lowers;
    const char *upper; /* gets all changes; NULL: a read-only view */
    const char *work;  /* empty, on the same file system as upper */
    bool disposable;   /* nobody wants the changes after a power cut, so the
                        * kernel need not write them to disk at the end */
};

/* Mount it on TARGET.  Call it in the mount namespace that is to see it. */
int overlay_mount(const struct overlay *overlay, const char *target,
                  struct mb_error *err);

/* Where this process's overlays keep their marks: "trusted.overlay." for the
 * real root, "user.overlay." in a user namespace. */
const char *overlay_xattr_prefix(void);

/* The two marks.  A whiteout stands for a name that was deleted.  An opaque
 * directory hides what lower layers have in the directory of that name. */
bool overlay_is_whiteout(const struct stat *st);
bool overlay_is_opaque(const char *dir);

/* What the kernel does when somebody asks an overlay for a name.  DIRS are real
 * directories that are shown as one, the topmost first; NAME is an entry.  1:
 * there is something, and *out_st is its stat.  If it is a directory, the real
 * ones that it is made of are added to *out_dirs, the topmost first.  0: there
 * is nothing. */
int overlay_lookup(const struct strv *dirs, const char *name,
                   struct stat *out_st, struct strv *out_dirs,
                   struct mb_error *err);

#endif
