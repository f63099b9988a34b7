/* SPDX-License-Identifier: MIT */
/* eat memory without end */
#include "linux/pivot.h"

#include <stdlib.h>
#include <string.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    for (;;) {
        char *p = malloc(64 << 20);
        if (p)
            memset(p, 1, 64 << 20);
    }
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    for (;;) {
        char *p = malloc(64 << 20);
        if (p)
            memset(p, 1, 64 << 20);
    }
}
