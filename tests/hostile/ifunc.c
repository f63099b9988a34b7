/* SPDX-License-Identifier: MIT */
/* run code while the program is being linked */
#include "linux/pivot.h"

#include <unistd.h>

static int yes(void)
{
    return 0;
}
static int (*resolve(void))(void)
{
    return yes;
}
int attack(void) __attribute__((ifunc("resolve")));

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    return attack();
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    return attack();
}
