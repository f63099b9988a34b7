/* SPDX-License-Identifier: MIT */
#ifndef GRADER_SIGNAL_H
#define GRADER_SIGNAL_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Signals of a process, seen from outside.  PIDs are the judge's.  In a set,
 * signal 1 is bit 0, as in /proc/PID/status.
 */

/* A set in its status: "SigBlk", "ShdPnd", ... */
unsigned long long signal_set(pid_t pid, const char *name);
unsigned long long signal_bit(int number);
/* Does the signal wait for the process, which blocks it? */
bool signal_waits(pid_t pid, int number);

/* Those that a process can block: sigfillset(3) has them. */
unsigned long long signal_all(void);

/* "SIGHUP, SIGINT", "all", "none": for who reads a finding. */
const char *signal_name(int number);
const char *signal_names(unsigned long long set);
/* A line: what PID, called WHO, does, and its signals. */
const char *signal_line(const char *who, pid_t pid);

/* Wait until PID is at rest: asleep, and not one switch of context between two
 * looks.  false: it is dead, or never rests. */
bool signal_rest(pid_t pid);
/* Send it a signal, and wait until it has done what it does about it: rests. */
bool signal_send(pid_t pid, int number);
/* Stop it with SIGSTOP, and see it stopped. */
void signal_stop(pid_t pid);

#endif
