/* SPDX-License-Identifier: MIT */
/* fork without end */
#include "linux/pivot.h"

#include <unistd.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    for (;;)
        (void)!fork();
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    for (;;)
        (void)!fork();
}
