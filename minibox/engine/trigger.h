/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_TRIGGER_H
#define ENGINE_TRIGGER_H

#include "engine/stage.h"

/* Take the ONBUILD instructions of the image or stage that S begins with, and
 * parse them into s->triggers.  The image does not keep them. */
int trigger_load(struct stage *s, struct mb_error *err);
void trigger_done(struct stage *s);

/* An error in a trigger: put its text before the error, as the Dockerfile does
 * not show it.  Returns -1. */
int trigger_point_at(const struct instruction *in, struct mb_error *err);

#endif
