/* SPDX-License-Identifier: MIT */
/* Exercise 21-context: fill in the blanks (grep TODO).
 * The lesson: lessons/21-context.md.  Try it: make grade EX=21 */
/*
 * match.c - does this name match that pattern?
 *
 * Problem   A star can stand for any length, so the obvious matcher tries one
 *           length after the other, and again for each further star.  A file
 *           with the right name and a .dockerignore line such as *a*a*a*a*b
 *           then keep it busy for years, and both come from strangers.
 * Idea      Try all lengths at once.  Read the name once, and keep the set of
 *           all places in the pattern where a match could be by now:
 *
 *             pattern  *  .  c          name    a    .    c
 *                      0  1  2  3       places  0,1  0-2  0,1,3  3 = matched
 *
 *           For ** a place can be "in" as well: it takes any character, and
 *           goes on behind a "/".
 *           The work is at most length of name times length of pattern.
 *           fnmatch(3) will not do: it knows no **, and the one of glibc is
 *           the obvious matcher.
 * Rules     1. * ? stop at "/", [...] does not: so it is in Go.
 *           2. **, with the "/" after it, is nothing or whole directories;
 *              at the end of the pattern it is everything.
 *           3. ** in front of mere text is any text: **.log matches a.log.
 *              (So it is in docker, by accident; ignore files rely on it.)
 *           4. Names are UTF-8, but need not be: a wrong byte counts as one
 *              character, equal only to itself.
 * Read      glob(7), pkg.go.dev/path/filepath#Match, and R. Cox, "Regular
 *           Expression Matching Can Be Simple And Fast";
 *           lessons/21-context.md
 */
#include "engine/match.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The last character of Unicode.  Numbers above it are wrong bytes. */
enum { MAX_RUNE = 0x10ffff };

/* -- the grammar --------------------------------------------------------- */

/* Places in the pattern.  `at[p]`: all before p has matched.  `in[p]`: we are
 * inside the ** that ends at p.  Only first..last can be set. */
struct places {
    bool *at, *in;
    size_t first, last;
};

/* One match in progress.  The two sets change places at each character. */
struct matcher {
    const char *pattern;
    bool text_only; /* rule 3 applies */
    struct places now, next;
};

/* Decode the character at S, which is not empty.  Returns its length in
 * bytes; wrong UTF-8 gives 1 and a number above MAX_RUNE (rule 4). */
static size_t next_rune(const char *s, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *u = (const unsigned char *)s;
    size_t n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    uint32_t rune = n == 1 ? u[0] : u[0] & (0xff >> (n + 1));
    bool good = u[0] < 0x80 || (u[0] >= 0xc2 && u[0] < 0xf5);

    /* "/" and "." have one encoding only.  A decoder that takes c0 af for "/"
     * as well lets names through that the kernel reads otherwise. */
    for (size_t i = 1; good && i < n; i++) {
        good = (u[i] & 0xc0) == 0x80; /* stops at the NUL, too */
        rune = rune << 6 | (u[i] & 0x3f);
    }
    if (good && rune >= least[n] && rune <= MAX_RUNE) {
        *out = rune;
        return n;
    }
    *out = MAX_RUNE + 1 + u[0];
    return 1;
}

/* One end of a range in [...]: x or \x.  Returns what follows it, or NULL if
 * the pattern is broken. */
static const char *class_char(const char *p, uint32_t *out)
{
    if (*p == '\0' || *p == '-' || *p == ']')
        return NULL;
    if (*p == '\\' && *++p == '\0')
        return NULL; /* nothing left to escape */
    p += next_rune(p, out);
    return *out > MAX_RUNE ? NULL : p;
}

/* class = "[" ["^"] range { range } "]";  range = char ["-" char].
 * P is behind the "[".  Returns what follows the "]", or NULL if broken. */
static const char *match_class(const char *p, uint32_t rune, bool *out)
{
    bool negated = *p == '^', found = false;

    p += negated;
    do {
        uint32_t low = 0, high = 0;
        p = class_char(p, &low);
        high = low;
        if (p && *p == '-')
            p = class_char(p + 1, &high);
        if (!p)
            return NULL;
        found |= low <= rune && rune <= high;
    } while (*p != ']');
    *out = found != negated;
    return p + 1;
}

/* Is the grammar kept?  Asked of the whole pattern, for an error must not
 * depend on how far the name happens to match. */
static bool well_formed(const char *p)
{
    bool ignored;

    while (p && *p) {
        if (*p == '[')
            p = match_class(p + 1, 0, &ignored);
        else if (*p == '\\' && p[1] == '\0')
            return false;
        else
            p += *p == '\\' ? 2 : 1;
    }
    return p != NULL;
}

