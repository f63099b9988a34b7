/* SPDX-License-Identifier: MIT */
/* leave a process behind, in a session of its own */
#include "linux/pivot.h"

#include <unistd.h>

static void attack(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            for (;;)
                pause();
        _exit(0);
    }
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
