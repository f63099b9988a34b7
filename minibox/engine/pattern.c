/* SPDX-License-Identifier: MIT */
/*
 * pattern.c - the patterns in ${V#p}, ${V%p} and ${V/p/r}
 *
 * Problem   Trying every beginning of a value against a pattern, and in it
 *           every length of every star, takes years for "*a*a*a*a*b".
 * Idea      The stars cut a pattern into segments without stars.  To place
 *           each segment as far left as it goes never spoils it for the next
 *           one, so one pass is enough.  Only the last one is free to choose:
 *
 *             value      1 . 2 . 3 - r c 1 - r c 2
 *             pattern    1 * . * - r                   segments "1" "." "-r"
 *             shortest   1 .         - r               the first "-r"
 *             longest    1 .                 - r       the last "-r"
 *
 *           A suffix is a prefix in the mirror: turn pattern and value round.
 * Rules     1. The time is at most length of value times length of pattern;
 *              engine/expand keeps an account of it.
 *           2. Neither "*" nor "?" matches a newline (as in BuildKit, where
 *              they become ".*" and "." of a regular expression).
 * Read      POSIX, Shell Command Language, 2.13 Pattern Matching Notation;
 *           lessons/20-arg-and-env.md
 */
#include "engine/pattern.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define NOWHERE ((size_t)-1)

/* A text, or a pattern, one number for each character: so "?" is one of them,
 * however many bytes it has, and what was escaped differs from what was not. */
enum { ANY = 0x110000, STAR };

struct chars {
    uint32_t *c;
    size_t n;
};

/* A part of a pattern: FROM is the first that belongs to it, TO the first that
 * does not. */
struct range {
    size_t from, to;
};

#define mb_autochars __attribute__((cleanup(chars_done)))

static void chars_done(struct chars *t)
{
    mb_cleanup_free(&t->c);
}

/* The characters of S, the last one first if MIRRORED.  An escape goes on
 * standing before what it escapes; there are none if ESCAPE is 0. */
static struct chars read_chars(const char *s, bool mirrored, uint32_t escape)
{
    mb_autochars struct chars t = {.c = mb_alloc(strlen(s) * sizeof *t.c + 1)};
    struct chars out = {0};

    while (*s)
        s += utf8_decode(s, &t.c[t.n++]);
    out = (struct chars){.c = mb_alloc(t.n * sizeof *t.c + 1), .n = t.n};
    for (size_t i = 0; i < t.n;) {
        size_t size = escape && t.c[i] == escape && i + 1 < t.n ? 2 : 1;
        size_t to = mirrored ? t.n - i - size : i;
        memcpy(out.c + to, t.c + i, size * sizeof *t.c);
        i += size;
    }
    return out;
}

/* Append the characters from FROM to TO. */
static void add_chars(struct buf *out, const struct chars *t, size_t from,
                      size_t to)
{
    while (from < to)
        utf8_add(out, t->c[from++]);
}

/* ---- reading a pattern ------------------------------------------------- */

/* element = "*" | "?" | "\" ( "*" | "?" | "\" | "}" | "/" ) | any other
 * The element at *I, which moves on.  A backslash that is followed by nothing
 * it could mean is refused: it may be one thing here and another in a shell. */
static int take_element(const struct chars *t, size_t *i, uint32_t *out)
{
    uint32_t c = t->c[(*i)++];

    *out = c == '*' ? STAR : c == '?' ? ANY : c;
    if (c != '\\')
        return 0;
    if (*i == t->n || t->c[*i] > 0x7f || !strchr("*?\\}/", (int)t->c[*i]))
        return -1;
    *out = t->c[(*i)++];
    return 0;
}

/* Turn the text of a pattern into elements. */
static int parse(const char *pattern, bool mirrored, struct chars *out,
                 struct mb_error *err)
{
    *out = read_chars(pattern, mirrored, '\\');
    size_t i = out->n && out->c[0] == UTF8_MARK, n = 0;

    while (i < out->n) {
        size_t from = i;
        if (take_element(out, &i, &out->c[n++]) == 0)
            continue;
        mb_autobuf struct buf escaped = BUF_INIT;
        add_chars(&escaped, out, from + 1, i < out->n ? i + 1 : i);
        return mb_failx(err,
                        "invalid pattern (%.200s) in substitution: invalid "
                        "escape '\\%s'",
                        pattern, escaped.s);
    }
    out->n = n;
    return 0;
}

/* ---- matching ---------------------------------------------------------- */

/* Does the segment match at AT, all of it? */
static bool match_at(const struct chars *g, struct range seg,
                     const struct chars *text, size_t at)
{
    if (seg.to - seg.from > text->n - at)
        return false;
    for (size_t i = seg.from; i < seg.to; i++, at++)
        if (g->c[i] != text->c[at] && (g->c[i] != ANY || text->c[at] == '\n'))
            return false;
    return true;
}

/* The first place in WHERE (its end counts) at which the segment matches, or
 * the last one; or NOWHERE.  One place after the other: this is what rule 1 is
 * about. */
static size_t find(const struct chars *g, struct range seg,
                   const struct chars *text, struct range where, bool last)
{
    for (size_t i = where.from; i <= where.to; i++) {
        size_t at = last ? where.to - (i - where.from) : i;
        if (match_at(g, seg, text, at))
            return at;
    }
    return NOWHERE;
}

