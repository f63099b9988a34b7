/* SPDX-License-Identifier: MIT */
/* overwrite files of the host wherever they may be */
#include "linux/pivot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void attack(void)
{
    static const char *const paths[] = {
        "/tmp/minibox-hostile-canary",
        "/proc/1/root/tmp/minibox-hostile-canary", "/usr/minibox-hostile",
        "/etc/minibox-hostile", "/minibox-hostile"};

    for (int i = 0; i < 5; i++)
        (void)!write(open(paths[i], O_CREAT | O_WRONLY | O_TRUNC, 0644), "x",
                     1);
    (void)!system(
        "rm -rf /tmp/minibox-hostile-canary /usr/local /work/* 2>/dev/null");
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
