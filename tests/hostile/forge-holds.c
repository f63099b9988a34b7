/* SPDX-License-Identifier: MIT */
/* flood the judge with packets that say "hold" and "end" */
#include "linux/pivot.h"

#include <string.h>
#include <sys/socket.h>

static void attack(void)
{
    for (int i = 0; i < 100000; i++) {
        send(100, "@hold pivoted", 13, MSG_DONTWAIT);
        send(100, "@end", 4, MSG_DONTWAIT);
        send(100, "", 0, MSG_DONTWAIT);
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
