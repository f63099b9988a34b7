/* SPDX-License-Identifier: MIT */
/*
 * dfcheck.c - can an instruction do with these arguments?
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

#include "engine/dfword.h"

/* What the functions below are asked about.  A struct, so that all of them
 * look the same to the table, whatever they look at. */
struct question {
    const char *instruction;
    char *const *args;
    size_t n;
    bool json;
};

/* ---- the particular ones ----------------------------------------------- */

/* from = image [ "AS" stage ].  A stage's name may not look like a number,
 * which counts stages, nor like an image in a registry. */
static int check_from(const struct question *q, struct mb_error *err)
{
    if (q->n == 1)
        return 0;
    /* One mistake makes two or four words of it: FROM alpine # small. */
    if (q->n != 3 || strcasecmp(q->args[1], "AS") != 0)
        return mb_failx(err, "FROM requires either one or three arguments");
    const char *stage = q->args[2];
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
static int check_destination(const struct question *q, struct mb_error *err)
{
    struct dfword_mark mark;

    if (q->json || !dfword_heredoc(q->args[q->n - 1], &mark))
        return 0;
    free(mark.name);
    return mb_failx(err, "%s cannot accept a heredoc as a destination",
                    q->instruction);
}

/* HEALTHCHECK NONE, which switches off what the base image had, stands alone;
 * HEALTHCHECK CMD does not.  Its command is required even though CMD alone
 * takes none, for a check of nothing would always succeed. */
static int check_health(const struct question *q, struct mb_error *err)
{
    bool none = strcmp(q->args[0], "NONE") == 0;

    if (none && q->n > 1)
        return mb_failx(err, "HEALTHCHECK NONE takes no arguments");
    if (!none && strcmp(q->args[0], "CMD") != 0)
        return mb_failx(err, "Unknown type \"%.100s\" in HEALTHCHECK (try CMD)",
                        q->args[0]);
    if (!none && q->n == 1)
        return mb_failx(err, "Missing command after HEALTHCHECK CMD");
    return 0;
}

/* SHELL is the one instruction without a shell form: it names the shell that
 * all the shell forms after it will run in. */
static int check_shell(const struct question *q, struct mb_error *err)
{
    if (q->n == 0 || !*q->args[0])
        return mb_failx(err, "SHELL requires at least one argument");
    if (q->json)
        return 0;
    mb_failx(err, "SHELL requires the arguments to be in JSON form");
    return mb_hint(err, "write SHELL [\"/bin/sh\", \"-c\"], in double quotes");
}

/* Every ARG has a name.  Whether it is a good one is not asked: an ARG called
 * "#" is what a comment behind an ARG becomes, in Docker as well. */
static int check_names(const struct question *q, struct mb_error *err)
{
    for (size_t i = 0; i < q->n; i++)
        if (*q->args[i] == '=')
            return mb_failx(err, "ARG names can not be blank");
    return 0;
}

/* A volume needs a path; whether it is absolute is seen after expansion, as $V
 * may be.  An empty path, which only the JSON form can express, is no volume.
 */
static int check_volumes(const struct question *q, struct mb_error *err)
{
    for (size_t i = 0; i < q->n; i++)
        if (!q->args[i][strspn(q->args[i], " \t\v\f\r\n")])
            return mb_failx(err, "VOLUME specified can not be an empty string");
    return 0;
}

/* ---- the table --------------------------------------------------------- */

enum count { ANY, ONE, SOME, TWO };

static const struct rule {
    const char *instruction;
    enum count count;
    int (*check)(const struct question *q, struct mb_error *err);
} rules[] = {
    {"ADD", TWO, check_destination},
    {"ARG", SOME, check_names},
    {"COPY", TWO, check_destination},
    {"ENV", SOME, NULL},
    {"EXPOSE", SOME, NULL},
    {"FROM", ANY, check_from},
    {"HEALTHCHECK", SOME, check_health},
    {"LABEL", SOME, NULL},
    {"MAINTAINER", ONE, NULL},
    {"ONBUILD", SOME, NULL},
    {"SHELL", ANY, check_shell},
    {"STOPSIGNAL", ONE, NULL},
    {"USER", ONE, NULL},
    {"VOLUME", SOME, check_volumes},
    {"WORKDIR", ONE, NULL},
    /* Not in the table: CMD, ENTRYPOINT and RUN take anything, even nothing. */
};

/* Rule 2: the count comes first. */
static int check_count(const struct question *q, enum count count,
                       struct mb_error *err)
{
    if (count == ONE && q->n != 1)
        return mb_failx(err, "%s requires exactly one argument",
                        q->instruction);
    if (count == SOME && q->n == 0)
        return mb_failx(err, "%s requires at least one argument",
                        q->instruction);
    /* "Only one" is said even if there was none: Docker's words. */
    if (count != TWO || q->n >= 2)
        return 0;
    mb_failx(err,
             "%s requires at least two arguments, but only one was provided. "
             "Destination could not be determined",
             q->instruction);
    return mb_hint(err, "the last argument says where to: %s a.txt /srv/",
                   q->instruction);
}

int dfcheck_args(const char *instruction, const struct strv *args, bool json,
                 struct mb_error *err)
{
    struct question q = {instruction, args->v, args->n, json};

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rules[i].instruction, instruction) != 0)
            continue;
        if (check_count(&q, rules[i].count, err) < 0)
            return -1;
        return rules[i].check ? rules[i].check(&q, err) : 0;
    }
    return 0;
}

/* Said before the trigger is parsed, so that nesting never gets deep, and so
 * that the error names ONBUILD rather than some detail of the inner one. */
int dfcheck_trigger(const char *text, struct mb_error *err)
{
    static const char *const refused[] = {"FROM", "MAINTAINER", "ONBUILD"};
    size_t len = strcspn(text, " \t\v\f\r");

    for (size_t i = 0; i < 3; i++) {
        if (strlen(refused[i]) != len || strncasecmp(text, refused[i], len))
            continue;
        if (strcmp(refused[i], "ONBUILD") == 0)
            return mb_failx(err, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't "
                                 "allowed");
        return mb_failx(err, "%s isn't allowed as an ONBUILD trigger",
                        refused[i]);
    }
    return 0;
}
