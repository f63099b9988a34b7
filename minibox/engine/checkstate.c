/* SPDX-License-Identifier: MIT */
/*
 * checkstate.c - a build that only pretends
 *
 * Problem   Whether $DIR is defined, or "app" a relative path in an absolute
 *           one, depends on all that came before in the stage, in the stages
 *           below it, and in the base image.
 * Idea      Go through the Dockerfile as a build would, but let instructions
 *           change nothing but this state:
 *
 *             ARG V=1          globals   V=1
 *             FROM a AS one    stage one: the env of image a
 *             ENV DIR=/srv     stage one: + DIR=/srv
 *             FROM one         stage 1: a copy of stage one
 *             COPY f $DIR      rules look here; DIR is known
 *
 * Rules     1. PATH is always set: a builder sets it if the image does not.
 *           2. An image that is not here is taken to set PATH alone.  Checking
 *              fetches nothing.
 * Read      reference.md, "Environment replacement"; lessons/20-arg-and-env.md
 */
#include "engine/checkstate.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/arg.h"
#include "engine/config.h"
#include "engine/ports.h"
#include "engine/stopsignal.h"
#include "image/lookup.h"

/* ---- warnings ----------------------------------------------------------- */

void checkstate_warn(struct check *c, const struct instruction *in,
                     const char *fmt, ...)
{
    va_list ap;
    char *detail = NULL;

    va_start(ap, fmt);
    if (vasprintf(&detail, fmt, ap) < 0)
        detail = mb_strdup(fmt);
    va_end(ap);
    for (char *p = detail; *p; p++) /* a stranger's, and for a terminal */
        if (iscntrl((unsigned char)*p))
            *p = '?';
    c->warnings =
        mb_realloc(c->warnings, (c->n_warnings + 1) * sizeof *c->warnings);
    size_t at = c->n_warnings++;
    /* One about an earlier line comes late now and then. */
    for (; at > 0 && c->warnings[at - 1].line > in->line; at--)
        c->warnings[at] = c->warnings[at - 1];
    c->warnings[at] =
        (struct check_warning){c->rule, detail, in->line, in->last_line};
}

char *checkstate_keyword(const struct instruction *in)
{
    return mb_strndup(in->original + in->word, in->word_len);
}

/* ---- what is known before the first line -------------------------------- */

/* Count how the instructions are written.  Those in mixed case have no vote,
 * nor have ARGs before the first FROM; a tie is for capitals. */
static bool mostly_lower(const struct build *b)
{
    long votes = 0;

    for (const struct instruction *in = b->stages[0].first;
         in < b->file.instructions + b->file.n; in++) {
        mb_autofree char *word = checkstate_keyword(in);
        size_t upper = 0, len = strlen(word);
        for (size_t i = 0; i < len; i++)
            upper += !!isupper((unsigned char)word[i]);
        votes += upper == 0 ? 1 : upper == len ? -1 : 0;
    }
    return votes > 0;
}

void checkstate_init(struct check *c, struct build *build)
{
    *c = (struct check){.build = build};
    c->stages = mb_alloc(build->n_stages * sizeof *c->stages);
    c->lower = mostly_lower(build);
    arg_predefined(build, &c->globals);
    strv_add_all(&c->defaults, c->globals.v);
}

/* Forget the words of the instruction before. */
static void clear_words(struct check *c)
{
    for (size_t i = 0; i < c->n_words; i++)
        expand_trace_done(&c->words[i]);
    free(c->words);
    c->words = NULL;
    c->n_words = 0;
    strv_done(&c->ports);
}

void checkstate_done(struct check *c)
{
    clear_words(c);
    for (size_t i = 0; i < c->build->n_stages; i++) {
        strv_done(&c->stages[i].env);
        strv_done(&c->stages[i].declared);
    }
    free(c->stages);
    strv_done(&c->declared);
    strv_done(&c->globals);
    strv_done(&c->defaults);
    for (size_t i = 0; i < c->n_warnings; i++)
        free(c->warnings[i].detail);
    free(c->warnings);
}

/* ---- before an instruction ---------------------------------------------- */

/* Whose arguments have their variables replaced, each on its own.  The others
 * leave them to a shell, or to another day (ONBUILD); EXPOSE is apart. */
static const bool expands[DF_WORKDIR + 1] = {
    [DF_ADD] = true,     [DF_ARG] = true,    [DF_COPY] = true,
    [DF_ENV] = true,     [DF_FROM] = true,   [DF_LABEL] = true,
    [DF_USER] = true,    [DF_VOLUME] = true, [DF_STOPSIGNAL] = true,
    [DF_WORKDIR] = true,
};

/* Of an ARG, all that can be replaced: its default, if it is needed. */
static const char *default_of(const struct check *c, const char *word)
{
    const char *equals = strchr(word, '=');
    mb_autofree char *name = mb_strndup(word, strcspn(word, "="));

    if (!equals || strv_getenv(&c->build->options->build_args, name))
        return "";
    return equals + 1;
}

/* Expand TEXT with what is known here; a FROM knows globals only. */
static int add_word(struct check *c, const struct instruction *in,
                    const char *text, bool heredoc, struct mb_error *err)
{
    bool inside = c->stage && in->keyword != DF_FROM;
    struct expand_trace *word;

    c->words = mb_realloc(c->words, (c->n_words + 1) * sizeof *c->words);
    word = &c->words[c->n_words++];
    *word = (struct expand_trace){.heredoc = heredoc};
    return expand_traced(text, c->build->file.escape,
                         inside ? &c->stage->env : &c->globals, word, err);
}

/* The values of flags that may hold variables. */
static int add_flags(struct check *c, const struct instruction *in,
                     struct mb_error *err)
{
    static const char *const names[] = {
        "--platform=", "--chown=",   "--chmod=",
        "--checksum=", "--exclude=", "--mount="};

