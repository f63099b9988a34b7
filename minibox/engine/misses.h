/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_MISSES_H
#define ENGINE_MISSES_H

#include "engine/stage.h"
#include "engine/step.h"

/* `build --explain-cache`: tell why a prepared step is known to the cache, or
 * why not.  Nothing depends on it: what can't be read is passed over. */
void misses_explain(const struct build *b, const struct step *step);

#endif
