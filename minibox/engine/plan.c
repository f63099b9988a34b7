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
#include "engine/runmount.h"
#include "engine/trigger.h"
#include "image/lookup.h"

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

/* The image or stage that a stage's FROM names, with the global ARGs put in.
 * Caller frees *out. */
static int base_name(const struct build *b, const struct stage *s, char **out,
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
static int check_flags(const struct build *b, const struct instruction *in,
                       struct mb_error *err)
{
    static const char *const not_here[] = {"parents", "exclude",
                                           "keep-git-dir"};

    if (in->keyword == DF_RUN)
        return runmount_check(b, in, err);
    for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
        if (instruction_flag(in, not_here[i]))
            return mb_failx(err, "%s --%s is not in minibox",
                            keyword_name(in->keyword), not_here[i]);
    return 0;
}

/* Files from FROM: mark the stage, or see to it that there is such an image. */
static int need_source(struct build *b, const struct stage *s, const char *from,
                       struct mb_error *err)
{
    struct stage *source = from ? stage_find(b, s, from) : NULL;
    struct image image = {0};

    if (source)
        source->needed = true;
    if (!from || source)
        return 0;
    source = stage_find(b, b->stages + b->n_stages, from);
    if (source == s)
        return mb_failx(err, "circular dependency detected on stage: %s", from);
    if (source)
        return mb_failx(err,
                        "cannot copy from stage \"%s\", it needs to be defined "
                        "before the current stage",
                        from);
    /* Not an image: a number may well be the beginning of some ID. */
    if (from[strspn(from, "0123456789")] == '\0')
        return mb_failx(err, "invalid stage index %s", from);
    if (lookup_image(b->store, from, &image, err) < 0)
        return mb_hint(err,
                       "\"%s\" is neither a stage before this one nor an "
                       "image that is here",
                       from);
    image_done(&image);
    return 0;
}

/* COPY --from, and RUN --mount=from=. */
static int need_sources(struct build *b, const struct stage *s,
                        const struct instruction *in, struct mb_error *err)
{
    int result = need_source(b, s, instruction_flag(in, "from"), err);
    char *from;

    for (size_t i = 0; result == 0 && (from = runmount_next_from(b, in, &i));) {
        result = need_source(b, s, from, err);
        free(from);
    }
    return result;
}

/* Only images for this machine can be built on. */
static int check_platform(const struct stage *s, struct mb_error *err)
{
    const char *wanted = instruction_flag(s->first, "platform");
    const char *here =
        json_string_value(json_object_get(s->image.config, "architecture"));
    mb_autofree char *ours = mb_printf("linux/%s", here ? here : "");

    if (!wanted || *wanted == '$' || strcmp(wanted, ours) == 0)
        return 0;
    return mb_failx(err,
                    "FROM --platform=%s: minibox builds for this machine "
                    "only",
                    wanted);
}

/* FROM: mark the stage below, or load the image; with its triggers. */
static int need_base(struct build *b, struct stage *s, struct mb_error *err)
{
    mb_autofree char *base = NULL;

    if (base_name(b, s, &base, err) < 0)
        return -1;
    struct stage *below = stage_find(b, s, base);
    if (below) {
        s->below = below;
        below->needed = true;
        return trigger_load(s, err);
    }
    if (strcmp(base, "scratch") == 0)
        image_init(&s->image);
    else if (lookup_image(b->store, base, &s->image, err) < 0)
        return mb_hint(err, "minibox images lists those that are here; minibox "
                            "base busybox and minibox base debian make some");
    return check_platform(s, err) < 0 ? -1 : trigger_load(s, err);
}

/* Look at all that stage S needs. */
static int plan_stage(struct build *b, struct stage *s, struct mb_error *err)
{
    const struct instruction *in;

    if (need_base(b, s, err) < 0)
        return stage_point_at(b, s->first, err);
    for (size_t i = 1; (in = stage_instruction(s, i)); i++) {
        if (check_flags(b, in, err) == 0 && need_sources(b, s, in, err) == 0)
            continue;
        if (i > s->n_triggers)
            return stage_point_at(b, in, err);
        trigger_point_at(in, err);
        return stage_point_at(b, s->first, err);
    }
    b->steps += s->n + s->n_triggers;
    return 0;
}

/* Mark what the target needs.  Backwards, for a stage can only need those
 * before it (rule 1): each one's turn comes when all who may need it are done.
 */
static int plan_stages(struct build *b, struct mb_error *err)
{
    b->target->needed = true;
    for (struct stage *s = b->target; s >= b->stages; s--)
        if (s->needed && plan_stage(b, s, err) < 0)
            return -1;
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

int plan_read(struct build *b, struct mb_error *err)
{
    if (read_epoch(b, err) < 0 || inputs_open(b, err) < 0)
        return -1;
    return cut_stages(b, err);
}

int plan_target(struct build *b, struct mb_error *err)
{
    b->target = find_target(b, err);
    return b->target ? plan_stages(b, err) : -1;
}
