/* SPDX-License-Identifier: MIT */
/*
 * step.c - one instruction, one layer: what it is made from
 *
 * Problem   Before a step is done we must know whether it was done already:
 *           so everything that its result depends on must be known first.
 * Idea      Prepare, then ask the cache, then execute (engine/execute):
 *
 *             RUN make      key: files so far, argv, variables, user, cwd
 *             COPY a /b     key: files so far, content of a, /b, owner, mode
 *             WORKDIR /x    key: files so far, /x, user
 *
 * Rules     1. RUN's words are not expanded here; its shell does that, with
 *              the variables in its environment.
 *           2. All variables are part of RUN's key, used or not: nobody can
 *              tell what a shell will look at.  Proxies are not: they say how
 *              to fetch, not what.
 *           3. The history shows ARG values as |N NAME=value in front of a
 *              RUN, in the order of their declaration.
 * Read      reference.md, "RUN", "COPY"; lessons/22-build.md
 */
#include "engine/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/copy.h"
#include "engine/expand.h"
#include "engine/metadata.h"
#include "image/lookup.h"

void step_done(struct step *step)
{
    buf_done(&step->history);
    strv_done(&step->argv);
    strv_done(&step->sources);
    strv_done(&step->texts);
    free(step->dest);
    free(step->typed_dest);
    free(step->chown);
    free(step->chmod);
    if (step->has_from)
        image_done(&step->from);
    *step = (struct step){.history = BUF_INIT};
}

struct digest step_chain(const struct image *image)
{
    struct hasher h;

    hasher_init(&h);
    for (size_t i = 0; i < image->n_layers; i++)
        hasher_add_str(&h, image->layers[i].diff_id.hex);
    return hasher_finish(&h);
}

/* What all keys begin with: the kind of step, what lies below, the clock. */
static void begin_key(const struct build *b, const struct stage *s,
                      const struct instruction *in, struct hasher *h)
{
    hasher_init(h);
    hasher_add_str(h, keyword_name(in->keyword));
    hasher_add_str(h, s->chain.hex);
    hasher_add(h, &b->epoch, sizeof b->epoch);
}

static void hash_list(struct hasher *h, const struct strv *list)
{
    hasher_add(h, &list->n, sizeof list->n);
    for (size_t i = 0; i < list->n; i++)
        hasher_add_str(h, list->v[i]);
}

/* A flag of the instruction, expanded; NULL when it is not there. */
static int expand_flag(const struct build *b, const struct stage *s,
                       const struct instruction *in, const char *flag,
                       char **out, struct mb_error *err)
{
    const char *value = instruction_flag(in, flag);

    return value ? stage_expand(b, s, value, out, err) : 0;
}

/* A flag of BuildKit's that parses, but that nothing here carries out. */
static int refuse_flags(const struct instruction *in, const char *const *names,
                        struct mb_error *err)
{
    for (; *names; names++)
        if (instruction_flag(in, *names))
            return mb_failx(err, "%s --%s is not in minibox",
                            keyword_name(in->keyword), *names);
    return 0;
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

static int prepare_run(struct build *b, struct stage *s, struct step *step,
                       struct mb_error *err)
{
    static const char *const not_here[] = {"mount", "security", "device", NULL};
    const json_t *config = image_run_config(&s->image);
    const char *network = instruction_flag(step->in, "network");
    struct hasher h;

    if (refuse_flags(step->in, not_here, err) < 0 ||
        run_argv(s, step->in, &step->argv, err) < 0)
        return -1;
    run_history(s, &step->argv, &step->history);
    begin_key(b, s, step->in, &h);
    hash_list(&h, &step->argv);
    hash_list(&h, &s->env); /* rule 2 */
    hasher_add_str(&h, config_string(config, "User"));
    hasher_add_str(&h, config_string(config, "WorkingDir"));
    hasher_add_str(&h, b->options->no_network ? "none" : "host");
    hasher_add_str(&h, network ? network : "");
    step->key = hasher_finish(&h);
    return 0;
}

/* ---- COPY and ADD ------------------------------------------------------- */

/* Expand the words; the last one is the destination. */
static int copy_words(const struct build *b, const struct stage *s,
                      struct step *step, struct mb_error *err)
{
    const struct strv *words = &step->in->args;
    const char *cwd = config_string(image_run_config(&s->image), "WorkingDir");
    mb_autofree char *dest = NULL;

