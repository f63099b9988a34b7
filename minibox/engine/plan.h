/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "engine/stage.h"

/* Fill in everything of *b that is known before the first step: context,
 * Dockerfile, stages, and which of them the target needs. */
int plan_build(struct build *b, struct mb_error *err);

/* The image or stage that a stage's FROM names, with the global ARGs put in.
 * Caller frees *out. */
int plan_base_name(const struct build *b, const struct stage *s, char **out,
                   struct mb_error *err);

#endif
