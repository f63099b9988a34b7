/* SPDX-License-Identifier: MIT */
/* recursion without end */
#include "linux/pivot.h"

static int attack(int n)
{
    volatile char room[4096];

    room[n & 4095] = n;
    return attack(n + 1) + room[0];
}

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    return attack(0);
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    return attack(0);
}
