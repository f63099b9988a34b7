/* SPDX-License-Identifier: MIT */
#ifndef CLI_VARIABLES_H
#define CLI_VARIABLES_H

#include "base/buf.h"
#include "base/error.h"

/* Append WORD, "NAME=value"; or "NAME", which takes the value that we have
 * ourselves, and is passed over if we have none. */
int variables_add(const char *word, struct strv *out, struct mb_error *err);

/* The variables of FILES, then those of WORDS, which win. */
int variables_collect(const struct strv *files, const struct strv *words,
                      struct strv *out, struct mb_error *err);

#endif
