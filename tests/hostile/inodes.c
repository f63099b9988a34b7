/* SPDX-License-Identifier: MIT */
/* thousands of files, and directories a thousand deep */
#include "linux/pivot.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void attack(void)
{
    char name[40];

    for (int i = 0; i < 30000; i++) {
        snprintf(name, sizeof name, "/tmp/f%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    for (int i = 0; i < 3000; i++)
        if (mkdir("d", 0700) < 0 || chdir("d") < 0)
            break;
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
