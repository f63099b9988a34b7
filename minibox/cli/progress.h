/* SPDX-License-Identifier: MIT */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Things in progress, one line each.  On a terminal a line changes in its
 * place; elsewhere each change is a line of its own, and bars are left out. */
struct progress {
    struct strv ids; /* in the order of their lines */
    bool quiet;      /* show nothing */
};

/* "89b58a582a7a: Pull complete" */
void progress_status(struct progress *p, const char *id, const char *status);
/* "89b58a582a7a: Downloading [====>   ] 1.2MB/3.4MB"; a terminal only. */
void progress_bar(struct progress *p, const char *id, const char *what,
                  uint64_t done, uint64_t total);
void progress_done(struct progress *p);

#endif
