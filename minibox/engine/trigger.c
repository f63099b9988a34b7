/* SPDX-License-Identifier: MIT */
/*
 * trigger.c - ONBUILD: instructions that wait for the next build
 *
 * Problem   An image for one language would like to say: "whoever builds on
 *           me wants his sources copied and compiled".  Its own build has no
 *           sources yet.
 * Idea      ONBUILD puts the text of an instruction into the image's config.
 *           A FROM takes the texts out of the config, and they are done as if
 *           they stood right below it:
 *
 *             image lang                         FROM lang
 *             OnBuild: COPY . /src      --->     COPY . /src
 *                      RUN make                  RUN make
 *                                                CMD ["/src/app"]
 *
 * Rules     1. They fire once: the image that is built does not have them.
 *           2. A stage that begins with another stage gets the triggers which
 *              that one has set, not those that have fired there.
 *           3. An image may come from anybody: a text is checked again here,
 *              and it is one instruction.
 * Read      reference.md, "ONBUILD"; lessons/22-build.md
 */
#include "engine/trigger.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/config.h"
#include "engine/dfcheck.h"

/* Rule 3. */
static int parse_one(const char *text, struct dockerfile *out,
                     struct mb_error *err)
{
    if (dfcheck_parse("the image below, ONBUILD", text, strlen(text), out,
                      err) < 0)
        return -1;
    if (out->n == 1 && dfcheck_trigger(&out->instructions[0], err) == 0)
        return 0;
    bool one = out->n == 1;
    dockerfile_done(out);
    if (one)
        return mb_wrap(err, "the image below, ONBUILD");
    return mb_failx(err,
                    "an ONBUILD of the image below is more than one "
                    "instruction: %.200s",
                    text);
}

/* The triggers in the Dockerfile of a stage (rule 2). */
static void stage_texts(const struct stage *below, struct strv *out)
{
    for (size_t i = 0; i < below->n; i++)
        if (below->first[i].keyword == DF_ONBUILD)
            strv_add_all(out, below->first[i].args.v);
}

/* The triggers in the config of an image, which lose their place there (rule
 * 1). */
static void image_texts(struct image *image, struct strv *out)
{
    config_strings(image_run_config(image), "OnBuild", out);
    json_object_del(image_run_config(image), "OnBuild");
}

int trigger_load(struct stage *s, struct mb_error *err)
{
    mb_autostrv struct strv texts = {0};

    if (s->below)
        stage_texts(s->below, &texts);
    else
        image_texts(&s->image, &texts);
    s->triggers = mb_alloc((texts.n + 1) * sizeof *s->triggers);
    for (size_t i = 0; i < texts.n; i++) {
        if (parse_one(texts.v[i], &s->triggers[i], err) < 0)
            return -1;
        s->n_triggers++;
    }
    return 0;
}

void trigger_done(struct stage *s)
{
    for (size_t i = 0; i < s->n_triggers; i++)
        dockerfile_done(&s->triggers[i]);
    free(s->triggers);
}

int trigger_point_at(const struct instruction *in, struct mb_error *err)
{
    return mb_wrap(err, "ONBUILD %.200s", in->original);
}
