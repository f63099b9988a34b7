/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RUNMOUNT_H
#define ENGINE_RUNMOUNT_H

#include "engine/key.h"
#include "engine/mountflag.h"
#include "engine/stage.h"

/* One mount of a RUN, with nothing left open. */
struct runmount {
    struct mountflag flag;
    struct image from; /* of a bind: where its files come from */
    bool has_from;     /* else they come from the context */
};
struct runmounts {
    struct runmount *v; /* sorted: what lies above another comes first */
    size_t n;
};

/* What can be said of a RUN before the first step: refuses flags that are wrong
 * or not in minibox. */
int runmount_check(const struct build *b, const struct instruction *in,
                   struct mb_error *err);

/* The next stage or image that IN has in a --mount=from=NAME, or NULL.  *CURSOR
 * starts with 0.  Caller frees. */
char *runmount_next_from(const struct build *b, const struct instruction *in,
                         size_t *cursor);

/* What IN wants mounted.  runmount_done() frees, also after a failure. */
int runmount_collect(struct build *b, const struct stage *s,
                     const struct instruction *in, struct runmounts *out,
                     struct mb_error *err);
void runmount_done(struct runmounts *mounts);

/* Add to a step's key what its mounts can change: all options, and the content
 * of binds.  Not that of caches, and never a secret. */
int runmount_add_to_key(const struct build *b, const struct runmounts *mounts,
                        struct key *out, struct mb_error *err);

/* A bind's source as the one source of a COPY: "*" and its like are ordinary
 * letters here.  strv_done() frees. */
struct strv runmount_source(const struct mountflag *m);

/* Does the step have the host's network? */
bool runmount_has_network(const struct build *b, const struct instruction *in);

#endif
