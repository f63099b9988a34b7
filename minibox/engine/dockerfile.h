/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DOCKERFILE_H
#define ENGINE_DOCKERFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * A Dockerfile, parsed: a list of instructions and nothing decided yet.
 * Variables are still unexpanded; stages and files are not looked at.  All
 * that BuildKit's grammar takes is taken, even words that are no instruction;
 * whether a build can do it is the question of engine/dfcheck.h.
 */

enum keyword {
    DF_ADD,
    DF_ARG,
    DF_CMD,
    DF_COPY,
    DF_ENTRYPOINT,
    DF_ENV,
    DF_EXPOSE,
    DF_FROM,
    DF_HEALTHCHECK,
    DF_LABEL,
    DF_MAINTAINER,
    DF_ONBUILD,
    DF_RUN,
    DF_SHELL,
    DF_STOPSIGNAL,
    DF_USER,
    DF_VOLUME,
    DF_WORKDIR,
    DF_UNKNOWN, /* nothing that Docker knows; without arguments */
};

struct heredoc {
    char *name;    /* EOF in <<EOF */
    char *content; /* the lines, each with its newline */
    bool expand;   /* false when the name was quoted: <<"EOF" */
    bool chomp;    /* <<-EOF: dfcheck_file() takes the leading tabs off */
};

struct instruction {
    enum keyword keyword;
    int line, last_line;   /* where it stands in the file, from 1 */
    char *original;        /* the joined logical line, as written, without
                          * comments and continuation marks */
    size_t word, word_len; /* the keyword in it, as written */
    struct strv flags;     /* "--from=build", in order, before the arguments */
    bool json;             /* the arguments came as a JSON array: exec form */
    bool old;              /* ENV and LABEL: `name the rest`, without "=" */
    /*
     * What `args` holds:
     *   exec form (json)            the array's strings
     *   RUN CMD ENTRYPOINT, shell   one string: the rest of the line
     *   ENV LABEL                   name, value, name, value, ... still with
     *                               their quotes (see engine/expand.h)
     *   ARG                         NAME or NAME=value, one each
     *   HEALTHCHECK                 NONE; or CMD and its one string, or with
     *                               json CMD and the array's strings
     *   MAINTAINER STOPSIGNAL       one string: the rest of the line
     *   USER WORKDIR                the same (so an inline # is part of it)
     *   FROM ADD COPY EXPOSE VOLUME words split at white space
     *   ONBUILD                     nothing; dfcheck_file() puts the trigger
     *                               here as one string
     */
    struct strv args;
    struct heredoc *heredocs; /* of RUN, COPY and ADD, in order; ONBUILD has
                               * those of its trigger */
    size_t n_heredocs;
    struct instruction *trigger; /* of ONBUILD: the instruction after it; its
                                  * `original` is the end of ONBUILD's */
};

struct dockerfile {
    char *name; /* for errors */
    char *text; /* the source */
    size_t len;
    char escape; /* continuation and escape character: \ or ` */
    struct instruction *instructions;
    size_t n;
    struct strv lines; /* the source, line by line, to quote it */
};

/* Parse the LEN bytes of TEXT.  On failure *err says "NAME:LINE:COLUMN: ..."
 * followed by that source line with a caret below, and a hint where one can be
 * given.  *out is only filled on success; dockerfile_done() frees it. */
int dockerfile_parse(const char *name, const char *text, size_t len,
                     struct dockerfile *out, struct mb_error *err);
void dockerfile_done(struct dockerfile *file);

/* Put the place of AT, which is a byte of in->original, into an error in the
 * same way.  Returns -1. */
int dockerfile_point_at(const struct dockerfile *file,
                        const struct instruction *in, const char *at,
                        struct mb_error *err);

/* "RUN" for DF_RUN. */
const char *keyword_name(enum keyword keyword);

/* The value of flag NAME ("from" for --from=build), owned by the instruction;
 * "true" for a flag without one.  NULL when there is no such flag. */
const char *instruction_flag(const struct instruction *in, const char *name);

#endif
