/* SPDX-License-Identifier: MIT */
/* kill whatever can be killed */
#include "linux/pivot.h"

#include <signal.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    kill(-1, SIGKILL);
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    kill(-1, SIGKILL);
    return 0;
}
