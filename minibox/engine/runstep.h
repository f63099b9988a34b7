/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RUNSTEP_H
#define ENGINE_RUNSTEP_H

#include "engine/step.h"

/* Run a prepared RUN, which works in the directory DIR and leaves its changes
 * in DIR/upper.  Fails when the command does not end with 0; code 128 + signal
 * when the user has interrupted it. */
int runstep_execute(const struct build *b, const struct stage *s,
                    const struct step *step, const char *dir,
                    struct mb_error *err);

#endif
