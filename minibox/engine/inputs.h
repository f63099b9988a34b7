/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_INPUTS_H
#define ENGINE_INPUTS_H

#include "engine/stage.h"

/* Open what the options name: the context, the Dockerfile (parsed) and what
 * is to be ignored.  Fills b->context, b->file and b->ignore. */
int inputs_open(struct build *b, struct mb_error *err);

#endif
