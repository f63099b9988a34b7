/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_COPYPLAN_H
#define ENGINE_COPYPLAN_H

#include "engine/step.h"

/* Prepare a COPY or ADD: expand its words, find what it copies, work out its
 * key.  step_done() frees, also after a failure. */
int copyplan_prepare(struct build *b, struct stage *s,
                     const struct instruction *in, struct step *out,
                     struct mb_error *err);

/* See to it that the URLs of an ADD are files, step->fetched. */
int copyplan_fetch(struct build *b, struct step *step, struct mb_error *err);

#endif
