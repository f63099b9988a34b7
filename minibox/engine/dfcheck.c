/* SPDX-License-Identifier: MIT */
/*
 * dfcheck.c - can a build do with this?
 *
 * Problem   What a build would notice after ten minutes of RUN, or never, had
 *           better be said before it begins.
 * Idea      A table: how many arguments each instruction wants, and, for the
 *           few that are particular, a function that looks at them:
 *
 *             COPY a.txt            two wanted, one there: where to?
 *             COPY a.txt <<EOF      two there, and then the particular one:
 *                                   a here-document is no destination
 *
 * Rules     1. Variables are not expanded yet, so a check may not look at what
 *              could still be a variable: FROM's image, COPY's paths.
 *           2. No array index before the count was checked.
 * Read      docs.docker.com/reference/dockerfile; lessons/19-dockerfile.md
 */
#include "engine/dfcheck.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/similar.h"
#include "engine/dfflag.h"
#include "engine/dfheredoc.h"
#include "engine/dfword.h"

/* ---- the particular ones ----------------------------------------------- */

/* from = image [ "AS" stage ].  A stage's name may not look like a number,
 * which counts stages, nor like an image in a registry. */
static int check_from(struct instruction *in, struct mb_error *err)
{
    if (in->args.n == 1)
        return 0;
    /* One mistake makes two or four words of it: FROM alpine # small. */
    if (in->args.n != 3 || strcasecmp(in->args.v[1], "AS") != 0)
        return mb_failx(err, "FROM requires either one or three arguments");
    const char *stage = in->args.v[2];
    /* Upper case is taken as lower case, by whoever looks the stage up. */
    bool good = isalpha((unsigned char)*stage);
    for (const char *c = stage; *c; c++)
        good = good && (isalnum((unsigned char)*c) || strchr("-_.", *c));
    if (good)
        return 0;
    return mb_failx(err,
                    "invalid name for build stage: \"%.100s\", name can't "
                    "start with a number or contain symbols",
                    stage);
}

/* A here-document can be a source of COPY and ADD, not their destination.  In
 * an array "<<EOF" is a file of that name, which may be anything. */
static int check_destination(struct instruction *in, struct mb_error *err)
{
    const char *last = in->args.v[in->args.n - 1];
    struct dfheredoc_mark mark;

    if (in->json || dfheredoc_mark(last, &mark, NULL) <= 0)
        return 0;
    free(mark.name);
    return mb_failx(err, "%s cannot accept a heredoc as a destination",
                    keyword_name(in->keyword));
}

/* HEALTHCHECK NONE, which switches off what the base image had, stands alone;
 * HEALTHCHECK CMD does not.  Its command is required even though CMD alone
 * takes none, for a check of nothing would always succeed. */
static int check_health(struct instruction *in, struct mb_error *err)
{
    for (char *c = in->args.v[0]; *c; c++)
        *c = toupper((unsigned char)*c);
    bool none = strcmp(in->args.v[0], "NONE") == 0;

    if (none && in->args.n > 1)
        return mb_failx(err, "HEALTHCHECK NONE takes no arguments");
    if (!none && strcmp(in->args.v[0], "CMD") != 0)
        return mb_failx(err, "Unknown type \"%.100s\" in HEALTHCHECK (try CMD)",
                        in->args.v[0]);
    if (!none && in->args.n == 1)
        return mb_failx(err, "Missing command after HEALTHCHECK CMD");
    return 0;
}

/* SHELL is the one instruction without a shell form: it names the shell that
 * all the shell forms after it will run in. */
static int check_shell(struct instruction *in, struct mb_error *err)
{
    if (in->args.n == 0 || !*in->args.v[0])
        return mb_failx(err, "SHELL requires at least one argument");
    if (in->json)
        return 0;
    mb_failx(err, "SHELL requires the arguments to be in JSON form");
    return mb_hint(err, "write SHELL [\"/bin/sh\", \"-c\"], in double quotes");
}

