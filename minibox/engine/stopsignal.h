/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_STOPSIGNAL_H
#define ENGINE_STOPSIGNAL_H

#include "base/error.h"

/* Is WORD, of a STOPSIGNAL, a signal: "SIGTERM", "term", "RTMIN+3", or a number
 * other than 0?  Returns 0, or -1. */
int stopsignal_check(const char *word, struct mb_error *err);

/* The number that such a word means; 0 for none. */
int stopsignal_number(const char *word);

#endif