/* -- the set of places --------------------------------------------------- */

/* Put place P into the set; FLAGS is its `at` or `in`. */
static void put(struct places *set, bool *flags, size_t p)
{
    flags[p] = true;
    if (p < set->first)
        set->first = p;
    if (p > set->last)
        set->last = p;
}

/* Empty the set.  Only what can be set is cleared, for most sets hold one or
 * two places of a long pattern. */
static void clear(struct places *set)
{
    for (size_t p = set->first; p <= set->last; p++)
        set->at[p] = set->in[p] = false;
    set->first = SIZE_MAX;
    set->last = 0;
}

/* A star may stand for nothing: add the places behind stars.  They lie behind
 * the star, so one pass finds them all.  True: ** at the end was reached, and
 * whatever is left of the name matches. */
static bool skip_stars(struct matcher *m)
{
    for (size_t p = m->now.first; p <= m->now.last; p++) {
        if (!m->now.at[p] || m->pattern[p] != '*')
            continue;
        // TODO step 2: the star at P may stand for nothing: put() what is
        //   behind it. For "**", give up P, and put() two places (rule 2).
        continue;
    }
    return false;
}

/* From place P, where does the character RUNE lead? */
static void step_from(struct matcher *m, size_t p, uint32_t rune)
{
    const char *s = m->pattern + p;
    uint32_t want;
    bool yes = false;

    // TODO step 1: does RUNE fit what stands at s (rules 1 and 4)? Say so in
    //   `yes`, and move s behind that. A star stays where it is. \0, the end of
    //   the pattern, fits nothing.
    (void)rune, (void)want;
    if (yes)
        put(&m->next, m->next.at, s - m->pattern);
}

/* Take one character of the name.  False: no place is left. */
static bool step(struct matcher *m, uint32_t rune)
{
    clear(&m->next);
    for (size_t p = m->now.first; p <= m->now.last; p++) {
        /* In ** anything goes, but it is left only behind a "/" (rule 2). */
        if (m->now.in[p]) {
            put(&m->next, m->next.in, p);
            if (rune == '/' || m->text_only)
                put(&m->next, m->next.at, p);
        }
        if (m->now.at[p])
            step_from(m, p, rune);
    }
    struct places swap = m->now;
    m->now = m->next;
    m->next = swap;
    return m->now.first != SIZE_MAX;
}

/* Run over the name.  With TREE, a match that ends before a "/" counts: the
 * pattern matches a directory on the way.  One run tells, instead of one for
 * each directory in the path. */
static bool run(struct matcher *m, const char *name, bool tree)
{
    size_t end = strlen(m->pattern);
    uint32_t rune;

    put(&m->now, m->now.at, 0);
    for (;;) {
        if (skip_stars(m))
            return true;
        /* "at the end" is a match only if the name ends, too. */
        if (m->now.at[end] && (*name == '\0' || (tree && *name == '/')))
            return true;
        if (*name == '\0')
            return false;
        name += next_rune(name, &rune);
        if (!step(m, rune))
            return false; /* most names end here, after a few letters */
    }
}

/* Both exported functions: check, take the easy way, else take the other. */
static int match(const char *pattern, const char *name, bool tree)
{
    static const char special[] = "*?[\\";

    if (!well_formed(pattern))
        return -1;
    bool text_only = strncmp(pattern, "**", 2) == 0 && pattern[2] != '/' &&
                     !strpbrk(pattern + 2, special);

    /* Most patterns and names differ in their first letters: find out before
     * any memory is asked for.  A match of mere text needs none at all. */
    while (*pattern && !strchr(special, *pattern)) {
        if (*pattern++ != *name++)
            return 0;
    }
    if (*pattern == '\0')
        return *name == '\0' || (tree && *name == '/');

    /* Two sets of two flags for each place, the end of the pattern included;
     * one block, so that there is one thing to free. */
    size_t n = strlen(pattern) + 1;
    mb_autofree bool *flags = mb_alloc(4 * n * sizeof *flags);
    struct matcher m = {
        .pattern = pattern,
        .text_only = text_only,
        .now = {flags, flags + n, SIZE_MAX, 0},
        .next = {flags + 2 * n, flags + 3 * n, SIZE_MAX, 0},
    };
    return run(&m, name, tree);
}

int match_glob(const char *pattern, const char *name)
{
    return match(pattern, name, false);
}

int match_tree(const char *pattern, const char *path)
{
    return match(pattern, path, true);
}
