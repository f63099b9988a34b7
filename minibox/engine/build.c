/* SPDX-License-Identifier: MIT */
/*
 * build.c - from a Dockerfile to an image
 *
 * Problem   A text of instructions is to become an image; quickly when most
 *           of it was built before, and the same when nothing has changed.
 * Idea      Walk through the instructions.  Each takes the image so far and
 *           leaves the next one; only the last gets a name:
 *
 *             FROM      start with the base image (or nothing, or a stage)
 *             ENV ...   change its config           (engine/metadata)
 *             RUN ...   known to the cache?  use the layer that it names
 *                       else execute, and remember (engine/execute)
 *             end       write config and manifest, sync once, set the tags
 *
 * Rules     1. A name is set last: until then nobody sees the image, so a
 *              build can be killed at any point.
 *           2. Stages that the target does not use are not built.
 *           3. Times come from the cache along with the layer: a build of
 *              which all is cached gives the very same image.
 * Read      reference.md, "FROM", "Multi-stage builds"; lessons/22-build.md
 */
#include "engine/build.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/arg.h"
#include "engine/cache.h"
#include "engine/check.h"
#include "engine/config.h"
#include "engine/copyplan.h"
#include "engine/execute.h"
#include "engine/metadata.h"
#include "engine/misses.h"
#include "engine/plan.h"
#include "engine/publish.h"
#include "engine/step.h"
#include "engine/trigger.h"
#include "linux/cgroup.h"

/* ---- FROM --------------------------------------------------------------- */

/* What the stage starts from. */
static void begin_stage(const struct build *b, struct stage *s)
{
    const struct stage *below = s->below;

    if (below) {
        image_copy(&s->image, &below->image);
        /* They are among this stage's triggers. */
        json_object_del(image_run_config(&s->image), "OnBuild");
        strv_add_all(&s->args, below->args.v);
        strv_add_all(&s->env, below->env.v);
        s->created = below->created;
        s->step_key = below->step_key;
    } else if (s->image.id.hex[0]) {
        s->step_key = s->image.id;
        s->created =
            image_time_parse(config_string(s->image.config, "created"));
    } else { /* scratch */
        s->step_key = digest_of("scratch", 7);
        s->created = b->epoch >= 0 ? b->epoch : time(NULL);
    }
}

/* The variables of the base image, over the ARGs of a stage below.  There must
 * be a PATH, or "ENV PATH=$PATH:/opt/bin" would take all the others away; as in
 * BuildKit, the image gets it too. */
static void inherit_env(struct stage *s)
{
    json_t *config = image_run_config(&s->image);
    mb_autostrv struct strv env = {0};

    config_strings(config, "Env", &env);
    if (!strv_getenv(&env, "PATH")) {
        strv_setenv(&env, "PATH", CONFIG_DEFAULT_PATH);
        json_object_set_new(config, "Env", config_array(&env));
    }
    for (size_t i = 0; i < env.n; i++) {
        mb_autofree char *name = mb_strndup(env.v[i], strcspn(env.v[i], "="));
        const char *equals = strchr(env.v[i], '=');
        strv_setenv(&s->env, name, equals ? equals + 1 : "");
    }
}

/* Variables and shell come along with the base image. */
static void inherit(struct stage *s)
{
    inherit_env(s);
    config_strings(image_run_config(&s->image), "Shell", &s->shell);
    if (s->shell.n == 0) {
        strv_add(&s->shell, "/bin/sh");
        strv_add(&s->shell, "-c");
    }
    s->chain = stage_chain(&s->image);
}

static void do_from(struct build *b, struct stage *s)
{
    begin_stage(b, s);
    inherit(s);
    if (s->image.id.hex[0])
        stage_say(b, " ---> " DIGEST_SHORT "\n", s->image.id.hex);
    if (s->n_triggers)
        stage_say(b, "# Executing %zu build trigger%s\n", s->n_triggers,
                  s->n_triggers == 1 ? "" : "s");
}

/* ---- the steps ---------------------------------------------------------- */

/* Look the step up; "Using cache" if it is known. */
static bool from_cache(const struct build *b, const struct key *key,
                       struct cache_record *out)
{
    if (b->options->no_cache || !cache_get(b->store, &key->digest, out))
        return false;
    stage_say(b, " ---> Using cache\n");
    return true;
}

