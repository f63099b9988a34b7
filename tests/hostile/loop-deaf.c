/* SPDX-License-Identifier: MIT */
/* loop, with all signals ignored */
#include "linux/pivot.h"

#include <signal.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    for (int i = 1; i < 65; i++)
        signal(i, SIG_IGN);
    for (;;)
        ;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    for (int i = 1; i < 65; i++)
        signal(i, SIG_IGN);
    for (;;)
        ;
}
