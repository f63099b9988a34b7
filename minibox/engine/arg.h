/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_ARG_H
#define ENGINE_ARG_H

#include "engine/stage.h"

/* What --build-arg says of NAME, or NULL.  SOURCE_DATE_EPOCH may also come from
 * our environment, as with docker's buildx. */
const char *arg_given(const struct build *b, const char *name);

/* Append "NAME=value" for each variable that a FROM may use without an ARG:
 * BUILDARCH, TARGETPLATFORM and their like, and TARGETSTAGE. */
void arg_predefined(const struct build *b, struct strv *out);

/* ARG before the first FROM, into b->globals. */
int arg_global(struct build *b, const struct instruction *in,
               struct mb_error *err);

/* ARG in a stage: declare variables.  HISTORY gets its words. */
int arg_declare(struct build *b, struct stage *s, const struct instruction *in,
                struct buf *history, struct mb_error *err);

/* What a RUN gets of the --build-args without an ARG: set the proxies in *env,
 * which replace what was there. */
void arg_proxies(const struct build *b, struct strv *env);

/* Append to *names the --build-args that nothing has asked for, with blanks
 * between them. */
void arg_unused(const struct build *b, struct buf *names);

#endif
