/* SPDX-License-Identifier: MIT */
/*
 * plan.c - what is to be built
 *
 * Problem   A Dockerfile may hold several stages, and the target needs some of
 *           them only.  All that can be wrong before the first step should be
 *           said before the first step.
 * Idea      Read what is given (engine/inputs); cut the instructions at each
 *           FROM; then follow the names backwards from the target:
 *
 *             FROM a AS tools  <-------.
 *             FROM b AS docs           |        docs: nobody asks for it
 *             FROM c                   |
 *             COPY --from=tools /x /x -'        target
 *
 * Rules     1. A name means the stage before this one, else an image: so no
 *              stage can need itself.
 *           2. FROM sees only the ARGs before the first FROM.
 * Read      reference.md, "FROM"; lessons/22-build.md
 */
#include "engine/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/expand.h"
#include "engine/inputs.h"

/* ---- before the first step ---------------------------------------------- */

/* SOURCE_DATE_EPOCH: all times of the image become this one. */
static int read_epoch(struct build *b, struct mb_error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;

    b->epoch = -1;
    if (!text || !*text)
        return 0;
    b->epoch = strtoll(text, &end, 10);
    if (*end || b->epoch < 0)
        return mb_failx(err, "SOURCE_DATE_EPOCH=%s is no number of seconds",
                        text);
    return 0;
}

/* ---- stages ------------------------------------------------------------- */

/* Cut the instructions at each FROM. */
static int cut_stages(struct build *b, struct mb_error *err)
{
    size_t i = 0;

    for (; i < b->file.n && b->file.instructions[i].keyword == DF_ARG; i++)
        if (stage_global_arg(b, &b->file.instructions[i], err) < 0)
            return stage_point_at(b, &b->file.instructions[i], err);
    if (i == b->file.n)
        return mb_failx(err, "no build stage in current context: the "
                             "Dockerfile has no FROM");
    if (b->file.instructions[i].keyword != DF_FROM) {
        mb_failx(err, "no build stage in current context");
        mb_hint(err, "only ARG may come before the first FROM");
        return stage_point_at(b, &b->file.instructions[i], err);
    }
    b->stages = mb_alloc((b->file.n - i) * sizeof *b->stages);
    for (; i < b->file.n; i++) {
        const struct instruction *in = &b->file.instructions[i];
        if (in->keyword == DF_FROM)
            b->stages[b->n_stages++] = (struct stage){.first = in};
        struct stage *s = &b->stages[b->n_stages - 1];
        s->n++;
        if (in->keyword == DF_FROM && in->args.n == 3)
            s->name = mb_strdup(in->args.v[2]);
    }
    return 0;
}

int plan_base_name(const struct build *b, const struct stage *s, char **out,
                   struct mb_error *err)
{
    if (expand_word(s->first->args.v[0], b->file.escape, &b->globals, out,
                    err) < 0)
        return -1;
    if (**out)
        return 0;
    mb_failx(err, "base name (%s) should not be blank", s->first->args.v[0]);
    return mb_hint(err, "give the ARG before FROM a default");
}

/* BuildKit's flags that parse, but that nothing here carries out. */
static int check_flags(const struct instruction *in, struct mb_error *err)
{
    static const char *const not_here[] = {"parents", "exclude",
                                           "keep-git-dir"};

    for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
        if (instruction_flag(in, not_here[i]))
            return mb_failx(err, "%s --%s is not in minibox",
                            keyword_name(in->keyword), not_here[i]);
    return 0;
}

/* Mark S, and what it takes its base and files from. */
static int mark_needed(struct build *b, struct stage *s, struct mb_error *err)
{
    mb_autofree char *base = NULL;

    if (s->needed)
        return 0;
    s->needed = true;
    b->steps += s->n;
    if (plan_base_name(b, s, &base, err) < 0)
        return stage_point_at(b, s->first, err);
    struct stage *below = stage_find(b, s, base);
    if (below && mark_needed(b, below, err) < 0)
        return -1;
    for (size_t i = 1; i < s->n; i++) {
        const char *from = instruction_flag(&s->first[i], "from");
        if (check_flags(&s->first[i], err) < 0)
            return stage_point_at(b, &s->first[i], err);
        struct stage *source = from ? stage_find(b, s, from) : NULL;
        if (source && mark_needed(b, source, err) < 0)
            return -1;
    }
    return 0;
}

/* The stage to end with. */
static struct stage *find_target(struct build *b, struct mb_error *err)
{
    const char *target = b->options->target;
    struct stage *last = b->stages + b->n_stages - 1;

    if (!target)
        return last;
    struct stage *s = stage_find(b, last + 1, target);
    if (!s) {
        mb_failx(err, "target stage \"%s\" could not be found", target);
        mb_hint(err, "stages are named with FROM image AS name");
    }
    return s;
}

int plan_build(struct build *b, struct mb_error *err)
{
    if (read_epoch(b, err) < 0 || inputs_open(b, err) < 0 ||
        cut_stages(b, err) < 0)
        return -1;
    b->target = find_target(b, err);
    return b->target ? mark_needed(b, b->target, err) : -1;
}
