/* SPDX-License-Identifier: MIT */
/*
 * checkform.c - rules about how a Dockerfile is written
 *
 * Problem   A builder understands "From x As Y" as well as "FROM x AS y".  A
 *           reader stumbles, and so will the reader's search.
 * Idea      Each rule compares what is written with what is usual:
 *
 *             FROM alpine as Build       as: the case of FROM; Build: lower
 *             RUN make \
 *                                        <- an empty line goes on, today
 *                 install
 *             env KEY value              env: most are in capitals; and
 *                                        KEY=value is today's form
 *
 * Rules     1. The tree keeps no trace of all this.  What is not in it is
 *              looked up in the lines of the file.
 * Read      docs.docker.com/reference/build-checks; lessons/19-dockerfile.md
 */
#include "engine/checkform.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Is there no letter in S that CASE (isupper, islower) says yes to? */
static bool none_is(const char *s, int (*in_case)(int))
{
    while (*s && !in_case((unsigned char)*s))
        s++;
    return !*s;
}

/* ---- names of stages ---------------------------------------------------- */

/* The name that a FROM gives to its stage, or NULL. */
static const char *stage_name(const struct instruction *in)
{
    return in->keyword == DF_FROM && in->args.n == 3 ? in->args.v[2] : NULL;
}

/* The same as it is remembered: in lower case.  The caller frees. */
static char *lower_name(const char *name)
{
    char *lower = mb_strdup(name);

    for (char *c = lower; *c; c++)
        *c = tolower((unsigned char)*c);
    return lower;
}

void checkform_stage_casing(struct check *c, const struct instruction *in)
{
    const char *name = stage_name(in);

    if (name && !none_is(name, isupper))
        checkstate_warn(c, in, "Stage name '%s' should be lowercase", name);
}

void checkform_as_casing(struct check *c, const struct instruction *in)
{
    mb_autofree char *from = checkstate_keyword(in);

    if (!stage_name(in))
        return;
    /* "From" in mixed case is another rule's business. */
    if ((none_is(from, isupper) && !none_is(in->args.v[1], isupper)) ||
        (none_is(from, islower) && !none_is(in->args.v[1], islower)))
        checkstate_warn(c, in, "'%s' and '%s' keywords' casing do not match",
                        in->args.v[1], from);
}

void checkform_duplicate_stage(struct check *c, const struct instruction *in)
{
    const char *name = stage_name(in);

    for (const struct stage *s = c->build->stages; name && s->first < in; s++) {
        if (!s->name || strcasecmp(s->name, name) != 0)
            continue;
        mb_autofree char *lower = lower_name(name);
        checkstate_warn(c, in,
                        "Duplicate stage name \"%s\", stage names should be "
                        "unique",
                        lower);
        return;
    }
}

void checkform_reserved_stage(struct check *c, const struct instruction *in)
{
    const char *name = stage_name(in);

    if (!name ||
        (strcasecmp(name, "scratch") != 0 && strcasecmp(name, "context") != 0))
        return;
    mb_autofree char *lower = lower_name(name);
    checkstate_warn(c, in,
                    "Stage name should not use the same name as reserved stage "
                    "\"%s\"",
                    lower);
}

/* ---- lines -------------------------------------------------------------- */

/* The last line of IN that is not of a here-document. */
static int last_own_line(const struct instruction *in)
{
    int line = in->last_line;

    for (size_t i = 0; i < in->n_heredocs; i++) {
        line--; /* the one that ends it */
        for (const char *p = in->heredocs[i].content; (p = strchr(p, '\n'));)
            p++, line--;
    }
    return line;
}

void checkform_empty_line(struct check *c, const struct instruction *in)
{
    struct instruction end = *in;

    end.line = end.last_line = last_own_line(in);
    for (int line = in->line + 1; line <= end.line; line++)
        if (none_is(c->build->file.lines.v[line - 1], isgraph)) {
            checkstate_warn(c, &end, "Empty continuation line");
            return;
        }
}

void checkform_casing(struct check *c, const struct instruction *in)
{
    mb_autofree char *word = checkstate_keyword(in);

    if (!c->stage && in->keyword == DF_ARG) /* before the first FROM */
        return;
    if (!none_is(word, c->lower ? isupper : islower))
        checkstate_warn(c, in,
                        "Command '%s' should match the case of the command "
                        "majority (%s)",
                        word, c->lower ? "lowercase" : "uppercase");
}

/* ---- old forms ---------------------------------------------------------- */

void checkform_maintainer(struct check *c, const struct instruction *in)
{
    if (in->keyword == DF_MAINTAINER)
        checkstate_warn(c, in,
                        "Maintainer instruction is deprecated in favor of "
                        "using label");
}

void checkform_legacy_pair(struct check *c, const struct instruction *in)
{
    mb_autofree char *word = checkstate_keyword(in);

    if (in->old)
        checkstate_warn(c, in,
                        "\"%s key=value\" should be used instead of legacy "
                        "\"%s key value\" format",
                        word, word);
}

/* ---- comments ----------------------------------------------------------- */

/* The first visible character from P on. */
static const char *skip_space(const char *p)
{
    while (isspace((unsigned char)*p))
        p++;
    return p;
}

const char *checkform_directive(const char *line, const char *name)
{
    const char *p = skip_space(line);

    if (*p != '#')
        return NULL;
    p = skip_space(p + 1);
    if (strncasecmp(p, name, strlen(name)) != 0)
        return NULL;
    p = skip_space(p + strlen(name));
    return *p == '=' ? skip_space(p + 1) : NULL;
}

/* The text of LINE if it is a comment that says something, else NULL. */
static const char *comment_of(const char *line)
{
    const char *p = skip_space(line);

    if (*p != '#' || checkform_directive(line, "escape") ||
        checkform_directive(line, "syntax"))
        return NULL;
    p = skip_space(p + 1);
    return *p ? p : NULL;
}

void checkform_comments(const struct dockerfile *file,
                        const struct instruction *in, struct strv *out)
{
    int first = in->line;

    while (first > 1 && comment_of(file->lines.v[first - 2]))
        first--;
    for (; first < in->line; first++)
        strv_add(out, comment_of(file->lines.v[first - 1]));
}

/* The names that IN defines and that its comment may begin with. */
static void defined_names(const struct instruction *in, struct strv *out)
{
    if (stage_name(in))
        strv_take(out, lower_name(stage_name(in)));
    for (size_t i = 0; in->keyword == DF_ARG && i < in->args.n; i++)
        strv_take(out, mb_strndup(in->args.v[i], strcspn(in->args.v[i], "=")));
}

void checkform_description(struct check *c, const struct instruction *in)
{
    mb_autostrv struct strv comments = {0}, names = {0};

    defined_names(in, &names);
    checkform_comments(&c->build->file, in, &comments);
    if (!names.n || !comments.n)
        return;
    const char *last = comments.v[comments.n - 1];
    mb_autofree char *word = mb_strndup(last, strcspn(last, " "));
    if (strv_has(&names, word) ||
        checkform_directive(c->build->file.lines.v[in->line - 2], "check"))
        return;
    checkstate_warn(c, in,
                    "Comment for %s should follow the format: `# %s "
                    "<description>`",
                    keyword_name(in->keyword),
                    names.n > 1 ? "<arg_key>" : names.v[0]);
}