/* Where a star that begins at FROM must end at the latest (rule 2). */
static size_t reach(const struct chars *text, size_t from)
{
    while (from < text->n && text->c[from] != '\n')
        from++;
    return from;
}

/* The segment of the pattern that begins at FROM.  It may be empty, and then
 * it matches anywhere: "*x" begins with one, "x*" ends with one. */
static struct range segment(const struct chars *g, size_t from)
{
    struct range seg = {from, from};

    while (seg.to < g->n && g->c[seg.to] != STAR)
        seg.to++;
    return seg;
}

/* The pattern's first segment, FIRST, is at AT: place the others.  Returns
 * where the match ends, or NOWHERE. */
static size_t match_rest(const struct chars *g, size_t at, bool longest,
                         const struct chars *text)
{
    struct range seg = segment(g, 0);
    size_t end = at + seg.to;

    while (seg.to < g->n) {
        seg = segment(g, seg.to + 1);
        struct range where = {end, reach(text, end)};
        /* To the left, except for the last one of a longest match. */
        at = find(g, seg, text, where, longest && seg.to == g->n);
        if (at == NOWHERE)
            return NOWHERE;
        end = at + (seg.to - seg.from);
    }
    return end;
}

/* ---- in and out -------------------------------------------------------- */

/* Trim the beginning of VALUE, or in the mirror its end. */
static int trim(const char *pattern, bool longest, const char *value,
                bool mirrored, struct buf *out, struct mb_error *err)
{
    mb_autochars struct chars g = {0}, text = read_chars(value, mirrored, 0);

    if (parse(pattern, mirrored, &g, err) < 0)
        return -1;
    /* The first segment has no star before it: it is here or nowhere. */
    size_t cut = match_at(&g, segment(&g, 0), &text, 0)
                     ? match_rest(&g, 0, longest, &text)
                     : NOWHERE;
    if (cut == NOWHERE)
        cut = 0;
    for (size_t i = cut; i < text.n; i++)
        utf8_add(out, text.c[mirrored ? text.n - 1 - (i - cut) : i]);
    return 0;
}

int pattern_trim_prefix(const char *pattern, bool longest, const char *value,
                        struct buf *out, struct mb_error *err)
{
    return trim(pattern, longest, value, false, out, err);
}

int pattern_trim_suffix(const char *pattern, bool longest, const char *value,
                        struct buf *out, struct mb_error *err)
{
    return trim(pattern, longest, value, true, out, err);
}

/* Append what the "$" before *P stands for when MATCHED was matched, and move
 * *P behind it.  BuildKit leaves this to Go's regexp.Expand: "$$" is "$", $0
 * and ${0} are the match, other names groups, which our patterns don't have. */
static void add_reference(const char **p, const struct buf *matched,
                          struct buf *out)
{
    bool brace = **p == '{';
    const char *name = *p + brace, *end = name + utf8_name(name);

    if (end == name || (brace && *end != '}')) { /* no reference */
        buf_addc(out, '$');
        *p += **p == '$';
        return;
    }
    if (end - name == 1 && *name == '0')
        buf_add(out, matched->s, matched->len);
    *p = end + brace;
}

/* Append what replaces MATCHED; the "$"s of a first match are letters. */
static int add_replacement(const struct pattern_replacement *how,
                           const struct buf *matched, struct buf *out,
                           struct mb_error *err)
{
    const char *p = how->with;

    do {
        size_t len = how->all ? strcspn(p, "$") : strlen(p);
        buf_add(out, p, len);
        p += len;
        if (*p == '$') {
            p++;
            add_reference(&p, matched, out);
        }
        /* ${V//a/$W} multiplies: both may be as long as a word can be. */
        if (out->len > how->most)
            return mb_failx(err, "a replacement makes more than %zu bytes",
                            how->most);
    } while (*p);
    return 0;
}

/* The first match that begins at MATCH->from or later. */
static bool next_match(const struct chars *g, const struct chars *text,
                       struct range *match)
{
    while (match->from <= text->n) {
        struct range where = {match->from, text->n};
        match->from = find(g, segment(g, 0), text, where, false);
        if (match->from == NOWHERE)
            return false;
        match->to = match_rest(g, match->from, true, text);
        if (match->to != NOWHERE)
            return true;
        /* The leftmost place left no room for the other segments.  Then no
         * later one does either, unless it is on another line. */
        match->from = reach(text, match->from) + 1;
    }
    return false;
}

int pattern_replace(const struct pattern_replacement *how, const char *value,
                    struct buf *out, struct mb_error *err)
{
    mb_autochars struct chars g = {0}, text = read_chars(value, false, 0);
    size_t copied = 0;

    if (parse(how->pattern, false, &g, err) < 0)
        return -1;
    for (struct range m = {0, 0}; next_match(&g, &text, &m);) {
        mb_autobuf struct buf matched = BUF_INIT;
        add_chars(&matched, &text, m.from, m.to);
        add_chars(out, &text, copied, m.from);
        /* An empty match right behind another is none (as in Go). */
        if ((m.to > copied || m.to == 0) &&
            add_replacement(how, &matched, out, err) < 0)
            return -1;
        copied = m.to;
        if (!how->all)
            break;
        m.from = m.to + (m.to == m.from);
    }
    add_chars(out, &text, copied, text.n);
    return 0;
}
