/* SPDX-License-Identifier: MIT */
#ifndef CLI_FIXES_H
#define CLI_FIXES_H

#include "linux/probe.h"

/* What to do about CAUSE, in lines that can be pasted into a shell, with this
 * machine's names put in.  NULL when nothing can be done.  Caller frees. */
char *fixes_for(enum probe_cause cause);

/* The first of 65536 numbers that no line of TEXT (/etc/subuid and
 * /etc/subgid, one after the other) lends to anybody: at least 100000. */
unsigned long fixes_free_ids(const char *text);

#endif