/* Every ARG has a name.  Whether it is a good one is not asked: an ARG called
 * "#" is what a comment behind an ARG becomes, in Docker as well. */
static int check_names(struct instruction *in, struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++)
        if (*in->args.v[i] == '=')
            return mb_failx(err, "ARG names can not be blank");
    return 0;
}

/* `ENV =a`: of the pairs, each has a name. */
static int check_pairs(struct instruction *in, struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i += 2)
        if (!*in->args.v[i])
            return mb_failx(err, "%s names can not be blank",
                            keyword_name(in->keyword));
    return 0;
}

/* RUN with nothing behind it runs a shell that has nothing to do; so BuildKit
 * takes it, and whoever reads args.v[0] finds a string there. */
static int fill_command(struct instruction *in, struct mb_error *err)
{
    (void)err;
    if (in->args.n == 0 && !in->json)
        strv_add(&in->args, "");
    return 0;
}

/* A volume needs a path; whether it is absolute is seen after expansion, as $V
 * may be.  An empty path, which only the JSON form can express, is no volume.
 */
static int check_volumes(struct instruction *in, struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++)
        if (!in->args.v[i][strspn(in->args.v[i], " \t\v\f\r\n")])
            return mb_failx(err, "VOLUME specified can not be an empty string");
    return 0;
}

int dfcheck_trigger(const struct instruction *trigger, struct mb_error *err)
{
    if (trigger->keyword == DF_ONBUILD)
        return mb_failx(err, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't "
                             "allowed");
    if (trigger->keyword == DF_FROM || trigger->keyword == DF_MAINTAINER)
        return mb_failx(err, "%s isn't allowed as an ONBUILD trigger",
                        keyword_name(trigger->keyword));
    return 0;
}

/* ONBUILD keeps its trigger as text, bodies of here-documents included, because
 * the image remembers it as text.  Joined lines are one line now, but bodies
 * are still lines of their own: as they were written, so that the text parses
 * again on the day that it is triggered. */
static int check_trigger(struct instruction *in, struct mb_error *err)
{
    mb_autobuf struct buf whole = BUF_INIT;

    if (!in->trigger)
        return mb_failx(err, "ONBUILD requires at least one argument");
    if (dfcheck_trigger(in->trigger, err) < 0)
        return -1;
    buf_adds(&whole, in->trigger->original);
    for (size_t i = 0; i < in->n_heredocs; i++)
        buf_addf(&whole, "\n%s%s", in->heredocs[i].content,
                 in->heredocs[i].name);
    strv_take(&in->args, buf_take(&whole));
    return 0;
}

/* ---- the table --------------------------------------------------------- */

enum count { ANY, ONE, SOME, TWO };

static const struct rule {
    enum count count;
    int (*check)(struct instruction *in, struct mb_error *err);
} rules[] = {
    [DF_ADD] = {TWO, check_destination},
    [DF_ARG] = {SOME, check_names},
    [DF_CMD] = {ANY, fill_command},
    [DF_COPY] = {TWO, check_destination},
    [DF_ENTRYPOINT] = {ANY, fill_command},
    [DF_ENV] = {SOME, check_pairs},
    [DF_EXPOSE] = {SOME, NULL},
    [DF_FROM] = {ANY, check_from},
    [DF_HEALTHCHECK] = {SOME, check_health},
    [DF_LABEL] = {SOME, check_pairs},
    [DF_MAINTAINER] = {ONE, NULL},
    [DF_ONBUILD] = {ANY, check_trigger},
    [DF_RUN] = {ANY, fill_command},
    [DF_SHELL] = {ANY, check_shell},
    [DF_STOPSIGNAL] = {ONE, NULL},
    [DF_USER] = {ONE, NULL},
    [DF_VOLUME] = {SOME, check_volumes},
    [DF_WORKDIR] = {ONE, NULL},
};

