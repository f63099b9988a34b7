/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_ENV_H
#define ENGINE_ENV_H

#include "engine/stage.h"

/* Expand each of WORDS with the variables of the stage, and append the results
 * to *out.  (LABEL needs it, too.) */
int env_expand(const struct build *b, const struct stage *s,
               const struct strv *words, struct strv *out,
               struct mb_error *err);

/* ENV in a stage: set variables, for the instructions after it and for the
 * containers of the image.  HISTORY gets " NAME=value" for each. */
int env_set(struct build *b, struct stage *s, const struct instruction *in,
            struct buf *history, struct mb_error *err);

#endif
