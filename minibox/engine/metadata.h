/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_METADATA_H
#define ENGINE_METADATA_H

#include "engine/stage.h"

/* Apply an instruction that changes the config only (not FROM, RUN, COPY, ADD
 * or WORKDIR).  Its line of history is appended to *history. */
int metadata_apply(struct build *b, struct stage *s,
                   const struct instruction *in, struct buf *history,
                   struct mb_error *err);

/* A comment can't follow an instruction: warn of a # that has become part of
 * VALUE.  Docker takes it in silence. */
void metadata_warn_comment(const struct build *b, const struct instruction *in,
                           const char *value);

#endif
