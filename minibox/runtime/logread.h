/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_LOGREAD_H
#define RUNTIME_LOGREAD_H

#include "runtime/log.h"
#include "runtime/state.h"

/* Which records of a log are wanted. */
struct logread {
    bool follow;       /* go on until the container has ended */
    long tail;         /* that many lines from the end; -1: all */
    const char *since; /* a time as in a record; or NULL: all */
    /* Called for each record; other than 0 ends the reading. */
    int (*record)(const struct log_record *record, void *argument);
    /* Called when all that there is has been told. */
    void (*caught_up)(void *argument);
    void *argument;
};

/* Read the log of a container.  Returns 0, what the callback returned, or -1
 * when the log can't be read; one that was never written is empty. */
int logread_run(const struct container *c, const struct logread *how,
                struct mb_error *err);

#endif
