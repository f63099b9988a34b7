/* SPDX-License-Identifier: MIT */
#ifndef PROGRAMS_H
#define PROGRAMS_H

/*
 * minibox looks for minibox-layer and minibox-init beside itself.  A suite
 * that needs them starts itself again from a directory where they are:
 *
 *     build/tests/image/test_pack
 *       `- TMP/test_pack (a copy)   TMP/minibox-layer -> build/minibox-layer
 */

#include <limits.h>

#include "linux/program.h"
#include "linux/spawn.h"
#include "sandbox.h"

/* Copy the program that is running to PATH. */
static inline void copy_self(const char *path)
{
    mb_autobuf struct buf bytes = BUF_INIT;

    if (fs_read(AT_FDCWD, "/proc/self/exe", 256 << 20, &bytes, &err) < 0 ||
        fs_write(AT_FDCWD, path, bytes.s, bytes.len, &err) < 0 ||
        chmod(path, 0755) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        exit(EXIT_FAILURE);
    }
}

/* First thing in main(): returns in the copy, which has its programs. */
static inline void with_programs(char **argv)
{
    static const char *const names[] = {"minibox-layer", "minibox-init",
                                        "minibox-guest", "minibox-http"};
    char dir[] = "/tmp/suite-XXXXXX";

    if (getenv("SUITE_WITH_PROGRAMS"))
        return;
    if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        mb_autofree char *up = mb_printf("../../%s", names[i]);
        mb_autofree char *real = program_sibling(up);
        mb_autofree char *link = mb_printf("%s/%s", dir, names[i]);
        if (symlink(real, link) < 0)
            exit(EXIT_FAILURE);
    }
    mb_autofree char *copy = mb_printf("%s/suite", dir);
    copy_self(copy);
    setenv("SUITE_WITH_PROGRAMS", "1", 1);
    pid_t pid = fork();
    if (pid == 0) {
        execv(copy, argv);
        _exit(EXIT_FAILURE);
    }
    int code = spawn_wait(pid, NULL);
    (void)fs_remove_tree(AT_FDCWD, dir, NULL);
    _exit(code); /* what is allocated here is nobody's leak */
}

#endif
