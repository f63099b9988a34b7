/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_EXECUTE_H
#define ENGINE_EXECUTE_H

#include "engine/step.h"

/* Do a prepared step: afterwards its layer is in the store, and *out says
 * which it is.  Nothing else of it is left behind. */
int execute_step(struct build *b, struct stage *s, struct step *step,
                 struct cache_record *out, struct mb_error *err);

#endif
