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
 *           2. "?" is one character, and in UTF-8 that is one leading byte
 *              with all the continuation bytes (10xxxxxx) after it, or, in the
 *              mirror, before it.
 * Read      POSIX, Shell Command Language, 2.13 Pattern Matching Notation;
 *           lessons/20-arg-and-env.md
 */
#include "engine/pattern.h"

#include <string.h>

#include "base/mem.h"

/* A pattern's elements are bytes, and these. */
enum { ANY_CHAR = 256, STAR };

struct glob {
    int *e;
    size_t n;
    bool mirrored;
};

struct text {
    const char *s;
    size_t n;
};

/* A part of a text, or of a pattern: FROM is the first that belongs to it, TO
 * the first that does not. */
struct range {
    size_t from, to;
};

#define mb_autoglob __attribute__((cleanup(glob_done)))

/* Free the elements. */
static void glob_done(struct glob *glob)
{
    mb_cleanup_free(&glob->e);
}

/* ---- reading a pattern ------------------------------------------------- */

/* element = "*" | "?" | "\" ( "*" | "?" | "\" | "}" | "/" ) | any other
 * The element at *P, which moves on.  A backslash that is followed by nothing
 * it could mean is refused: it may be one thing here and another in a shell. */
static int take_element(const char **p, struct mb_error *err)
{
    char c = *(*p)++;

    if (c == '*')
        return STAR;
    if (c == '?')
        return ANY_CHAR;
    if (c != '\\')
        return (unsigned char)c;
    if (!**p || !strchr("*?\\}/", **p))
        return mb_failx(err, "invalid escape '\\%.1s' in a pattern", *p);
    return (unsigned char)*(*p)++;
}

/* Turn the text of a pattern into elements, so that what was escaped and what
 * was not can be told apart, from either end. */
static int glob_parse(const char *pattern, bool mirrored, struct glob *out,
                      struct mb_error *err)
{
    size_t room = strlen(pattern) + 1;

    *out = (struct glob){.e = mb_alloc(room * sizeof *out->e),
                         .mirrored = mirrored};
    while (*pattern) {
        int element = take_element(&pattern, err);
        if (element < 0)
            return -1;
        out->e[out->n++] = element;
    }
    /* Elements, not bytes: an escaped star stays escaped in the mirror. */
    for (size_t i = 0; mirrored && i < out->n / 2; i++) {
        int other = out->e[out->n - 1 - i];
        out->e[out->n - 1 - i] = out->e[i];
        out->e[i] = other;
    }
    return 0;
}

/* ---- matching ---------------------------------------------------------- */

/* Whether byte I of TEXT is inside of a character (rule 2). */
static bool continues(struct text text, size_t i)
{
    return i < text.n && ((unsigned char)text.s[i] & 0xc0) == 0x80;
}

/* Where the character at AT ends. */
static size_t after_char(const struct glob *g, struct text text, size_t at)
{
    if (g->mirrored) { /* the leading byte comes last */
        while (continues(text, at))
            at++;
        return at < text.n ? at + 1 : at;
    }
    do
        at++;
    while (continues(text, at));
    return at;
}

/* Whether the segment SEG matches at AT, all of it, without a choice, and then
 * where it ends. */
static bool match_at(const struct glob *g, struct range seg, struct text text,
                     size_t at, size_t *end)
{
    for (size_t i = seg.from; i < seg.to; i++) {
        if (at >= text.n)
            return false;
        if (g->e[i] == ANY_CHAR)
            at = after_char(g, text, at);
        else if (g->e[i] == (unsigned char)text.s[at])
            at++;
        else
            return false;
    }
    *end = at;
    return true;
}

/* Both searches below try one place after the other: length of value times
 * length of segment.  memmem(3) would be faster and knows no "?". */

/* The first place from hit->from on where SEG matches. */
static bool find_first(const struct glob *g, struct range seg, struct text text,
                       struct range *hit)
{
    for (; hit->from <= text.n; hit->from++)
        if (match_at(g, seg, text, hit->from, &hit->to))
            return true;
    return false;
}

/* The last place, not before hit->from, where SEG matches. */
static bool find_last(const struct glob *g, struct range seg, struct text text,
                      struct range *hit)
{
    for (size_t at = text.n + 1; at-- > hit->from;)
        if (match_at(g, seg, text, at, &hit->to)) {
            hit->from = at;
            return true;
        }
    return false;
}

