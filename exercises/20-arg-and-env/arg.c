/* SPDX-License-Identifier: MIT */
/* Exercise 20-arg-and-env: fill in the blanks (grep TODO).
 * The lesson: lessons/20-arg-and-env.md.  Try it: make grade EX=20 */
/*
 * arg.c - ARG: whose value it is, and how far it reaches
 *
 * Problem   One name may be given a value in five places, and a value that is
 *           set in one place can't be seen in another.
 * Idea      An ARG looks for its value from the nearest voice to the farthest;
 *           the first that speaks is heard:
 *
 *             --build-arg V=1         whoever starts the build
 *             ARG V=2                 the Dockerfile, right here
 *             ARG V=3 (before FROM)   the Dockerfile, for all stages
 *             TARGETARCH=amd64 ...    the machine
 *
 *           and what it found joins the variables of its stage:
 *
 *             ARG V=3
 *             FROM a$V AS one         a3: FROM sees what is global
 *             RUN echo $V             nothing: a stage doesn't, ...
 *             ARG V
 *             RUN echo $V             3   ... until it asks
 *             FROM one AS two
 *             RUN echo $V             3: inherited along with the files
 *             FROM a3
 *             RUN echo $V             nothing: another stage
 *
 * Rules     1. The nearest voice counts, even if what it says is empty.  Of the
 *              others nothing is even looked at: ${V:?give me one} as a default
 *              fails only if it is needed.
 *           2. ARG and ENV write to the same variables, and the later of two
 *              assignments wins, whichever made it.  (The reference manual says
 *              that ENV always does; BuildKit does not do so.)  But only ENV
 *              gets into the image (engine/env).
 *           3. The *value* of an ARG goes into the history, and whoever has
 *              the image can read it there.
 *           4. Proxies reach every RUN without an ARG, and neither the history
 *              nor the cache knows of them: they say how to fetch, not what.
 * Read      reference.md, "ARG", "Environment replacement";
 *           lessons/20-arg-and-env.md
 */
#include "engine/arg.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/dfquote.h"
#include "engine/expand.h"

const char *arg_given(const struct build *b, const char *name)
{
    const char *value = strv_getenv(&b->options->build_args, name);

    if (!value && strcmp(name, "SOURCE_DATE_EPOCH") == 0)
        value = getenv(name);
    return value;
}

/* The part of "NAME=value" before the "=".  Caller frees. */
static char *name_of(const char *word)
{
    return mb_strndup(word, strcspn(word, "="));
}

/* ---- variables that nobody declares ------------------------------------- */

/* TARGETSTAGE: the name of the stage that the build ends with. */
static void target_stage(const struct build *b, struct buf *out)
{
    const struct instruction *last = NULL;

    for (size_t i = 0; i < b->file.n; i++)
        if (b->file.instructions[i].keyword == DF_FROM)
            last = &b->file.instructions[i];
    if (b->options->target)
        buf_adds(out, b->options->target);
    else if (last && last->args.n == 3)
        dfquote_lower(out, last->args.v[2], strlen(last->args.v[2]));
    else
        buf_adds(out, "default");
}

void arg_predefined(const struct build *b, struct strv *out)
{
    static const char *const sides[] = {"BUILD", "TARGET"};
    mb_autobuf struct buf stage = BUF_INIT;
    const char *arch = image_architecture();

    for (size_t i = 0; i < 2; i++) {
        strv_addf(out, "%sPLATFORM=linux/%s", sides[i], arch);
        strv_addf(out, "%sOS=linux", sides[i]);
        strv_addf(out, "%sOSVERSION=", sides[i]);
        strv_addf(out, "%sARCH=%s", sides[i], arch);
        strv_addf(out, "%sVARIANT=", sides[i]);
    }
    target_stage(b, &stage);
    strv_addf(out, "TARGETSTAGE=%s", stage.s);
    for (size_t i = 0; i < out->n; i++) {
        mb_autofree char *name = name_of(out->v[i]);
        const char *given = arg_given(b, name);
        if (given)
            strv_setenv(out, name, given);
    }
}

/* Is it one of the names that proxies have, in capitals or not? */
static bool is_proxy(const char *name)
{
    static const char *const names[] = {"http_proxy", "https_proxy",
                                        "ftp_proxy", "no_proxy", "all_proxy"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

void arg_proxies(const struct build *b, struct strv *env)
{
    const struct strv *given = &b->options->build_args;

    for (size_t i = 0; i < given->n; i++) {
        mb_autofree char *name = name_of(given->v[i]);
        const char *value = strv_getenv(given, name);
        if (!is_proxy(name) || !*value)
            continue;
        /* In both ways, as some programs know only one of them. */
        for (char *p = name; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        strv_setenv(env, name, value);
        for (char *p = name; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        strv_setenv(env, name, value);
    }
}

void arg_unused(const struct build *b, struct buf *names)
{
    const struct strv *given = &b->options->build_args;
    mb_autostrv struct strv predefined = {0};

    arg_predefined(b, &predefined);
    for (size_t i = 0; i < given->n; i++) {
        mb_autofree char *name = name_of(given->v[i]);
        if (!strv_has(&b->used_args, name) && !is_proxy(name) &&
            !strv_getenv(&predefined, name) &&
            strcmp(name, "SOURCE_DATE_EPOCH") != 0 &&
            !starts_with(name, "BUILDKIT_"))
            buf_addf(names, "%s%s", names->len ? " " : "", name);
    }
}

/* ---- ARG ---------------------------------------------------------------- */

/* The value for WORD, NAME[=default], or NULL if nobody has one.  VARIABLES are
 * those that the default may use. */
static int find_value(struct build *b, const char *word,
                      const struct strv *variables, char **out,
                      struct mb_error *err)
{
    mb_autofree char *name = name_of(word);
    const char *equals = strchr(word, '='), *given = arg_given(b, name);

    if (given && !strv_has(&b->used_args, name))
        strv_add(&b->used_args, name);
    // TODO step 3: rule 1: *out is a copy of the first voice's word: given with
    //   the build, behind `equals` (expand_word() it; b->file.escape is the
    //   escape), or global; NULL when all are silent. A default that is not
    //   needed is not even looked at
    return mb_failx(err, "exercise 20 step 3: not written yet");
    return 0;
}

int arg_global(struct build *b, const struct instruction *in,
               struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++) {
        mb_autofree char *name = name_of(in->args.v[i]), *value = NULL;
        if (find_value(b, in->args.v[i], &b->globals, &value, err) < 0)
            return -1;
        if (value)
            strv_setenv(&b->globals, name, value);
    }
    return 0;
}

/* One word of an ARG instruction.  The next one can see it already, unlike in
 * ENV. */
static int declare_one(struct build *b, struct stage *s, const char *word,
                       struct buf *history, struct mb_error *err)
{
    mb_autofree char *name = name_of(word), *value = NULL;

    if (find_value(b, word, &s->env, &value, err) < 0)
        return -1;
    if (!strv_has(&s->args, name))
        strv_add(&s->args, name);
    buf_addf(history, " %s", name);
    if (!value)
        return 0;
    strv_setenv(&s->env, name, value); /* rule 2 */
    buf_addf(history, "=%s", value);   /* rule 3 */
    return 0;
}

int arg_declare(struct build *b, struct stage *s, const struct instruction *in,
                struct buf *history, struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++)
        if (declare_one(b, s, in->args.v[i], history, err) < 0)
            return -1;
    return 0;
}
