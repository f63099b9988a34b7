/* SPDX-License-Identifier: MIT */
/*
 * cli/version.c - minibox version
 *
 * Problem   A report of a bug is worth little without the version.
 * Idea      Say it, with the kernel's, on which everything here depends.
 * Read      uname(2)
 */
#include <stdio.h>
#include <sys/utsname.h>

#include "cli/command.h"

#define MINIBOX_VERSION "0.1.0"

int command_version(struct call *call, struct mb_error *err)
{
    struct utsname u;
    (void)call;

    if (uname(&u) < 0)
        return mb_fail(err, "uname");
    printf("minibox %s (Linux %s, %s)\n", MINIBOX_VERSION, u.release,
           u.machine);
    return 0;
}
