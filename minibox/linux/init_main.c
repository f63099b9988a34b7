/* SPDX-License-Identifier: MIT */
/*
 * init_main.c - minibox-init, PID 1 of containers started with --init
 *
 * Problem   PID 1 of a container must be a program that the container can't
 *           use to reach the host, so it can't be minibox itself.
 * Idea      A small static program: minibox copies it into memory, seals the
 *           copy, and executes that (runtime/child).  It needs no library of
 *           the image and can't be changed from inside.
 * Read      memfd_create(2); lessons/07-init.md
 */
#include <stdio.h>
#include <unistd.h>

#include "linux/init.h"
#include "linux/spawn.h"

int main(int argc, char **argv)
{
    struct mb_error err = {0};

    if (argc < 2) {
        fputs("usage: minibox-init COMMAND [ARG...]\n", stderr);
        return EXIT_MINIBOX;
    }
    int status = init_run(argv + 1, environ, &err);
    if (status >= 0)
        return status;
    fprintf(stderr, "minibox: %s\n", err.msg);
    return err.code ? err.code : EXIT_MINIBOX;
}
