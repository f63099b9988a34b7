/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFCHECK_H
#define ENGINE_DFCHECK_H

#include "engine/dockerfile.h"

/* Whether a build can do with what the grammar let through: every keyword,
 * flag and argument, as far as one can tell before variables are expanded.
 * Then the arguments are in the form in which a build wants them: a trigger as
 * text, a HEALTHCHECK's type in capitals, here-documents without the tabs that
 * <<- takes off, and RUN, CMD and ENTRYPOINT with at least an empty string.
 * 0, or -1 with *err filled, as dockerfile_parse() does. */
int dfcheck_file(struct dockerfile *file, struct mb_error *err);

/* dockerfile_parse(), and then that. */
int dfcheck_parse(const char *name, const char *text, size_t len,
                  struct dockerfile *out, struct mb_error *err);

/* Whether TRIGGER may stand after ONBUILD: not one that starts a stage, and
 * not ONBUILD, which would never end. */
int dfcheck_trigger(const struct instruction *trigger, struct mb_error *err);

#endif