    for (size_t i = 0; i < in->flags.n; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (starts_with(in->flags.v[i], names[k]) &&
                add_word(c, in, in->flags.v[i] + strlen(names[k]), false, err) <
                    0)
                return -1;
    return 0;
}

int checkstate_before(struct check *c, const struct instruction *in,
                      struct mb_error *err)
{
    clear_words(c);
    for (size_t i = 0; expands[in->keyword] && i < in->args.n; i++) {
        const char *text = in->args.v[i];
        if (in->keyword == DF_ARG)
            text = default_of(c, text);
        if (add_word(c, in, text, false, err) < 0)
            return -1;
    }
    if (add_flags(c, in, err) < 0)
        return -1;
    /* The bodies of RUN's are the shell's. */
    bool copies = in->keyword == DF_COPY || in->keyword == DF_ADD;
    for (size_t i = 0; copies && i < in->n_heredocs; i++)
        if (in->heredocs[i].expand &&
            add_word(c, in, in->heredocs[i].content, true, err) < 0)
            return -1;
    for (size_t i = 0; in->keyword == DF_EXPOSE && i < in->args.n; i++)
        if (expand_words(in->args.v[i], c->build->file.escape, &c->stage->env,
                         &c->ports, err) < 0)
            return -1;
    return 0;
}

/* ---- after it ----------------------------------------------------------- */

/* Begin with what an image sets. */
static void begin_with_config(struct check *c, const json_t *config)
{
    mb_autostrv struct strv shell = {0};

    config_strings(config, "Env", &c->stage->env);
    config_strings(config, "Shell", &shell);
    c->stage->shell = shell.n > 0;
}

/* Begin stage S with what the image NAME sets (rule 2).  A build has loaded it
 * already. */
static void begin_with_image(struct check *c, const struct stage *s,
                             const char *name)
{
    struct image image;

    if (s->image.config) {
        begin_with_config(c, image_run_config(&s->image));
        return;
    }
    if (!c->build->store ||
        lookup_image(c->build->store, name, &image, NULL) < 0)
        return;
    begin_with_config(c, image_run_config(&image));
    image_done(&image);
}

/* FROM: c->words[0] names the base. */
static void begin_stage(struct check *c)
{
    struct build *b = c->build;
    const char *base = c->words[0].text;

    c->stage = c->stage ? c->stage + 1 : c->stages;
    const struct stage *stage = b->stages + (c->stage - c->stages);
    const struct stage *below = stage_find(b, stage, base);
    if (below) {
        const struct check_stage *from = &c->stages[below - b->stages];
        strv_add_all(&c->stage->env, from->env.v);
        strv_add_all(&c->stage->declared, from->declared.v);
        c->stage->shell = from->shell;
        c->stage->workdir = from->workdir;
    } else {
        begin_with_image(c, stage, base);
    }
    if (!strv_getenv(&c->stage->env, "PATH")) /* rule 1 */
        strv_setenv(&c->stage->env, "PATH", CONFIG_DEFAULT_PATH);
}

/* The ARG of WORD, whose default is VALUE, in a stage or before all. */
static void declare(struct check *c, const char *word, const char *value)
{
    mb_autofree char *name = mb_strndup(word, strcspn(word, "="));
    const char *given = strv_getenv(&c->build->options->build_args, name);
    struct strv *env = c->stage ? &c->stage->env : &c->globals;

    strv_add(c->stage ? &c->stage->declared : &c->declared, name);
    if (given)
        value = given;
    else if (!strchr(word, '='))
        value = c->stage ? strv_getenv(&c->globals, name) : NULL;
    if (value)
        strv_setenv(env, name, value);
}

/* What the global ARG of WORD is if nobody says --build-arg. */
static int set_default(struct check *c, const char *word, struct mb_error *err)
{
    mb_autofree char *name = mb_strndup(word, strcspn(word, "="));
    mb_autofree char *value = NULL;

    if (!strchr(word, '='))
        return 0;
    if (expand_word(strchr(word, '=') + 1, c->build->file.escape, &c->defaults,
                    &value, err) < 0)
        return -1;
    strv_setenv(&c->defaults, name, value);
    return 0;
}

/* ARG, as often as it has words. */
static int declare_all(struct check *c, const struct instruction *in,
                       struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++) {
        if (!c->stage && set_default(c, in->args.v[i], err) < 0)
            return -1;
        declare(c, in->args.v[i], c->words[i].text);
    }
    return 0;
}

/* What a build would refuse for its value, a check does not pass. */
static int check_value(const struct check *c, const struct instruction *in,
                       struct mb_error *err)
{
    mb_autostrv struct strv unused = {0};

    for (size_t i = 0; i < c->ports.n; i++)
        if (ports_parse(c->ports.v[i], &unused, err) < 0)
            return -1;
    return in->keyword == DF_STOPSIGNAL
               ? stopsignal_check(c->words[0].text, err)
               : 0;
}

int checkstate_after(struct check *c, const struct instruction *in,
                     struct mb_error *err)
{
    if (check_value(c, in, err) < 0 ||
        (in->keyword == DF_ARG && declare_all(c, in, err) < 0))
        return -1;
    if (in->keyword == DF_FROM)
        begin_stage(c);
    if (!c->stage)
        return 0;
    /* Not before all are known: they do not see each other. */
    for (size_t i = 0; in->keyword == DF_ENV && i + 1 < in->args.n; i += 2)
        strv_setenv(&c->stage->env, c->words[i].text, c->words[i + 1].text);
    c->stage->shell |= in->keyword == DF_SHELL;
    c->stage->workdir |= in->keyword == DF_WORKDIR;
    c->stage->last[in->keyword] = in;
    return 0;
}