    for (size_t i = 0; i + 1 < words->n; i++) {
        char *source = NULL;
        if (stage_expand(b, s, words->v[i], &source, err) < 0)
            return -1;
        strv_take(&step->sources, source);
    }
    if (stage_expand(b, s, words->v[words->n - 1], &dest, err) < 0)
        return -1;
    mb_autofree char *clean = fs_clean_path(*cwd ? cwd : "/", dest);
    bool dir = *dest == '\0' || ends_with(dest, "/") || ends_with(dest, "/.") ||
               strcmp(dest, ".") == 0;
    step->dest = mb_printf("%s%s", clean, dir && clean[1] ? "/" : "");
    step->typed_dest = mb_steal(&dest);
    return 0;
}

/* The heredocs, with the variables put in. */
static int copy_texts(const struct build *b, const struct stage *s,
                      struct step *step, struct mb_error *err)
{
    for (size_t i = 0; i < step->in->n_heredocs; i++) {
        const struct heredoc *doc = &step->in->heredocs[i];
        char *text = NULL;
        if (!doc->expand)
            text = mb_strdup(doc->content);
        else if (expand_text(doc->content, b->file.escape, &s->env, &text,
                             err) < 0)
            return -1;
        strv_take(&step->texts, text);
    }
    return 0;
}

static void copy_history(struct step *step)
{
    struct buf *out = &step->history;

    buf_adds(out, keyword_name(step->in->keyword));
    if (step->chown)
        buf_addf(out, " --chown=%s", step->chown);
    if (step->chmod)
        buf_addf(out, " --chmod=%s", step->chmod);
    for (size_t i = 0; i < step->sources.n; i++)
        buf_addf(out, " %s", step->sources.v[i]);
    buf_addf(out, " %s # buildkit", step->typed_dest);
}

/* COPY --from: an earlier stage, or an image of the store. */
static int find_from(struct build *b, const struct stage *s, struct step *step,
                     struct mb_error *err)
{
    const char *name = instruction_flag(step->in, "from");

    if (!name)
        return 0;
    const struct stage *stage = stage_find(b, s, name);
    if (stage)
        image_copy(&step->from, &stage->image);
    else if (lookup_image(b->store, name, &step->from, err) < 0)
        return -1;
    step->has_from = true;
    return 0;
}

/* What the files are: their content, or, from another image, its layers. */
static int hash_sources(const struct build *b, const struct step *step,
                        struct hasher *h, struct mb_error *err)
{
    const struct copy copy = {.source_root = b->context,
                              .ignore = &b->ignore,
                              .sources = &step->sources,
                              .dest = step->dest,
                              .mode = -1};
    struct digest content;

    hash_list(h, &step->texts);
    hash_list(h, &step->sources);
    if (step->has_from)
        content = step_chain(&step->from);
    else if (step->in->n_heredocs)
        return 0;
    else if (copy_digest(&copy, &content, err) < 0)
        return -1;
    hasher_add_str(h, content.hex);
    return 0;
}

static int refuse_urls(const struct step *step, struct mb_error *err)
{
    for (size_t i = 0; i < step->sources.n; i++)
        if (strstr(step->sources.v[i], "://") ||
            starts_with(step->sources.v[i], "git@")) {
            mb_failx(err, "ADD of %s: URLs are not in minibox",
                     step->sources.v[i]);
            return mb_hint(err, "RUN curl -f or RUN wget fetches it");
        }
    return 0;
}

static int prepare_copy(struct build *b, struct stage *s, struct step *step,
                        struct mb_error *err)
{
    static const char *const not_here[] = {"checksum", NULL};
    const char *link = instruction_flag(step->in, "link");
    struct hasher h;

    if (refuse_flags(step->in, not_here, err) < 0 ||
        copy_words(b, s, step, err) < 0 || copy_texts(b, s, step, err) < 0 ||
        expand_flag(b, s, step->in, "chown", &step->chown, err) < 0 ||
        expand_flag(b, s, step->in, "chmod", &step->chmod, err) < 0 ||
        find_from(b, s, step, err) < 0)
        return -1;
    if (step->in->keyword == DF_ADD && refuse_urls(step, err) < 0)
        return -1;
    if (link && strcasecmp(link, "true") == 0)
        stage_say(b, " ---> note: --link is not in minibox: this is a copy "
                     "like any other\n");
    copy_history(step);
    begin_key(b, s, step->in, &h);
    if (hash_sources(b, step, &h, err) < 0)
        return -1;
    hasher_add_str(&h, step->dest);
    hasher_add_str(&h, step->chown ? step->chown : "");
    hasher_add_str(&h, step->chmod ? step->chmod : "");
    step->key = hasher_finish(&h);
    return 0;
}

/* ---- WORKDIR ------------------------------------------------------------ */

static int prepare_workdir(struct build *b, struct stage *s, struct step *step,
                           struct mb_error *err)
{
    json_t *config = image_run_config(&s->image);
    const char *cwd = config_string(config, "WorkingDir");
    mb_autofree char *word = NULL;
    struct hasher h;

    if (stage_expand(b, s, step->in->args.v[0], &word, err) < 0)
        return -1;
    metadata_warn_comment(b, step->in, word);
    step->dest = fs_clean_path(*cwd ? cwd : "/", word);
    buf_addf(&step->history, "WORKDIR %s", step->dest);
    json_object_set_new(config, "WorkingDir", json_string(step->dest));
    begin_key(b, s, step->in, &h);
    hasher_add_str(&h, step->dest);
    hasher_add_str(&h, config_string(config, "User"));
    step->key = hasher_finish(&h);
    return 0;
}

int step_prepare(struct build *b, struct stage *s, const struct instruction *in,
                 struct step *out, struct mb_error *err)
{
    *out = (struct step){.in = in, .history = BUF_INIT};
    if (in->keyword == DF_RUN)
        return prepare_run(b, s, out, err);
    if (in->keyword == DF_WORKDIR)
        return prepare_workdir(b, s, out, err);
    return prepare_copy(b, s, out, err);
}
