/* SPDX-License-Identifier: MIT */
/*
 * expand.c - variables in the words of a Dockerfile
 *
 * Problem   ${VERSION:-1.0} in a COPY is not expanded by a shell: none runs.
 * Idea      engine/quote reads the word and calls dollar() at each "$"; that
 *           reads the name, looks it up, and goes back there for the word of an
 *           operator, in which there may be variables again:
 *
 *             ${ V :- c$D }
 *             |  |  | |   `- where the inner quote_plain() stops
 *             |  |  | `----- quote_plain() -> dollar()
 *             |  |  `------- operator()
 *             |  `---------- take_name(), look_up()
 *             `------------- dollar() -> braces()
 *
 * Rules     1. A value is never looked at again: with A='$B', $A is the two
 *              letters "$B".
 *           2. The word in ${A:-word} is expanded even when it isn't needed,
 *              so an error in it is an error (as in BuildKit, unlike in sh).
 *           3. Depth and size are bounded: ENV A=$A$A, thirty times over, is
 *              a gigabyte for each byte of A.
 * Read      POSIX, Shell Command Language, 2.6.2 Parameter Expansion;
 *           BuildKit's frontend/dockerfile/shell; lessons/20-arg-and-env.md
 */
#include "engine/expand.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/dfquote.h"
#include "engine/pattern.h"
#include "engine/quote.h"
#include "engine/variable.h"

/* Rule 3; the third bound is QUOTE_MOST.  Each level costs stack. */
#define MOST_LEVELS 100
#define MOST_WORK (1 << 26) /* bytes looked at: less than a second */

/* What the variables of a word have to do with each other. */
struct variables {
    const struct strv *env;
    int levels;                 /* of ${...} that we are in */
    size_t work;                /* done so far */
    struct expand_trace *trace; /* NULL: nobody asks */
};

/* ---- variables --------------------------------------------------------- */

/* name = letter { letter | digit } | digit { digit } | one special character
 * Dockerfiles have no $1 and no $@, but they are read as sh would read them:
 * as names, of variables that are not set. */
static char *take_name(struct reader *r)
{
    size_t len = strspn(r->p, "0123456789");

    if (len == 0)
        len = *r->p && strchr("@*#?-$!", *r->p) ? 1 : utf8_name(r->p);
    r->p += len;
    return mb_strndup(r->p - len, len);
}

/* Account for WORK (rule 3): many small words may ask for much of it. */
static int spend(struct reader *r, size_t work, struct mb_error *err)
{
    r->variables->work += work;
    if (r->variables->work > MOST_WORK)
        return mb_failx(err, "the word takes too long to expand");
    return 0;
}

/* The value of NAME; NULL when it is not set.  Each entry is looked at, and the
 * value will be copied, perhaps for nothing: ${UNSET:+$LONG}. */
static int look_up(struct reader *r, const char *name, const char **out,
                   struct mb_error *err)
{
    struct variables *v = r->variables;
    size_t work = v->env->n;

    *out = strv_getenv(v->env, name);
    if (v->trace) {
        struct strv *names = *out ? &v->trace->found : &v->trace->missing;
        work += names->n;
        if (!strv_has(names, name))
            strv_add(names, name);
    }
    return spend(r, work + (*out ? strlen(*out) : 0), err);
}

/* Expand up to STOP: the word of an operator.  RAW: it is a pattern. */
static int take_word(struct reader *r, char stop, bool raw, struct buf *out,
                     struct mb_error *err)
{
    bool before = r->raw;

    /* What BuildKit does, by mistake, and we with it: where words are wanted,
     * an operator takes away what the word had so far.  With N not set,
     * EXPOSE 80${N:-81} is EXPOSE 81. */
    while (r->words && r->words->len && r->words->s[r->words->len - 1])
        r->words->s[--r->words->len] = '\0';
    r->raw = raw;
    int result = quote_plain(r, stop, out, err);
    r->raw = before;
    if (result == 0 || *r->p)
        return result;
    return mb_failx(err, "syntax error: missing '%c'%s", stop,
                    stop == '/' ? " in ${}" : "");
}

/* ${V/p/r} ${V//p/r}; r->p is behind the first "/".  In both words escapes are
 * kept: in p, \/ and \} mean the bare character, and in r the backslash stays
 * (as in BuildKit). */
static int replace(struct reader *r, const struct variable *v, struct buf *out,
                   struct mb_error *err)
{
    mb_autobuf struct buf pattern = BUF_INIT, with = BUF_INIT;
    bool all = *r->p == '/';

    r->p += all;
    if (take_word(r, '/', true, &pattern, err) < 0 ||
        take_word(r, '}', true, &with, err) < 0)
        return -1;
    const struct pattern_replacement how = {
        .pattern = pattern.s, .with = with.s, .all = all, .most = QUOTE_MOST};
    /* What it may need at worst (engine/pattern, rule 1). */
    size_t each = pattern.len + 1 + with.len * (strchr(with.s, '$') ? 8 : 1);
    if (spend(r, strlen(v->value) * each, err) < 0)
        return -1;
    return pattern_replace(&how, v->value, out, err);
}

/* ${V:-w} and its family; r->p is behind the operator. */
static int apply(struct reader *r, const struct variable *v, struct buf *out,
                 struct mb_error *err)
{
    mb_autobuf struct buf word = BUF_INIT;
    bool trim = v->op == '#' || v->op == '%';

