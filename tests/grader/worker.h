/* SPDX-License-Identifier: MIT */
#ifndef GRADER_WORKER_H
#define GRADER_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A worker, seen by the judge: one act, in a cage, once for each test.  Every
 * function here that waits ends the test with the right verdict when the
 * worker crashes, leaves early, hangs, or leaves a child behind.
 */

/* Start the act ACT with NAME=VALUE arguments, ended by NULL.  RAN: how the
 * student may think of it, "pivot_into(\"/tmp/q7/root\")". */
void worker_start(const char *ran, const char *act, ...)
    __attribute__((sentinel));

/* Wait until a process of the act holds at NAME.  Returns its PID, as the
 * kernel tells it to us. */
pid_t worker_hold(const char *name);
/* Does it come to hold NAME, or end without? */
bool worker_reaches(const char *name);
/* Does a process hold at NAME now?  Does not wait. */
bool worker_holds(const char *name);
/* Let it go on. */
void worker_go(const char *name);

/* Wait for the end of the act: it must have returned, and left no process. */
void worker_end(void);
/* The same where the act's program may end by exec or exit, by design: returns
 * its wait status. */
int worker_end_status(void);

/* What it told: the last value of NAME, or NULL. */
const char *worker_told(const char *name);
/* The values of NAME that came, in order: how many? */
int worker_told_times(const char *name);

/* The value that has WORDS in it, of whatever name, or NULL. */
const char *worker_said(const char *words);

/* PID of the act's first process, and of the cage's PID 1. */
pid_t worker_pid(void);
pid_t worker_cage_pid(void);

const char *worker_ran(void);    /* as given to worker_start(), or NULL */
const char *worker_output(void); /* what it printed so far; "" */
void worker_kill(void);          /* end it now; for the test's teardown */

#endif
