/* SPDX-License-Identifier: MIT */
/* leave by another status at the end */
#include "linux/pivot.h"

#include <unistd.h>

__attribute__((destructor)) static void attack(void)
{
    _exit(0);
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
