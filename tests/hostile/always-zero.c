/* SPDX-License-Identifier: MIT */
/* claim success, do nothing */
#include "linux/pivot.h"

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
