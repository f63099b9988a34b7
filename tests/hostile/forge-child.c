/* SPDX-License-Identifier: MIT */
/* read the act's own arguments, answer for it, and leave as it would */
#include "linux/pivot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void attack(void)
{
    char line[4096] = "", lie[100];
    int fd = open("/proc/self/cmdline", O_RDONLY);
    ssize_t n = read(fd, line, sizeof line - 1);
    const char *error = "0";

    for (char *p = line; p < line + n; p += strlen(p) + 1)
        if (strncmp(p, "error=", 6) == 0)
            error = p + 6;
    snprintf(lie, sizeof lie, "result.errno=%s", error);
    send(100, lie, strlen(lie), 0);
    snprintf(lie, sizeof lie, "result=%d", atoi(error) ? -1 : 0);
    send(100, lie, strlen(lie), 0);
    send(100, "climbed=-1", 10, 0);
    send(100, "@back=1", 7, 0);
    _exit(0);
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
