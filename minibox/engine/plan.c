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
#include "engine/arg.h"
#include "engine/expand.h"
#include "engine/inputs.h"
#include "engine/runmount.h"
#include "engine/trigger.h"
#include "image/lookup.h"

/* ---- before the first step ---------------------------------------------- */

/* SOURCE_DATE_EPOCH: all times of the image become this one. */
static int read_epoch(struct build *b, struct mb_error *err)
{
    const char *text = arg_given(b, "SOURCE_DATE_EPOCH");
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

/* Some of what is done with stages and variables takes the square of their
 * number, so there is an end to it: far above what anybody writes. */
enum { MOST_STAGES = 10000, MOST_VARIABLES = 10000 };

static int check_size(const struct build *b, struct mb_error *err)
{
    size_t stages = 0, variables = 0;

    for (size_t i = 0; i < b->file.n; i++) {
        const struct instruction *in = &b->file.instructions[i];
        stages += in->keyword == DF_FROM;
        variables += in->keyword == DF_ARG ? in->args.n : 0;
        variables += in->keyword == DF_ENV ? in->args.n / 2 : 0;
        if (stages <= MOST_STAGES && variables <= MOST_VARIABLES)
            continue;
        if (stages > MOST_STAGES)
            mb_failx(err, "more than %d stages", MOST_STAGES);
        else
            mb_failx(err, "more than %d variables set by ENV and ARG",
                     MOST_VARIABLES);
        return stage_point_at(b, in, err);
    }
    return 0;
}

/* ---- stages ------------------------------------------------------------- */

/* Cut the instructions at each FROM. */
static int cut_stages(struct build *b, struct mb_error *err)
{
    size_t i = 0;

    arg_predefined(b, &b->globals);
    for (; i < b->file.n && b->file.instructions[i].keyword == DF_ARG; i++)
        if (arg_global(b, &b->file.instructions[i], err) < 0)
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

/* Rule 2.  Of stages that nobody needs, too: it costs nothing. */
static int name_bases(struct build *b, struct mb_error *err)
{
    for (struct stage *s = b->stages; s < b->stages + b->n_stages; s++) {
        const char *word = s->first->args.v[0];
        if (expand_word(word, b->file.escape, &b->globals, &s->base, err) < 0)
            return stage_point_at(b, s->first, err);
        if (*s->base)
            continue;
        mb_failx(err, "base name (%s) should not be blank", word);
        mb_hint(err, "give the ARG before FROM a default");
        return stage_point_at(b, s->first, err);
    }
    return 0;
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

/* The stages must be known before any value is: no variables in --from. */
static int check_from(const struct build *b, const char *from,
                      struct mb_error *err)
{
    const struct strv nothing = {0};
    mb_autofree char *expanded = NULL;

    if (expand_word(from, b->file.escape, &nothing, &expanded, err) < 0)
        return -1;
    if (strcmp(expanded, from) == 0)
        return 0;
    mb_failx(err, "variable expansion is not supported for --from");
    return mb_hint(err,
                   "begin a stage with FROM %.150s AS NAME, where global "
                   "ARGs are known, and say --from=NAME",
                   from);
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
    if (check_from(b, from, err) < 0)
        return -1;
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

/* Does PLATFORM, "[linux/]ARCH[/VARIANT]", mean this machine? */
static bool is_ours(const char *platform)
{
    static const char *const others[][2] = {{"x86_64", "amd64"},
                                            {"x86-64", "amd64"},
                                            {"aarch64", "arm64"},
                                            {"arm64/v8", "arm64"}};

    if (strcmp(platform, "linux") == 0)
        return true;
    if (starts_with(platform, "linux/"))
        platform += strlen("linux/");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(platform, others[i][0]) == 0)
            platform = others[i][1];
    return strcmp(platform, image_architecture()) == 0;
}

/* Only images for this machine can be built on. */
static int check_platform(const struct build *b, const struct stage *s,
                          struct mb_error *err)
{
    const char *word = instruction_flag(s->first, "platform");
    mb_autofree char *platform = NULL;

    if (!word)
        return 0;
    if (expand_word(word, b->file.escape, &b->globals, &platform, err) < 0)
        return mb_wrap(err, "--platform");
    if (!*platform)
        return mb_failx(err, "empty platform value from expression %s", word);
    if (is_ours(platform))
        return 0;
    return mb_failx(err,
                    "FROM --platform=%s: minibox builds for this machine "
                    "only",
                    platform);
}

/* FROM: mark the stage below, or load the image; with its triggers. */
static int need_base(struct build *b, struct stage *s, struct mb_error *err)
{
    struct stage *below = stage_find(b, s, s->base);

    if (check_platform(b, s, err) < 0)
        return -1;
    if (below) {
        s->below = below;
        below->needed = true;
        return trigger_load(s, err);
    }
    if (strcmp(s->base, "scratch") == 0)
        image_init(&s->image);
    else if (lookup_image(b->store, s->base, &s->image, err) < 0)
        return mb_hint(err, "minibox images lists those that are here; minibox "
                            "base busybox and minibox base debian make some");
    return trigger_load(s, err);
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

/* Mark what the target needs, and look at each of those, once. */
static int plan_stages(struct build *b, struct mb_error *err)
{
    /* STEP 1, 2 points: follow the names from the target: it is needed, and
     * plan_stage() of a stage marks those that this one needs (rule 1) */
    b->target->needed = true;
    /* Backwards: a stage's turn comes when all who may need it have had
     * theirs. */
    for (struct stage *s = b->target; s >= b->stages; s--)
        if (s->needed && plan_stage(b, s, err) < 0)
            return -1;
    /* END STEP 1 */
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
    if (read_epoch(b, err) < 0 || inputs_open(b, err) < 0 ||
        check_size(b, err) < 0)
        return -1;
    return cut_stages(b, err);
}

int plan_target(struct build *b, struct mb_error *err)
{
    if (name_bases(b, err) < 0)
        return -1;
    b->target = find_target(b, err);
    return b->target ? plan_stages(b, err) : -1;
}
