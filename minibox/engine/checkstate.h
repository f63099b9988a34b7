/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CHECKSTATE_H
#define ENGINE_CHECKSTATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/dockerfile.h"
#include "engine/expand.h"
#include "engine/stage.h"

/*
 * What the build checks know while they go through a Dockerfile, and the one
 * thing that they do: warn.  See engine/check.h for the whole.
 */

struct check;

/* Which rules run where. */
enum check_kind {
    CHECK_BUILT,        /* in the stages that the target needs */
    CHECK_ALL,          /* in all of them */
    CHECK_EXPERIMENTAL, /* the same, but only if it is asked for */
};

/* A rule: looks at one instruction, just before it takes effect. */
struct check_rule {
    const char *name;        /* as in # check=skip=NAME */
    const char *description; /* of the rule, not of the case at hand */
    void (*look)(struct check *c, const struct instruction *in);
    int lesson; /* the one that teaches why */
    enum check_kind kind;
};

/* What a rule has found. */
struct check_warning {
    const struct check_rule *rule;
    char *detail;
    int line, last_line;
};

/* One stage, as far as the walk has come in it. */
struct check_stage {
    struct strv env;      /* ENV and ARG that have a value, "NAME=value" */
    struct strv declared; /* names of the ARGs */
    bool shell;           /* SHELL was given, here or below */
    bool workdir;         /* so was WORKDIR, in this Dockerfile */
    const struct instruction *last[DF_WORKDIR + 1]; /* of each keyword */
};

/* The state of the walk. */
struct check {
    struct build *build;
    struct check_stage *stages; /* as many as the build has */
    struct check_stage *stage;  /* NULL before the first FROM */

    /* ARGs before the first FROM.  The values as this build has them, and as
     * they are without any --build-arg. */
    struct strv declared;
    struct strv globals, defaults;

    /* The instruction that the rules look at: its words with their variables
     * put in.  First those of its arguments, in order, where it is one that
     * expands them; then those of its flags and here-documents. */
    struct expand_trace *words;
    size_t n_words;
    struct strv ports; /* of EXPOSE */

    bool lower; /* most instructions are written in lower case */
    const struct check_rule *rule;
    struct check_warning *warnings; /* in the order of their lines */
    size_t n_warnings;
};

/* Start before the first instruction of a build that knows its stages. */
void checkstate_init(struct check *c, struct build *build);
void checkstate_done(struct check *c);

/* Expand the words of IN, so that rules can look at it. */
int checkstate_before(struct check *c, const struct instruction *in,
                      struct mb_error *err);
/* Let IN take effect. */
int checkstate_after(struct check *c, const struct instruction *in,
                     struct mb_error *err);

/* The rule at work has something to say about IN. */
void checkstate_warn(struct check *c, const struct instruction *in,
                     const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The keyword of IN as it is written.  The caller frees. */
char *checkstate_keyword(const struct instruction *in);

#endif
