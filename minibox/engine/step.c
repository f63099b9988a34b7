/* SPDX-License-Identifier: MIT */
/*
 * step.c - one instruction, one layer: what it is made from
 *
 * Problem   Before a step is done we must know whether it was done already:
 *           so everything that its result depends on must be known first.
 * Idea      Prepare, then ask the cache, then execute (engine/execute):
 *
 *             RUN make      key: files so far, argv, variables, user, cwd,
 *                                network, mounts (engine/runmount)
 *             COPY a /b     see engine/copyplan
 *             WORKDIR /x    key: files so far, /x, user
 *
 * Rules     1. RUN's words are not expanded here; its shell does that, with
 *              the variables in its environment.
 *           2. All variables are part of RUN's key, used or not: nobody can
 *              tell what a shell will look at.  Proxies are not: they say how
 *              to fetch, not what.
 *           3. The history shows ARG values as |N NAME=value in front of a
 *              RUN, in the order of their declaration.
 * Read      reference.md, "RUN"; lessons/22-build.md
 */
#include "engine/step.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/metadata.h"

void step_done(struct step *step)
{
    buf_done(&step->history);
    key_done(&step->key);
    strv_done(&step->argv);
    strv_done(&step->sources);
    strv_done(&step->urls);
    strv_done(&step->fetched);
    strv_done(&step->texts);
    runmount_done(&step->mounts);
    free(step->dest);
    free(step->chown);
    free(step->chmod);
    if (step->has_from)
        image_done(&step->from);
    *step = (struct step){.history = BUF_INIT, .key = KEY_INIT};
}

void step_begin_key(const struct build *b, const struct stage *s,
                    const struct instruction *in, struct key *key)
{
    mb_autofree char *epoch = mb_printf("%" PRId64, b->epoch);

    key_begin(key, keyword_name(in->keyword));
    key_add_plain(key, "below", NULL, s->chain.hex);
    key_add_plain(key, "clock", NULL, epoch);
}

/* ---- RUN ---------------------------------------------------------------- */

/* RUN <<EOF alone: the text is the script.  RUN cmd <<EOF: the shell knows
 * heredocs itself, so it gets the text behind its line. */
static int heredoc_command(const struct instruction *in, struct buf *out,
                           struct mb_error *err)
{
    const char *line = in->args.n ? in->args.v[0] : "";
    const struct heredoc *first = &in->heredocs[0];

    if (starts_with(line, "<<") && !strpbrk(line, " \t;|&>")) {
        if (starts_with(first->content, "#!"))
            return mb_failx(err, "RUN with a heredoc that starts with #! is "
                                 "not in minibox: COPY the script, then RUN "
                                 "it");
        buf_adds(out, first->content);
        return 0;
    }
    buf_addf(out, "%s\n", line);
    for (size_t i = 0; i < in->n_heredocs; i++)
        buf_addf(out, "%s%s\n", in->heredocs[i].content, in->heredocs[i].name);
    return 0;
}

static int run_argv(const struct stage *s, const struct instruction *in,
                    struct strv *out, struct mb_error *err)
{
    mb_autobuf struct buf script = BUF_INIT;

    if (in->json) {
        strv_add_all(out, in->args.v);
        return 0;
    }
    strv_add_all(out, s->shell.v);
    if (in->n_heredocs == 0) {
        strv_add_all(out, in->args.v);
        return 0;
    }
    if (heredoc_command(in, &script, err) < 0)
        return -1;
    strv_add(out, script.s);
    return 0;
}

/* Rule 3. */
static void run_history(const struct stage *s, const struct strv *argv,
                        struct buf *out)
{
    buf_adds(out, "RUN");
    if (s->args.n)
        buf_addf(out, " |%zu", s->args.n);
    for (size_t i = 0; i < s->args.n; i++) {
        const char *value = strv_getenv(&s->env, s->args.v[i]);
        buf_addf(out, " %s=%s", s->args.v[i], value ? value : "");
    }
    for (size_t i = 0; i < argv->n; i++)
        buf_addf(out, " %s", argv->v[i]);
    buf_adds(out, " # buildkit");
}

/* Work out the key of a RUN whose command and mounts are known. */
static int run_key(const struct build *b, const struct stage *s,
                   struct step *step, struct mb_error *err)
{
    const json_t *config = image_run_config(&s->image);

    /* STEP 3, 3 points: begin the key, add everything that can make the command
     * do something else, and nothing that can't (rule 2); finish it */
    step_begin_key(b, s, step->in, &step->key);
    key_add_words(&step->key, "command", &step->argv);
    key_add_variables(&step->key, &s->env); /* rule 2 */
    key_add(&step->key, "user", NULL, config_string(config, "User"));
    key_add(&step->key, "workdir", NULL, config_string(config, "WorkingDir"));
    key_add_plain(&step->key, "network", NULL,
                  runmount_has_network(b, step->in) ? "host" : "none");
    if (runmount_add_to_key(b, &step->mounts, &step->key, err) < 0)
        return -1;
    key_finish(&step->key);
    /* END STEP 3 */
    return 0;
}

static int prepare_run(struct build *b, struct stage *s, struct step *step,
                       struct mb_error *err)
{
    if (runmount_check(b, step->in, err) < 0 ||
        runmount_collect(b, s, step->in, &step->mounts, err) < 0 ||
        run_argv(s, step->in, &step->argv, err) < 0)
        return -1;
    run_history(s, &step->argv, &step->history);
    return run_key(b, s, step, err);
}

/* ---- WORKDIR ------------------------------------------------------------ */

static int prepare_workdir(struct build *b, struct stage *s, struct step *step,
                           struct mb_error *err)
{
    json_t *config = image_run_config(&s->image);
    const char *cwd = config_string(config, "WorkingDir");
    mb_autofree char *word = NULL;

    if (stage_expand(b, s, step->in->args.v[0], &word, err) < 0)
        return -1;
    metadata_warn_comment(b, step->in, word);
    step->dest = fs_clean_path(*cwd ? cwd : "/", word);
    buf_addf(&step->history, "WORKDIR %s", step->dest);
    json_object_set_new(config, "WorkingDir", json_string(step->dest));
    step_begin_key(b, s, step->in, &step->key);
    key_add(&step->key, "directory", NULL, step->dest);
    key_add(&step->key, "user", NULL, config_string(config, "User"));
    key_finish(&step->key);
    return 0;
}

int step_prepare(struct build *b, struct stage *s, const struct instruction *in,
                 struct step *out, struct mb_error *err)
{
    *out = (struct step){.in = in, .history = BUF_INIT, .key = KEY_INIT};
    return in->keyword == DF_RUN ? prepare_run(b, s, out, err)
                                 : prepare_workdir(b, s, out, err);
}
