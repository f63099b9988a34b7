/* SPDX-License-Identifier: MIT */
/* own versions of what the worker calls */
#include "linux/pivot.h"

#include <sys/types.h>

int access(const char *path, int mode)
{
    (void)path, (void)mode;
    return 0;
}
int unshare(int flags)
{
    (void)flags;
    return 0;
}
int chroot(const char *path)
{
    (void)path;
    return -1;
}

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    return 0;
}