    if (take_word(r, '}', trim, &word, err) < 0)
        return -1;
    if (!trim)
        return variable_choose(v, word.s, out, err);
    if (spend(r, strlen(v->value) * (word.len + 1), err) < 0)
        return -1;
    return variable_trim(v, word.s, out, err);
}

/* Everything that follows ${NAME and is not just "}". */
static int operator(struct reader *r, struct variable *v, struct buf *out,
                    struct mb_error *err)
{
    const char *sign = r->p;
    uint32_t c;

    v->empty_too = *r->p == ':';
    r->p += v->empty_too;
    v->op = *r->p;
    if (!*r->p)
        return mb_failx(err, "syntax error: missing '}'");
    r->p += utf8_decode(r->p, &c);
    if (v->op == '/' && !v->empty_too)
        return replace(r, v, out, err);
    if (strchr(v->empty_too ? "-+?" : "-+?#%", v->op))
        return apply(r, v, out, err);
    return mb_failx(err, "unsupported modifier (%.*s) in substitution",
                    (int)(r->p - sign), sign);
}

/* braces = "${" name [ operator ] "}" */
static int braces(struct reader *r, struct buf *out, struct mb_error *err)
{
    struct variable v = {0};

    r->p += strlen("${");
    if (!*r->p)
        return mb_failx(err, "syntax error: missing '}'");
    if (strchr("{}:", *r->p))
        return mb_failx(err, "syntax error: bad substitution");
    mb_autofree char *name = take_name(r);
    v.name = name;
    if (look_up(r, name, &v.value, err) < 0)
        return -1;
    v.set = v.value != NULL;
    if (!v.set)
        v.value = "";
    if (*r->p != '}')
        return operator(r, &v, out, err);
    r->p++;
    return quote_put(out, v.value, strlen(v.value), err);
}

/* variable = "$" name | braces; a "$" before anything else is a letter. */
static int dollar(struct reader *r, struct buf *out, struct mb_error *err)
{
    if (r->p[1] != '{') {
        r->p++;
        mb_autofree char *name = take_name(r);
        const char *value = "$";
        if (*name && look_up(r, name, &value, err) < 0)
            return -1;
        return quote_put(out, value ? value : "", value ? strlen(value) : 0,
                         err);
    }
    if (r->variables->levels == MOST_LEVELS)
        return mb_failx(err, "variables nested more than %d deep", MOST_LEVELS);
    /* Levels, that is: how many stand side by side does not matter. */
    r->variables->levels++;
    int rc = braces(r, out, err);
    r->variables->levels--;
    return rc;
}

/* ---- in and out -------------------------------------------------------- */

/* WORD as JSON will have it: characters only, and no mark before them. */
static void clean(const char *word, struct buf *out)
{
    uint32_t c;
    size_t width = utf8_decode(word, &c);

    if (c == UTF8_MARK)
        word += width;
    while (*word) {
        word += utf8_decode(word, &c);
        utf8_add(out, c);
    }
}

/* Expand WORD by *how and *variables into *out. */
static int expand(struct reader how, struct variables variables,
                  const char *word, struct buf *out, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    clean(word, &text);
    how.p = text.s;
    how.dollar = dollar;
    how.variables = &variables;
    if (quote_plain(&how, '\0', out, err) == 0)
        return 0;
    mb_autobuf struct buf quoted = BUF_INIT;
    dfquote_add(&quoted, text.s);
    return mb_wrap(err, "failed to process %.300s", quoted.s);
}

int expand_traced(const char *word, char escape, const struct strv *env,
                  struct expand_trace *out, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct reader how = {.escape = out->heredoc ? '\\' : escape,
                         .text = out->heredoc};

    if (expand(how, (struct variables){.env = env, .trace = out}, word, &text,
               err) < 0)
        return -1;
    out->text = buf_take(&text);
    return 0;
}

void expand_trace_done(struct expand_trace *trace)
{
    free(trace->text);
    strv_done(&trace->found);
    strv_done(&trace->missing);
    *trace = (struct expand_trace){0};
}

int expand_word(const char *word, char escape, const struct strv *env,
                char **out, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    if (expand((struct reader){.escape = escape},
               (struct variables){.env = env}, word, &text, err) < 0)
        return -1;
    *out = buf_take(&text);
    return 0;
}

int expand_text(const char *text, const struct strv *env, char **out,
                struct mb_error *err)
{
    mb_autobuf struct buf result = BUF_INIT;

    if (expand((struct reader){.escape = '\\', .text = true},
               (struct variables){.env = env}, text, &result, err) < 0)
        return -1;
    *out = buf_take(&result);
    return 0;
}

int expand_words(const char *word, char escape, const struct strv *env,
                 struct strv *out, struct mb_error *err)
{
    mb_autobuf struct buf result = BUF_INIT;

    if (expand((struct reader){.escape = escape, .words = &result},
               (struct variables){.env = env}, word, &result, err) < 0)
        return -1;
    /* An empty word is none, even a quoted one (as in BuildKit, unlike in a
     * shell): no instruction has a use for it. */
    for (size_t i = 0; i < result.len; i += strlen(result.s + i) + 1)
        if (result.s[i])
            strv_add(out, result.s + i);
    return 0;
}
