/* SPDX-License-Identifier: MIT */
/*
 * quote.c - quotes and escapes of a Dockerfile's words
 *
 * Problem   ENV, COPY, WORKDIR and their like are not run by a shell, and yet
 *           people write "a b" and it\'s in them.
 * Idea      Read the word once from left to right.  Whatever is special calls
 *           the function that knows how it ends:
 *
 *             a "b ${V:-c$D}" e           quote_plain()
 *               |  |                        quote_double()
 *               |  `- r->dollar()             expand.c
 *               `---- quote_double()            quote_plain(), up to the "}"
 *
 * Rules     1. '...' is literal.  In "..." variables work, and the escape works
 *              before " $ and itself.  Elsewhere it works before anything.
 *           2. A value is never looked at again: with A='$B', $A is the two
 *              letters "$B".  So expansion always ends, and who sets a value
 *              can't run anything.
 *           3. Where words are wanted (EXPOSE), white space separates them,
 *              also that of a value, unless it is quoted or escaped.  After
 *              the quotes are gone nobody could tell, so the separators are
 *              marked at once, by a NUL, which no word can contain.
 * Read      POSIX, Shell Command Language, 2.2 Quoting; BuildKit's
 *           frontend/dockerfile/shell; lessons/20-arg-and-env.md
 */
#include "engine/quote.h"

#include <string.h>

#include "base/utf8.h"

/* ---- what comes out ----------------------------------------------------- */

int quote_put(struct buf *out, const char *s, size_t len, struct mb_error *err)
{
    if (out->len + len > QUOTE_MOST)
        return mb_failx(err, "the word expands to more than %d bytes",
                        QUOTE_MOST);
    buf_add(out, s, len);
    return 0;
}

/* Append LEN bytes in which white space separates words (rule 3). */
static int put_split(const struct reader *r, struct buf *out, const char *s,
                     size_t len, struct mb_error *err)
{
    size_t from = out->len;

    if (quote_put(out, s, len, err) < 0)
        return -1;
    /* Every byte of the white space: empty words are none. */
    for (char *p = out->s + from; out == r->words && *p;) {
        uint32_t c;
        size_t width = utf8_decode(p, &c);
        if (utf8_is_space(c))
            memset(p, '\0', width);
        p += width;
    }
    return 0;
}

/* ---- quotes and escapes ------------------------------------------------ */

/* single = "'" { any } "'"
 * Not even the escape works, so there is no way to write ' in it; a shell's
 * way, 'it'\''s', is three pieces and works here as well. */
static int quote_single(struct reader *r, struct buf *out, struct mb_error *err)
{
    const char *start = r->p + 1;

    r->p = strchrnul(start, '\'');
    if (!*r->p)
        return mb_failx(err, "unexpected end of statement while looking for "
                             "matching single-quote");
    return quote_put(out, start, r->p++ - start, err);
}

/* Append a character of LEN bytes that is plain.  A pattern has to be told so:
 * there the escape stays before it. */
static int put_plain(const struct reader *r, struct buf *out, const char *s,
                     size_t len, struct mb_error *err)
{
    if (r->raw && quote_put(out, &r->escape, 1, err) < 0)
        return -1;
    return quote_put(out, s, len, err);
}

/* The escape at r->p, which is QUOTED inside "...".  Behind the last character
 * of the word it stands for nothing. */
static int escape(struct reader *r, bool quoted, struct buf *out,
                  struct mb_error *err)
{
    const char *plain;
    uint32_t c;

    /* STEP 1, 2 points: rule 1: let `plain` point to the character that is
     * plain: where the escape works, the one behind it; else the escape itself
     * else: return mb_failx(err, NOT_WRITTEN); */
    char next = r->p[1];
    bool works = !quoted || next == '"' || next == '$' || next == r->escape;
    plain = works ? r->p + 1 : r->p;
    /* END STEP 1 */
    size_t len = *plain ? utf8_decode(plain, &c) : 0;
    r->p = plain + len;
    return put_plain(r, out, plain, len, err);
}

/* double = '"' { any | escape | variable } '"'
 * A value is put, not split: quotes keep it in one piece, as in a shell. */
static int quote_double(struct reader *r, struct buf *out, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    for (r->p++; *r->p != '"';) {
        int result = 0;
        if (!*r->p)
            return mb_failx(err, "unexpected end of statement while looking "
                                 "for matching double-quote");
        if (*r->p == r->escape)
            result = escape(r, true, &text, err);
        else if (*r->p == '$')
            result = r->dollar(r, &text, err);
        else
            result = quote_put(&text, r->p++, 1, err);
        if (result < 0)
            return -1;
    }
    r->p++;
    return quote_put(out, text.s, text.len, err);
}

/* What begins at r->p, whichever of the above it is. */
static int piece(struct reader *r, struct buf *out, struct mb_error *err)
{
    mb_autobuf struct buf value = BUF_INIT;
    const char *from = r->p;
    uint32_t c;

    if (*r->p == r->escape)
        return escape(r, false, out, err);
    if (*r->p == '\'' && !r->text)
        return quote_single(r, out, err);
    if (*r->p == '"' && !r->text)
        return quote_double(r, out, err);
    if (*r->p == '$') {
        if (r->dollar(r, &value, err) < 0)
            return -1;
        /* Rule 2: the value goes straight out, not back to us. */
        return put_split(r, out, value.s, value.len, err);
    }
    r->p += utf8_decode(r->p, &c);
    return put_split(r, out, from, r->p - from, err);
}

/* plain = { any | escape | single | double | variable }
 * A STOP that is quoted or escaped is not seen here, as piece() takes it whole:
 * ${V:-"}"} ends at the last brace. */
int quote_plain(struct reader *r, char stop, struct buf *out,
                struct mb_error *err)
{
    while (*r->p != stop) {
        if (!*r->p)
            return mb_failx(err, "unexpected end of statement");
        if (piece(r, out, err) < 0)
            return -1;
    }
    r->p += stop != '\0';
    return 0;
}
