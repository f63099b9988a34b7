/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/error.h"

/* Where an archive goes: a file that is whole or not there, or a stream. */
struct output {
    int fd;
    char *path, *temporary; /* NULL: written in place */
};

/* PATH NULL: standard output, unless that is a terminal.  WHAT begins the
 * error: "save image". */
int output_open(struct output *out, const char *path, const char *what,
                struct mb_error *err);
/* RESULT says how it went: the file gets its name, or goes.  Returns RESULT, or
 * -1. */
int output_close(struct output *out, int result, struct mb_error *err);

#endif
