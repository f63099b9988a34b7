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

/* At white space and nothing else (FROM EXPOSE COPY): quotes are letters. */
void dfword_split(const char *text, struct strv *out);

/* At white space outside of quotes (ENV LABEL ARG).  Quotes and escapes stay
 * in the words, for engine/expand.h to resolve.  False when a quote was left
 * open; the last word then reaches to the end. */
bool dfword_quoted(const char *text, char escape, struct strv *out);

/* `a=b c="d e"`, or the old form `a the rest` (ENV LABEL): name, value, name,
 * value, ..., split as dfword_quoted() does.  INSTRUCTION is for the errors:
 * a word without "=", an empty name, a name without a value. */
int dfword_pairs(const char *instruction, const char *text, char escape,
                 struct strv *out, struct mb_error *err);

/* "--name=value" and "--name" in front of everything else, with their quotes
 * removed.  Returns what follows them in TEXT.  A lone "--" ends the flags. */
const char *dfword_flags(const char *text, struct strv *out);

/* ["a", "b"]: 1 when TEXT is a JSON array of strings, which are appended;
 * 0 when it is no JSON array; -1 for an array of anything but strings. */
int dfword_json(const char *text, struct strv *out, struct mb_error *err);

/* HEALTHCHECK: its type, in capitals, and then what dfword_json() finds or, if
 * that is nothing, the rest as one string.  Returns what dfword_json() did. */
int dfword_health(const char *text, struct strv *out, struct mb_error *err);

/* The mark of a here-document. */
struct dfword_mark {
    char *name;  /* caller frees */
    bool expand; /* no part of the name was quoted */
    bool chomp;  /* <<- */
};

/* Whether WORD, quotes and all, is one: <<EOF <<-EOF <<"EOF" 3<<EOF.  *out is
 * filled only then. */
bool dfword_heredoc(const char *word, struct dfword_mark *out);

#endif
