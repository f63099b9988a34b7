/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_EXPAND_H
#define ENGINE_EXPAND_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Words of a Dockerfile, processed as BuildKit's shell lexer does: quotes are
 * removed, escapes resolved, and variables replaced:
 *
 *   $NAME ${NAME} ${NAME:-w} ${NAME-w} ${NAME:+w} ${NAME+w} ${NAME:?w}
 *   ${NAME?w} ${NAME#p} ${NAME##p} ${NAME%p} ${NAME%%p}
 *   ${NAME/p/r} ${NAME//p/r}
 *
 * Inside '...' nothing is special; inside "..." variables and escapes are.
 * ESCAPE is the Dockerfile's escape character.  ENV holds "NAME=value"; an
 * unset variable is empty.
 */

/* WORD becomes one string, even when a value contains spaces.  The caller
 * frees *out.  Fails for a bad ${...}, an open quote, or ${NAME:?message}. */
int expand_word(const char *word, char escape, const struct strv *env,
                char **out, struct mb_error *err);

/* The same, and which variables the word asked for: a name is in FOUND when it
 * is set and in MISSING when it is not, even if the word has a default for
 * that case.  Start with zeros; expand_trace_done() frees all of it. */
struct expand_trace {
    bool heredoc; /* set by the caller: as expand_text() does it */
    char *text;
    struct strv found, missing;
};
int expand_traced(const char *word, char escape, const struct strv *env,
                  struct expand_trace *out, struct mb_error *err);
void expand_trace_done(struct expand_trace *trace);

/* The text of a heredoc of COPY: variables are replaced, quotes are left alone,
 * and the escape, before any character, is always a backslash. */
int expand_text(const char *text, const struct strv *env, char **out,
                struct mb_error *err);

/* The same as expand_word(), but unquoted white space, also that from a
 * variable's value, separates words, which are appended to *out (EXPOSE). */
int expand_words(const char *word, char escape, const struct strv *env,
                 struct strv *out, struct mb_error *err);

#endif
