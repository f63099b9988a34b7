/* SPDX-License-Identifier: MIT */
/* Exercise 20-arg-and-env: fill in the blanks (grep TODO).
 * The lesson: lessons/20-arg-and-env.md.  Try it: make grade EX=20 */
/*
 * env.c - ENV: variables that stay
 *
 * Problem   The instructions after an ENV see its variables, and so does every
 *           container of the image.  With ARG it is only the instructions.
 * Idea      There are two lists.  ARG writes to one of them, ENV to both:
 *
 *                           of the stage           of the image
 *             FROM base     PATH=/bin              PATH=/bin
 *             ARG V=1       PATH=/bin V=1          PATH=/bin
 *             ENV W=$V      PATH=/bin V=1 W=1      PATH=/bin W=1
 *             RUN ...       sees these
 *             a container                          sees these
 *
 * Rules     1. In one instruction all words see the values from before it:
 *              ENV A=1 B=$A gives B the old A.
 *           2. The image gets what ENV names, and nothing else.
 * Read      reference.md, "ENV", "Environment replacement"; OCI image spec,
 *           config.md; lessons/20-arg-and-env.md
 */
#include "engine/env.h"

#include "base/mem.h"
#include "engine/config.h"

int env_expand(const struct build *b, const struct stage *s,
               const struct strv *words, struct strv *out, struct mb_error *err)
{
    for (size_t i = 0; i < words->n; i++) {
        char *word = NULL;
        if (stage_expand(b, s, words->v[i], &word, err) < 0)
            return -1;
        strv_take(out, word);
    }
    return 0;
}

int env_set(struct build *b, struct stage *s, const struct instruction *in,
            struct buf *history, struct mb_error *err)
{
    mb_autostrv struct strv words = {0}, image = {0};
    json_t *config = image_run_config(&s->image);

    config_strings(config, "Env", &image);
    // TODO step 4: rules 1 and 2: in->args is NAME, VALUE, NAME, VALUE, ...
    //   (engine/dockerfile.h). Each is expanded; each pair is set in `image`,
    //   which is kept below, and in s->env; HISTORY gets " NAME=value"
    return mb_failx(err, "exercise 20 step 4: not written yet");
    json_object_set_new(config, "Env", config_array(&image));
    return 0;
}
