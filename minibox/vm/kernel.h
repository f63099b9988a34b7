/* SPDX-License-Identifier: MIT */
#ifndef VM_KERNEL_H
#define VM_KERNEL_H

#include "base/error.h"

/* A Linux kernel in a file, for a guest. */
struct kernel {
    char path[256];
    char version[128]; /* as uname -r says in the guest */
};

/* The kernel for guests: that of $MINIBOX_GUEST_KERNEL, or the newest one
 * below /boot that this user may read, one made for clouds before others.
 * Returns 0, or -1 with a hint. */
int kernel_find(struct kernel *out, struct mb_error *err);

/* The path of the kernel's module NAME ("fs/overlayfs/overlay.ko"); NULL when
 * there is none: it may be built in.  Caller frees. */
char *kernel_module(const struct kernel *kernel, const char *name);

#endif
