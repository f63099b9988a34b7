/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFJSON_H
#define ENGINE_DFJSON_H

#include "base/buf.h"
#include "base/error.h"

/* ["a", "b"]: 1 when TEXT is a JSON array of strings, which are appended to
 * *out; 0 when it is no JSON array at all; -1 for an array that holds anything
 * but strings.  Then *wrong is the place in TEXT. */
int dfjson_strings(const char *text, struct strv *out, const char **wrong,
                   struct mb_error *err);

#endif
