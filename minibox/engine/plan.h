/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "engine/stage.h"

/* Fill in everything of *b that is known before the first step: context,
 * Dockerfile, stages, which of them the target needs, and the images that
 * these begin with. */
int plan_build(struct build *b, struct mb_error *err);

#endif
