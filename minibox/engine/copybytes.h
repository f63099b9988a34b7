/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_COPYBYTES_H
#define ENGINE_COPYBYTES_H

#include <sys/types.h>

#include "base/error.h"

/* Copy the SIZE bytes of the file FROM to the new, empty file TO.  Holes stay
 * holes. */
int copybytes_all(int from, int to, off_t size, struct mb_error *err);

#endif
