/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFWORD_H
#define ENGINE_DFWORD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * The words of one Dockerfile line.  There are as many ways to split a line as
 * there are kinds of instructions.  All lists are appended to; the caller
 * frees them.
 */

/* White space between words; of any script, it is white space between lines
 * and around arguments, but part of a word. */
#define DFWORD_WHITE " \t\v\f\r"

/* At white space and nothing else (FROM EXPOSE COPY): quotes are letters. */
void dfword_split(const char *text, struct strv *out);

/* At white space outside of quotes (ENV LABEL ARG).  Quotes and escapes stay
 * in the words, for engine/expand.h to resolve. */
void dfword_quoted(const char *text, char escape, struct strv *out);

/* A list of pairs, as ENV and LABEL have it. */
struct dfword_pairs {
    const char *instruction; /* for the errors */
    char escape;
    bool old;          /* out: it was `name the rest` */
    const char *wrong; /* after a failure: the word at fault */
};

/* `a=b c="d e"`, or the old form `a the rest`: name, value, name, value, ...,
 * split as dfword_quoted() does.  Fails for a word without "=", and for a name
 * without a value. */
int dfword_pairs(const char *text, struct dfword_pairs *pairs, struct strv *out,
                 struct mb_error *err);

/* "--name=value" and "--name" in front of everything else, with their quotes
 * removed.  Returns what follows them in TEXT.  A lone "--" ends the flags. */
const char *dfword_flags(const char *text, char escape, struct strv *out);

/* Where flag number N, counted from 0, begins in TEXT. */
const char *dfword_find_flag(const char *text, char escape, size_t n);

/* The first word of HEALTHCHECK, its type; returns what follows it. */
const char *dfword_health(const char *text, struct strv *out);

#endif
