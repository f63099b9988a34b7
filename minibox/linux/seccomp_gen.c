/* SPDX-License-Identifier: MIT */
/*
 * seccomp_gen.c - write the default filter into a C file (a build-time tool)
 *
 * Problem   Building the filter takes libseccomp a millisecond, a third of a
 *           container's whole start.
 * Idea      It is always the same, so build it once, with the program:
 *
 *             make: seccomp_gen > seccomp_default.c    run: load the bytes
 *
 * Read      seccomp_export_bpf(3); lessons/09-privileges.md
 */
#include <stdio.h>

#include "linux/caps.h"
#include "linux/seccomp.h"

/* The generator links linux/seccomp too, and has no filter to offer yet. */
const unsigned char seccomp_default_filter[1];
const size_t seccomp_default_filter_size = 0;

int main(void)
{
    struct buf bytes = BUF_INIT;
    struct mb_error err = {0};

    if (seccomp_build(caps_docker_default, &bytes, &err) < 0) {
        fprintf(stderr, "seccomp_gen: %s\n", err.msg);
        return 1;
    }
    puts("/* Made by linux/seccomp_gen; do not edit. */\n"
         "#include <stddef.h>\n"
         "__attribute__((aligned(8)))\n"
         "const unsigned char seccomp_default_filter[] = {");
    for (size_t i = 0; i < bytes.len; i++)
        printf("%u,%s", (unsigned char)bytes.s[i], i % 16 == 15 ? "\n" : "");
    puts("};\nconst size_t seccomp_default_filter_size = "
         "sizeof seccomp_default_filter;");
    buf_done(&bytes);
    return 0;
}
