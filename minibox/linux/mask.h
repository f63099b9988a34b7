/* SPDX-License-Identifier: MIT */
#ifndef LINUX_MASK_H
#define LINUX_MASK_H

#include "base/error.h"

/* Hide what tells too much about the host, lock what could change it.  Called
 * by the child after mount_standard(), before the pivot.  ROOT: the root of
 * the image (O_PATH). */
int mask_apply(int root, struct mb_error *err);

#endif
