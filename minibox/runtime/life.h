/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_LIFE_H
#define RUNTIME_LIFE_H

#include "runtime/state.h"

/* A container that may run, held by its processes and not by their numbers. */
struct life {
    const struct container *c;
    int first;   /* pidfd of its PID 1; -1: it does not run */
    int monitor; /* pidfd of who stays with it; -1: nobody does */
};

#define mb_autolife __attribute__((cleanup(life_close)))

/* Get hold of the container C, as far as it runs. */
void life_open(const struct container *c, struct life *out);
void life_close(struct life *life);

/* Send a signal to its PID 1, which must run. */
int life_signal(const struct life *life, int signal, struct mb_error *err);

/* Wait for the end of its PID 1, SECONDS at most (-1: for ever).  True when it
 * has ended. */
bool life_wait(const struct life *life, int seconds);

/* Ask it to end by SIGNAL; after SECONDS end it by force.  Then wait until its
 * end is written down. */
int life_stop(const struct life *life, int signal, int seconds,
              struct mb_error *err);

/* Wait until it has ended and that is written down: its exit status, also for
 * one that is to be removed then.  -1 with *err. */
int life_result(const struct life *life, struct mb_error *err);

#endif