/* Rule 2: the count comes first. */
static int check_count(const struct instruction *in, struct mb_error *err)
{
    enum count count = rules[in->keyword].count;
    const char *name = keyword_name(in->keyword);

    if (count == ONE && in->args.n != 1)
        return mb_failx(err, "%s requires exactly one argument", name);
    if (count == SOME && in->args.n == 0)
        return mb_failx(err, "%s requires at least one argument", name);
    /* "Only one" is said even if there was none: Docker's words. */
    if (count != TWO || in->args.n >= 2)
        return 0;
    mb_failx(err,
             "%s requires at least two arguments, but only one was provided. "
             "Destination could not be determined",
             name);
    return mb_hint(err, "the last argument says where to: %s a.txt /srv/",
                   name);
}

/* ---- keywords ---------------------------------------------------------- */

/* The instruction that WORD was probably meant to be, or NULL. */
static const char *similar_keyword(const char *word)
{
    const char *found = NULL;
    int least = 3; /* BuildKit's limit: two slips of the finger */

    for (int i = 0; i < DF_UNKNOWN; i++)
        if (similar_distance(word, keyword_name(i)) < least) {
            found = keyword_name(i);
            least = similar_distance(word, found);
        }
    return found;
}

static int refuse_keyword(const struct instruction *in, struct mb_error *err)
{
    mb_autofree char *word = mb_strndup(in->original + in->word, in->word_len);
    const char *similar = similar_keyword(word);

    if (similar)
        return mb_failx(err, "unknown instruction: %s (did you mean %s?)", word,
                        similar);
    /* Resembles nothing: most often a command that lost its RUN, because the
     * line above lost its backslash. */
    mb_failx(err, "unknown instruction: %.100s", word);
    return mb_hint(err, "a line that goes on needs a \\ at its end: look at "
                        "the line before this one");
}

/* ---- the whole --------------------------------------------------------- */

/* Keyword, flags and arguments.  *at: the place of what is wrong. */
static int check_instruction(struct instruction *in, char escape,
                             const char **at, struct mb_error *err)
{
    const char *flags = in->original + in->word + in->word_len;
    size_t wrong;

    *at = in->original + in->word;
    if (in->keyword == DF_UNKNOWN)
        return refuse_keyword(in, err);
    if (dfflag_check(keyword_name(in->keyword), &in->flags, &wrong, err) < 0) {
        *at = dfword_find_flag(flags, escape, wrong);
        return -1;
    }
    if (check_count(in, err) < 0)
        return -1;
    return rules[in->keyword].check ? rules[in->keyword].check(in, err) : 0;
}

/* Take the tabs off the beginning of each line. */
static void chomp(char *text)
{
    char *to = text;

    for (bool start = true; *text; text++) {
        if (start && *text == '\t')
            continue;
        start = *text == '\n';
        *to++ = *text;
    }
    *to = '\0';
}

int dfcheck_file(struct dockerfile *file, struct mb_error *err)
{
    const char *at;

    for (size_t i = 0; i < file->n; i++) {
        struct instruction *in = &file->instructions[i];
        if (check_instruction(in, file->escape, &at, err) < 0 ||
            (in->trigger &&
             check_instruction(in->trigger, file->escape, &at, err) < 0))
            return dockerfile_point_at(file, in, at, err);
        for (size_t j = 0; j < in->n_heredocs; j++)
            if (in->heredocs[j].chomp)
                chomp(in->heredocs[j].content);
    }
    return 0;
}

int dfcheck_parse(const char *name, const char *text, size_t len,
                  struct dockerfile *out, struct mb_error *err)
{
    struct dockerfile file;

    if (dockerfile_parse(name, text, len, &file, err) < 0)
        return -1;
    if (dfcheck_file(&file, err) < 0) {
        dockerfile_done(&file);
        return -1;
    }
    *out = file;
    return 0;
}
