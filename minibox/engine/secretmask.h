/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETMASK_H
#define ENGINE_SECRETMASK_H

#include <stddef.h>

/* "ghp_****": the first characters, four at most and a quarter at most; none
 * that does something to a terminal.  Caller frees. */
char *secretmask_of(const char *value, size_t len);

/* A copy of TEXT in which every secret is masked.  Caller frees. */
char *secretmask_text(const char *text);

#endif
