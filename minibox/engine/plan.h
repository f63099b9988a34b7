/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "engine/stage.h"

/* Fill in what a build is made from: context, Dockerfile, stages. */
int plan_read(struct build *b, struct mb_error *err);

/* After it: find the target, mark the stages that it needs, and load the
 * images that these begin with. */
int plan_target(struct build *b, struct mb_error *err);

#endif
