/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFFLAG_H
#define ENGINE_DFFLAG_H

#include "base/buf.h"
#include "base/error.h"

/* Check FLAGS, "--name=value" or "--name" each, against what INSTRUCTION (in
 * upper or lower case) takes.  Fails for the first flag that is unknown,
 * repeated, or has a value where none belongs or none where one does. */
int dfflag_check(const char *instruction, const struct strv *flags,
                 struct mb_error *err);

/* The value of the first flag NAME ("from" for --from=build), owned by the
 * list; "true" for one without a value.  NULL when there is no such flag. */
const char *dfflag_get(const struct strv *flags, const char *name);

#endif
