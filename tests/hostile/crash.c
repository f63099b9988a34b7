/* SPDX-License-Identifier: MIT */
/* write to address 0 */
#include "linux/pivot.h"

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    *(volatile int *)0 = 1;
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    *(volatile int *)0 = 1;
    return 0;
}
