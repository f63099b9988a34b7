/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "engine/cache.h"
#include "engine/runmount.h"
#include "engine/stage.h"

/*
 * One instruction that makes a layer: RUN, COPY, ADD or WORKDIR.  First it is
 * prepared (words expanded, key worked out), then, unless the cache knows the
 * key, executed.
 */
struct step {
    const struct instruction *in;
    struct buf history;      /* its line in `docker history` */
    struct key key;          /* see engine/key.h */
    struct strv argv;        /* RUN: what is executed */
    struct runmounts mounts; /* RUN: what it sees beside the image */
    struct strv sources;     /* COPY, ADD: expanded */
    struct strv urls;        /* ADD: those that are not here */
    struct strv fetched;     /* ADD: the files that they have become */
    struct digest checksum;  /* ADD: what the URL must give; "": anything */
    struct strv texts;       /* COPY: heredocs, expanded */
    char *dest;              /* COPY, ADD: absolute; WORKDIR: the directory */
    char *chown, *chmod;     /* flags, expanded; or NULL */
    struct image from;       /* COPY --from: where the files come from */
    bool has_from;
};

/* RUN and WORKDIR; the other two see engine/copyplan.h. */
int step_prepare(struct build *b, struct stage *s, const struct instruction *in,
                 struct step *out, struct mb_error *err);
void step_done(struct step *step);

/* What all keys begin with: the kind of step, what lies below, the clock. */
void step_begin_key(const struct build *b, const struct stage *s,
                    const struct instruction *in, struct key *key);

#endif
