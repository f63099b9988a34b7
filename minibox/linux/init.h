/* SPDX-License-Identifier: MIT */
#ifndef LINUX_INIT_H
#define LINUX_INIT_H

#include "base/error.h"

/* Be PID 1: run ARGV as a child, pass every signal on to it, reap whatever
 * dies, and return the child's exit status (128 + signal when a signal ended
 * it), or -1 with Docker's 126 or 127 in err->code when it can't be run. */
int init_run(char *const argv[], char *const envp[], struct mb_error *err);

#endif
