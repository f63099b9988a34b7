/* SPDX-License-Identifier: MIT */
#ifndef LINUX_PROGRAM_H
#define LINUX_PROGRAM_H

#include <sys/types.h>

#include "base/error.h"

/* A program of the host to run beside us: descriptors 0, 1 and 2 are set to
 * these, all others are closed.  Descriptor 3 too when `extra` is not -1. */
struct program {
    char *const *argv;
    int in, out, errors; /* -1: leave as it is */
    int extra;
};

/* Where another program of minibox's own lies: beside this one.  Caller
 * frees. */
char *program_sibling(const char *name);

/* Start it.  Returns its PID, or -1 when it could not be executed. */
pid_t program_start(const struct program *program, struct mb_error *err);

/* Start ARGV; what it prints can be read from *out_fd, which the caller closes.
 * Returns its PID, or -1. */
pid_t program_start_reading(char *const argv[], int *out_fd,
                            struct mb_error *err);

/* A copy of the file PATH in memory, called NAME, that nobody can change; to be
 * executed by fexecve(3).  The caller closes. */
int program_sealed_copy(const char *path, const char *name,
                        struct mb_error *err);

/* Signals as a new program expects them: none blocked, none ignored.  Both
 * survive execve(2), and who started us may have had his reasons (nohup). */
void program_reset_signals(void);

/* Run FN in a child of its own, in new namespaces FLAGS (CLONE_NEWNS...; 0
 * for none), and wait for it.  Returns 0, or -1 with the child's error: what
 * FN did to mounts and the like is gone by then, its files stay. */
int program_call(unsigned long long flags,
                 int (*fn)(void *argument, struct mb_error *err),
                 void *argument, struct mb_error *err);

#endif
