/* SPDX-License-Identifier: MIT */
/* become /bin/true */
#include "linux/pivot.h"

#include <unistd.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    execl("/bin/true", "true", (char *)0);
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    execl("/bin/true", "true", (char *)0);
    return 0;
}
