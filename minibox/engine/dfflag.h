/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFFLAG_H
#define ENGINE_DFFLAG_H

#include "base/buf.h"
#include "base/error.h"

/* Check FLAGS, "--name=value" or "--name" each, against what INSTRUCTION (in
 * upper or lower case) takes.  Fails for the first flag that is unknown,
 * repeated, or has a value where none belongs or none where one does, and says
 * in *wrong which one it was, counted from 0. */
int dfflag_check(const char *instruction, const struct strv *flags,
                 size_t *wrong, struct mb_error *err);

#endif
