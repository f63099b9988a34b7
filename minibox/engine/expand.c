/* SPDX-License-Identifier: MIT */
/*
 * expand.c - quotes, escapes and variables of a Dockerfile
 *
 * Problem   ENV, COPY, WORKDIR and their like are not run by a shell, and yet
 *           people write "$HOME/bin" and ${VERSION:-1.0} in them.
 * Idea      Read the word once from left to right.  Whatever is special calls
 *           the function that knows how it ends, and that may come back here
 *           for what lies inside:
 *
 *             a "b ${V:-c$D}" e           plain()
 *               |  |                        quote_double()
 *               |  `- dollar()                dollar() -> braces()
 *               `---- quote_double()            plain(), up to the "}"
 *
 *           The result goes into a sink, which either collects one string or
 *           cuts it into words on the way.
 * Rules     1. '...' is literal.  In "..." variables work, and the escape works
 *              before " $ and itself.  Elsewhere it works before anything.
 *           2. A value is never looked at again: with A='$B', $A is the two
 *              letters "$B".  So expansion always ends, and who sets a value
 *              can't run anything.
 *           3. The word in ${A:-word} is expanded even when it isn't needed,
 *              so an error in it is an error (as in BuildKit, unlike in sh).
 *           4. Depth and size are bounded: ENV A=$A$A, thirty times over, is
 *              a gigabyte for each byte of A.
 * Read      POSIX, Shell Command Language, 2.6.2 Parameter Expansion;
 *           BuildKit's frontend/dockerfile/shell; lessons/20-arg-and-env.md
 */
#include "engine/expand.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/pattern.h"
#include "engine/sink.h"
#include "engine/variable.h"

/* Rule 4; the third bound is SINK_MOST.  Each level costs stack. */
#define MOST_LEVELS 100
#define MOST_WORK (1 << 28) /* comparisons of bytes: less than a second */

/* Where we are in the word. */
struct reader {
    const char *p;
    char escape;
    const struct strv *env;
    bool text;                  /* of a heredoc: ' and " are letters */
    int levels;                 /* of ${...} that we are in */
    size_t work;                /* done so far */
    struct expand_trace *trace; /* NULL: nobody asks */
};

/* ---- quotes and escapes ------------------------------------------------ */

static int plain(struct reader *r, char stop, struct sink *sink,
                 struct mb_error *err);
static int dollar(struct reader *r, struct buf *out, struct mb_error *err);

/* single = "'" { any } "'"
 * Not even the escape works, so there is no way to write ' in it; a shell's
 * way, 'it'\''s', is three pieces and works here as well. */
static int quote_single(struct reader *r, struct sink *sink,
                        struct mb_error *err)
{
    const char *start = r->p + 1, *end = strchr(start, '\'');

    if (!end)
        return mb_failx(err, "unexpected end of statement while looking for "
                             "matching single-quote");
    r->p = end + 1;
    return sink_put(sink, start, end - start, err);
}

/* The escape at r->p, inside "..." (rule 1).  The pair is kept when the sink
 * is raw; at the end of the word there is nothing to escape. */
static int escape_in_quotes(struct reader *r, struct sink *sink,
                            struct mb_error *err)
{
    char next = r->p[1];
    bool special = next == '"' || next == '$' || next == r->escape;
    const char *from = special && !sink->raw ? r->p + 1 : r->p;

    if (!next) /* nothing to put; quote_double() will miss its end */
        return r->p++, 0;
    r->p += special ? 2 : 1;
    return sink_put(sink, from, r->p - from, err);
}

/* double = '"' { any | escape | variable } '"'
 * A value is put, not split: quotes keep it in one piece, as in a shell. */
static int quote_double(struct reader *r, struct sink *sink,
                        struct mb_error *err)
{
    for (r->p++; *r->p != '"';) {
        mb_autobuf struct buf value = BUF_INIT;
        int failed = 0;
        if (!*r->p)
            return mb_failx(err, "unexpected end of statement while looking "
                                 "for matching double-quote");
        if (*r->p == r->escape)
            failed = escape_in_quotes(r, sink, err);
        else if (*r->p == '$')
            failed = dollar(r, &value, err) < 0 ||
                     sink_put(sink, value.s, value.len, err) < 0;
        else
            failed = sink_put(sink, r->p++, 1, err);
        if (failed)
            return -1;
    }
    r->p++;
    return 0;
}

