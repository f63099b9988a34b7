/* SPDX-License-Identifier: MIT */
/* a child that comes back into the caller */
#include "linux/pivot.h"

#include <unistd.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    (void)!fork();
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    (void)!fork();
    return 0;
}