/* A step without a layer: its key is the chain of all before it. */
static int do_metadata(struct build *b, struct stage *s,
                       const struct instruction *in, struct mb_error *err)
{
    mb_autobuf struct buf history = BUF_INIT;
    mb_autokey struct key key = KEY_INIT;
    struct cache_record record = {0};

    if (metadata_apply(b, s, in, &history, err) < 0)
        return -1;
    step_begin_key(b, s, in, &key);
    key_add_plain(&key, "before", NULL, s->step_key.hex);
    key_add(&key, "words", NULL, history.s);
    key_finish(&key);
    s->step_key = key.digest;
    if (!from_cache(b, &key, &record)) {
        record.created = b->epoch >= 0 ? b->epoch : time(NULL);
        if (cache_put(b->store, &key, &record, err) < 0)
            return -1;
    }
    s->created = record.created;
    image_add_history(&s->image, record.created, history.s, true);
    return 0;
}

/* Execute the step and remember what came out. */
static int execute(struct build *b, struct stage *s, struct step *step,
                   struct cache_record *record, struct mb_error *err)
{
    if (stage_need_temporary(b, err) < 0 ||
        execute_step(b, s, step, record, err) < 0 ||
        cache_put(b->store, &step->key, record, err) < 0)
        return -1;
    stage_say(b, " ---> layer " DIGEST_SHORT "\n", record->diff_id.hex);
    return 0;
}

/* A step with a layer. */
static int do_layer(struct build *b, struct stage *s,
                    const struct instruction *in, struct mb_error *err)
{
    struct cache_record record;
    struct step step;
    bool copies = in->keyword == DF_COPY || in->keyword == DF_ADD;
    int result =
        (copies ? copyplan_prepare : step_prepare)(b, s, in, &step, err);

    /* Before the work is done, not after it. */
    if (result == 0 && s->image.n_layers == IMAGE_MAX_LAYERS)
        result = image_add_layer(&s->image, &s->chain, 0, err);
    if (result == 0 && b->options->explain_cache)
        misses_explain(b, &step);
    if (result == 0 && !from_cache(b, &step.key, &record))
        result = execute(b, s, &step, &record, err);
    if (result == 0)
        result = image_add_layer(&s->image, &record.diff_id, record.size, err);
    if (result == 0) {
        s->step_key = step.key.digest;
        s->chain = stage_chain(&s->image);
        s->created = record.created;
        image_add_history(&s->image, record.created, step.history.s, false);
    }
    step_done(&step);
    return result;
}

static int do_instruction(struct build *b, struct stage *s,
                          const struct instruction *in, struct mb_error *err)
{
    switch (in->keyword) {
    case DF_FROM:
        do_from(b, s);
        return 0;
    case DF_RUN:
    case DF_COPY:
    case DF_ADD:
    case DF_WORKDIR:
        return do_layer(b, s, in, err);
    default:
        return do_metadata(b, s, in, err);
    }
}

static int build_stage(struct build *b, struct stage *s, struct mb_error *err)
{
    const struct instruction *in;

    for (size_t i = 0; (in = stage_instruction(s, i)); i++) {
        bool trigger = i > 0 && i <= s->n_triggers;
        verify_set_clock(b, s);
        stage_say(b, "Step %d/%d : %s%s\n", ++b->step, b->steps,
                  trigger ? "ONBUILD " : "", in->original);
        if (do_instruction(b, s, in, err) == 0)
            continue;
        if (trigger)
            trigger_point_at(in, err);
        return stage_point_at(b, trigger ? s->first : in, err);
    }
    return 0;
}

/* ---- the end ------------------------------------------------------------ */

/* A --build-arg that no ARG asked for is a mistake more often than not. */
static void warn_unused_args(const struct build *b)
{
    mb_autobuf struct buf names = BUF_INIT;

    arg_unused(b, &names);
    if (names.len)
        stage_say(b,
                  "[Warning] One or more build-args [%s] were not "
                  "consumed\n",
                  names.s);
}

static int build_stages(struct build *b, struct mb_error *err)
{
    for (struct stage *s = b->stages; s <= b->target; s++)
        if (s->needed && build_stage(b, s, err) < 0)
            return -1;
    warn_unused_args(b);
    publish_labels(b);
    return 0;
}