/* The segment of the pattern that begins at FROM.  It may be empty, and then
 * it matches anywhere: "*x" begins with one, "x*" ends with one. */
static struct range segment(const struct glob *g, size_t from)
{
    struct range seg = {from, from};

    while (seg.to < g->n && g->e[seg.to] != STAR)
        seg.to++;
    return seg;
}

/* Place the segments behind the first, which ended at hit->to; the last one
 * moves hit->to to the end of the match. */
static bool match_rest(const struct glob *g, size_t done, bool longest,
                       struct text text, struct range *hit)
{
    while (done < g->n) {
        struct range seg = segment(g, done + 1), place = {hit->to, 0};
        bool last = seg.to == g->n;
        /* To the left, except for the last one of a longest match. */
        if (!(last && longest ? find_last : find_first)(g, seg, text, &place))
            return false;
        hit->to = place.to;
        done = seg.to;
    }
    return true;
}

/* ---- in and out -------------------------------------------------------- */

/* How much of the beginning of TEXT is to be trimmed off. */
static size_t prefix_length(const struct glob *g, bool longest,
                            struct text text)
{
    struct range first = segment(g, 0), hit = {0, 0};

    /* The first segment has no star before it: it is here or nowhere.  No
     * match trims nothing, and so does a match of length 0. */
    if (!match_at(g, first, text, 0, &hit.to) ||
        !match_rest(g, first.to, longest, text, &hit))
        return 0;
    return hit.to;
}

int pattern_trim_prefix(const char *pattern, bool longest, const char *value,
                        struct buf *out, struct mb_error *err)
{
    mb_autoglob struct glob g = {0};

    if (glob_parse(pattern, false, &g, err) < 0)
        return -1;
    buf_adds(out, value + prefix_length(&g, longest,
                                        (struct text){value, strlen(value)}));
    return 0;
}

int pattern_trim_suffix(const char *pattern, bool longest, const char *value,
                        struct buf *out, struct mb_error *err)
{
    mb_autoglob struct glob g = {0};
    size_t n = strlen(value);
    mb_autofree char *mirrored = mb_alloc(n + 1);

    if (glob_parse(pattern, true, &g, err) < 0)
        return -1;
    /* Byte by byte; rule 2 takes care of what this does to UTF-8. */
    for (size_t i = 0; i < n; i++)
        mirrored[i] = value[n - 1 - i];
    buf_add(out, value,
            n - prefix_length(&g, longest, (struct text){mirrored, n}));
    return 0;
}

/* Append what lies before the match HIT, then what replaces it. */
static int add_replaced(const struct pattern_replacement *how, struct text gap,
                        struct buf *out, struct mb_error *err)
{
    size_t len = strlen(how->with);

    /* ${V//a/$W} multiplies: both may be as long as a word can be. */
    if (out->len + gap.n + len > how->most)
        return mb_failx(err, "a replacement makes more than %zu bytes",
                        how->most);
    buf_add(out, gap.s, gap.n);
    buf_add(out, how->with, len);
    return 0;
}

/* Walk along the value; `copied` is how far the result goes, `tried` where the
 * next match may begin. */
int pattern_replace(const struct pattern_replacement *how, const char *value,
                    struct buf *out, struct mb_error *err)
{
    mb_autoglob struct glob g = {0};
    struct text text = {value, strlen(value)};
    size_t copied = 0, tried = 0;
    struct range hit;

    if (glob_parse(how->pattern, false, &g, err) < 0)
        return -1;
    struct range first = segment(&g, 0);
    for (bool more = true; more && tried <= text.n;) {
        /* If the first segment's leftmost place leaves no room for the others,
         * then no later one does either: that is the end. */
        hit = (struct range){tried, tried};
        if (!find_first(&g, first, text, &hit) ||
            !match_rest(&g, first.to, true, text, &hit))
            break;
        tried = hit.to;
        if (hit.to == hit.from) /* an empty match: go on behind the next char */
            tried = after_char(&g, text, hit.to);
        if (hit.to == hit.from && copied && copied == hit.from)
            continue; /* right behind a match: not counted, as in Go */
        struct text gap = {value + copied, hit.from - copied};
        if (add_replaced(how, gap, out, err) < 0)
            return -1;
        copied = hit.to;
        more = how->all;
    }
    buf_adds(out, value + copied);
    return 0;
}
