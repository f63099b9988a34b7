/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFCHECK_H
#define ENGINE_DFCHECK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* Whether INSTRUCTION, "COPY" for example, can do with ARGS: how many there
 * are and what they look like, as far as one can tell before variables are
 * expanded.  JSON: they came as a JSON array.  0, or -1 with *err filled. */
int dfcheck_args(const char *instruction, const struct strv *args, bool json,
                 struct mb_error *err);

/* Whether the instruction in TEXT may stand after ONBUILD: not one that starts
 * a stage, and not ONBUILD, which would never end. */
int dfcheck_trigger(const char *text, struct mb_error *err);

#endif
