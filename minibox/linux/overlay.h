/* SPDX-License-Identifier: MIT */
#ifndef LINUX_OVERLAY_H
#define LINUX_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
