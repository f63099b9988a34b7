/* SPDX-License-Identifier: MIT */
/* 100 MB of output */
#include "linux/pivot.h"

#include <string.h>
#include <unistd.h>

static void attack(void)
{
    static char block[1 << 20];

    memset(block, 'x', sizeof block);
    for (int i = 0; i < 100; i++)
        (void)!write(1, block, sizeof block);
}

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    attack();
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    attack();
    return 0;
}