static void build_done(struct build *b)
{
    for (size_t i = 0; i < b->n_stages; i++) {
        struct stage *s = &b->stages[i];
        free(s->name);
        free(s->base);
        trigger_done(s);
        image_done(&s->image);
        strv_done(&s->args);
        strv_done(&s->env);
        strv_done(&s->shell);
    }
    free(b->stages);
    if (b->temporary) {
        store_remove_temporary(b->store, b->temporary);
        close(b->temporary_lock);
        free(b->temporary);
    }
    dockerfile_done(&b->file);
    ignore_done(&b->ignore);
    hashcache_free(b->hashes);
    secret_done(&b->secrets);
    strv_done(&b->globals);
    strv_done(&b->used_args);
    if (b->context >= 0)
        close(b->context);
}

/* ---- checks ------------------------------------------------------------- */

/* A build says how many, and in a line each what; --check says the rest. */
static void say_warnings(const struct build *b,
                         const struct check_report *report)
{
    if (report->n)
        stage_say(b, "\n %zu warning%s found (use --check to expand):\n",
                  report->n, report->n == 1 ? "" : "s");
    for (size_t i = 0; i < report->n; i++)
        stage_say(b, " - %s: %s (line %d)\n", report->warnings[i].rule->name,
                  report->warnings[i].detail, report->warnings[i].line);
}

int build_check(const struct store *store, const struct build_options *options,
                struct check_report *out, struct mb_error *err)
{
    struct build b = {.options = options, .store = store, .context = -1};
    int result = plan_read(&b, err);

    /* Without a target all stages count: this is about the file. */
    for (size_t i = 0; i < b.n_stages; i++)
        b.stages[i].needed = !options->target;
    if (result == 0 && options->target)
        result = plan_target(&b, err);
    *out = (struct check_report){0};
    if (result == 0)
        result = check_run(&b, out, err);
    build_done(&b);
    if (result < 0 && err)
        err->code = 1;
    return result;
}

/* What is to become of the finished image. */
struct ending {
    struct digest *out_id;      /* save it, and tell its ID */
    const struct image *wanted; /* or compare it with this one */
    struct verify *out;
};

static int finish(struct build *b, const struct ending *ending,
                  struct mb_error *err)
{
    struct image *image = &b->target->image;

    if (ending->wanted)
        return verify_images(b->store, ending->wanted, image, ending->out, err);
    if (publish_image(b, err) < 0) /* rule 1 */
        return -1;
    *ending->out_id = image->id;
    return 0;
}

/* The steps, unless a check forbids it. */
static int build_checked(struct build *b, const struct ending *ending,
                         struct mb_error *err)
{
    struct check_report report;
    int result = check_run(b, &report, err);

    if (result == 0 && report.fatal)
        result = check_fail(&report, err);
    if (result == 0)
        result = build_stages(b, err);
    if (result == 0)
        result = finish(b, ending, err);
    say_warnings(b, &report);
    check_done(&report);
    return result;
}

/* Whatever the build begins with. */
static int begin(struct build *b, const struct ending *ending,
                 struct mb_error *err)
{
    if (plan_read(b, err) < 0 || plan_target(b, err) < 0)
        return -1;
    if (b->epoch < 0) /* nobody has set the clock */
        b->clock = ending->wanted;
    return secret_load(&b->options->secrets, &b->secrets, err);
}

static int build_all(const struct store *store,
                     const struct build_options *options,
                     const struct ending *ending, struct mb_error *err)
{
    struct build b = {.options = options, .store = store, .context = -1};
    /* What the build finds in the store must stay there until its end. */
    mb_autoclose int hold = store_hold(store, false, err);
    int result = -1;

    cgroup_sweep();
    if (hold >= 0 && begin(&b, ending, err) == 0)
        result = build_checked(&b, ending, err);
    /* What is forgotten will be read again; no build fails for that. */
    (void)hashcache_save(b.hashes, store, NULL);
    build_done(&b);
    /* As in BuildKit: whatever a command's exit code was, a build fails with
     * 1.  Only a signal to us is told as such. */
    if (result < 0 && err && err->code < 128)
        err->code = 1;
    return result;
}

int build_image(const struct store *store, const struct build_options *options,
                struct digest *out_id, struct mb_error *err)
{
    const struct ending save = {.out_id = out_id};

    return build_all(store, options, &save, err);
}

int build_verify(const struct store *store, const struct build_options *options,
                 const struct image *wanted, struct verify *out,
                 struct mb_error *err)
{
    const struct ending compare = {.wanted = wanted, .out = out};

    return build_all(store, options, &compare, err);
}