/* The escape at r->p, outside of quotes: the next character is plain, even if
 * it is a blank.  At the end of the word the escape is dropped. */
static int escape_plain(struct reader *r, struct sink *sink,
                        struct mb_error *err)
{
    const char *from = sink->raw ? r->p : r->p + 1;

    r->p += r->p[1] ? 2 : 1;
    return sink_put(sink, from, r->p - from, err);
}

/* What begins at r->p, whichever of the above it is. */
static int one_piece(struct reader *r, struct sink *sink, struct mb_error *err)
{
    mb_autobuf struct buf value = BUF_INIT;

    if (r->text && r->levels == 0 && *r->p != '$' &&
        (*r->p != r->escape || r->p[1] != '$'))
        return sink_put(sink, r->p++, 1, err);
    if (*r->p == r->escape)
        return escape_plain(r, sink, err);
    switch (*r->p) {
    case '\'':
        return quote_single(r, sink, err);
    case '"':
        return quote_double(r, sink, err);
    case '$':
        if (dollar(r, &value, err) < 0)
            return -1;
        /* Rule 2: the value goes straight into the sink, not back to us. */
        return sink_split(sink, value.s, err);
    default:
        return sink_split(sink, (char[]){*r->p++, '\0'}, err);
    }
}

/* plain = { any | escape | single | double | variable }, up to STOP or, if
 * that is 0, to the end.  STOP is consumed; -2 when it never comes.  A STOP
 * that is quoted or escaped is not seen here, as one_piece() takes it whole:
 * ${V:-"}"} ends at the last brace. */
static int plain(struct reader *r, char stop, struct sink *sink,
                 struct mb_error *err)
{
    while (*r->p && *r->p != stop)
        if (one_piece(r, sink, err) < 0)
            return -1;
    if (!stop)
        return 0;
    if (!*r->p)
        return -2;
    r->p++;
    return 0;
}

/* ---- variables --------------------------------------------------------- */

/* name = letter { letter | digit } | digit { digit } | one special character
 * Dockerfiles have no $1 and no $@, but they are read as sh would read them:
 * as names, of variables that are not set. */
static char *take_name(struct reader *r)
{
    size_t len = 0;

    if (isdigit((unsigned char)*r->p))
        len = strspn(r->p, "0123456789");
    else if (*r->p && strchr("@*#?-$!", *r->p))
        len = 1;
    else
        while (isalnum((unsigned char)r->p[len]) || r->p[len] == '_')
            len++;
    char *name = mb_strndup(r->p, len);
    r->p += len;
    return name;
}

/* Account for WORK (rule 4): many small words may ask for much of it. */
static int spend(struct reader *r, size_t work, struct mb_error *err)
{
    r->work += work;
    if (r->work > MOST_WORK)
        return mb_failx(err, "the word takes too long to expand");
    return 0;
}

/* The value of NAME; NULL when it is not set.  Each entry is looked at. */
static int look_up(struct reader *r, const char *name, const char **out,
                   struct mb_error *err)
{
    *out = strv_getenv(r->env, name);
    if (r->trace) {
        struct strv *names = *out ? &r->trace->found : &r->trace->missing;
        if (!strv_has(names, name))
            strv_add(names, name);
    }
    return spend(r, r->env->n, err);
}

/* No "}", or no second "/". */
static int missing(const struct variable *v, char what, struct mb_error *err)
{
    return mb_failx(err, "syntax error: missing %c in \"%.100s\"", what,
                    v->start);
}

/* Expand up to STOP: the word of an operator. */
static int take_word(struct reader *r, const struct variable *v, char stop,
                     struct sink *out, struct mb_error *err)
{
    int rc = plain(r, stop, out, err);

    return rc == -2 ? missing(v, stop, err) : rc;
}

/* ${V/p/r} ${V//p/r}.  In both words escapes are kept: in p, \/ and \} mean the
 * bare character, and in r the backslash stays (as in BuildKit). */
static int replace(struct reader *r, const struct variable *v, struct buf *out,
                   struct mb_error *err)
{
    mb_autosink struct sink pattern = {.text = BUF_INIT, .raw = true};
    mb_autosink struct sink with = {.text = BUF_INIT, .raw = true};
    struct pattern_replacement how = {.all = *r->p == '/', .most = SINK_MOST};

