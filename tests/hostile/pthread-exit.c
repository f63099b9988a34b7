/* SPDX-License-Identifier: MIT */
/* end the thread, not the process */
#include "linux/pivot.h"

#include <pthread.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    pthread_exit(0);
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    pthread_exit(0);
}
