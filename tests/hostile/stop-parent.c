/* SPDX-License-Identifier: MIT */
/* stop the parent, so that nobody waits */
#include "linux/pivot.h"

#include <signal.h>
#include <unistd.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    kill(getppid(), SIGSTOP);
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    kill(getppid(), SIGSTOP);
    return 0;
}
