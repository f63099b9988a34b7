/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_MISSES_H
#define ENGINE_MISSES_H

#include "engine/key.h"
#include "engine/stage.h"

/* `build --explain-cache`: tell why the step with this key is known to the
 * cache, or why not.  Nothing depends on it: what can't be read is passed
 * over. */
void misses_explain(const struct build *b, const struct key *key);

#endif