    r->p += how.all;
    if (take_word(r, v, '/', &pattern, err) < 0 ||
        take_word(r, v, '}', &with, err) < 0)
        return -1;
    how.pattern = pattern.text.s;
    how.with = with.text.s;
    /* What the matcher may need at worst (engine/pattern, rule 1). */
    if (spend(r, strlen(v->value) * (pattern.text.len + 1), err) < 0)
        return -1;
    return pattern_replace(&how, v->value, out, err);
}

/* Everything that follows ${NAME and is not just "}". */
static int operator(struct reader *r, struct variable *v, struct buf *out,
                    struct mb_error *err)
{
    mb_autosink struct sink word = SINK_INIT;

    v->empty_too = *r->p == ':';
    r->p += v->empty_too;
    if (!*r->p)
        return missing(v, '}', err);
    v->op = *r->p++;
    if (v->op == '/' && !v->empty_too)
        return replace(r, v, out, err);
    if (!strchr(v->empty_too ? "-+?" : "-+?#%", v->op))
        return mb_failx(err, "unsupported modifier (%s%c) in \"%.100s\"",
                        v->empty_too ? ":" : "", v->op, v->start);
    word.raw = v->op == '#' || v->op == '%';
    if (take_word(r, v, '}', &word, err) < 0)
        return -1;
    if (!word.raw)
        return variable_choose(v, word.text.s, out, err);
    if (spend(r, strlen(v->value) * (word.text.len + 1), err) < 0)
        return -1;
    return variable_trim(v, word.text.s, out, err);
}

/* braces = "${" name [ operator ] "}" */
static int braces(struct reader *r, struct buf *out, struct mb_error *err)
{
    struct variable v = {.start = r->p};

    r->p += strlen("${");
    if (!*r->p)
        return missing(&v, '}', err);
    if (strchr("{}:", *r->p))
        return mb_failx(err, "syntax error: bad substitution in \"%.100s\"",
                        v.start);
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
    buf_adds(out, v.value);
    return 0;
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
        buf_adds(out, value ? value : "");
        return 0;
    }
    if (r->levels == MOST_LEVELS)
        return mb_failx(err, "variables nested more than %d deep", MOST_LEVELS);
    /* Levels, that is: how many stand side by side does not matter. */
    r->levels++;
    int rc = braces(r, out, err);
    r->levels--;
    return rc;
}

/* ---- in and out -------------------------------------------------------- */

/* Expand the whole of what the reader holds into one string. */
static int expand_all(struct reader *r, char **out, struct mb_error *err)
{
    mb_autosink struct sink sink = SINK_INIT;

    if (plain(r, '\0', &sink, err) < 0)
        return -1;
    *out = buf_take(&sink.text);
    return 0;
}

int expand_word(const char *word, char escape, const struct strv *env,
                char **out, struct mb_error *err)
{
    struct reader r = {.p = word, .escape = escape, .env = env};

    return expand_all(&r, out, err);
}

int expand_traced(const char *word, char escape, const struct strv *env,
                  struct expand_trace *out, struct mb_error *err)
{
    struct reader r = {.p = word, .escape = escape, .env = env, .trace = out};

    r.text = out->heredoc;
    return expand_all(&r, &out->text, err);
}

void expand_trace_done(struct expand_trace *trace)
{
    free(trace->text);
    strv_done(&trace->found);
    strv_done(&trace->missing);
    *trace = (struct expand_trace){0};
}

int expand_text(const char *text, char escape, const struct strv *env,
                char **out, struct mb_error *err)
{
    struct reader r = {.p = text, .escape = escape, .env = env, .text = true};

    return expand_all(&r, out, err);
}

int expand_words(const char *word, char escape, const struct strv *env,
                 struct strv *out, struct mb_error *err)
{
    struct reader r = {.p = word, .escape = escape, .env = env};
    /* A list of our own: after a failure *out must be what it was. */
    mb_autostrv struct strv words = {0};
    mb_autosink struct sink sink = {.text = BUF_INIT, .words = &words};

    if (plain(&r, '\0', &sink, err) < 0)
        return -1;
    sink_end_word(&sink);
    for (size_t i = 0; i < words.n; i++)
        strv_take(out, words.v[i]);
    words.n = 0; /* the strings have moved; the list itself is freed */
    return 0;
}
