/* SPDX-License-Identifier: MIT */
#ifndef LINUX_PIVOT_H
#define LINUX_PIVOT_H

#include "base/error.h"

/* First thing to do in a new mount namespace, which starts as a copy of the
 * host's mounts: from here on, what we mount does not show on the host, and
 * what the host mounts later does not show here. */
int pivot_make_private(struct mb_error *err);

/* Make ROOTFS the "/" of the calling process and unmount the host's tree.
 * Call it in the child, after pivot_make_private().  ROOTFS becomes a mount
 * point if it is not one yet.  There is no way back: after a failure the
 * caller must exit. */
int pivot_into(const char *rootfs, struct mb_error *err);

#endif
