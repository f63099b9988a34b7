/* SPDX-License-Identifier: MIT */
/* own versions of the act's functions */
#include "linux/pivot.h"

#include <stdarg.h>

int say(const char *name, const char *fmt, ...)
{
    (void)name, (void)fmt;
    return 0;
}
int hold(const char *name)
{
    (void)name;
    return 0;
}

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    return 0;
}
