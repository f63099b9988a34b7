/* SPDX-License-Identifier: MIT */
/* Exercise 19-dockerfile: fill in the blanks (grep TODO).
 * The lesson: lessons/19-dockerfile.md.  Try it: make grade EX=19 */
/*
 * dfword.c - splitting a line of a Dockerfile into words
 *
 * Problem   A Dockerfile has no one grammar for words.  Each instruction
 *           splits its line in its own way:
 *
 *             COPY "a b" /c        three words, the quotes are letters
 *             COPY ["a b", "/c"]   two words: what the array is for
 *             ENV A="a b" C=d      two words, and the quotes stay until the
 *                                  variables are expanded
 *             RUN echo "a b"       no words at all: a shell will split it
 *
 * Idea      A small function for each way, and the table in engine/dockerfile
 *           says which instruction goes which way.
 * Rules     1. Quotes are removed once, by the last to look.  Who removes them
 *              early turns A="$B" and A='$B' into the same thing.
 *           2. BuildKit's own tree is the measure, and where two of its
 *              functions differ, so do ours: words end at white space of any
 *              script in ENV, and at ASCII's in COPY; flags and HEALTHCHECK
 *              are looked at byte by byte.
 * Read      BuildKit's frontend/dockerfile/parser; lessons/19-dockerfile.md
 */
#include "engine/dfword.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/dfquote.h"

void dfword_split(const char *text, struct strv *out)
{
    for (const char *p = text; *p; p += strspn(p, DFWORD_WHITE)) {
        size_t len = strcspn(p, DFWORD_WHITE);
        strv_take(out, mb_strndup(p, len));
        p += len;
    }
}

/* What QUOTE, the quote that is open (0: none), becomes after C:
 *
 *     text     a " b ' c " d ' e '
 *     quote    . " " " " . . ' ' .       the ' inside of "..." is a letter
 */
static char next_quote(char quote, uint32_t c)
{
    if (quote)
        return c == (unsigned char)quote ? 0 : quote;
    return c == '"' || c == '\'' ? c : 0;
}

/* word = { char | escape char | '"' ... '"' | "'" ... "'" }
 * Copies the word at P as it is, and returns what follows it. */
static const char *next_word(const char *p, char escape, struct buf *word)
{
    // TODO step 3: copy characters up to white space outside of quotes; an
    //   escape takes the character behind it along, whatever it is. But between
    //   ' and ' nothing is an escape, and at the end of the text it is dropped
    (void)escape, (void)word; return p + strlen(p);
}

void dfword_quoted(const char *text, char escape, struct strv *out)
{
    for (const char *p = utf8_skip_space(text); *p; p = utf8_skip_space(p)) {
        mb_autobuf struct buf word = BUF_INIT;
        p = next_word(p, escape, &word);
        if (word.len)
            strv_take(out, buf_take(&word));
    }
}

/* ENV and LABEL as they were at first: `ENV name the rest of the line`.  Still
 * allowed, and a trap: `ENV A b=c` sets A to "b=c", and an ENV line of this
 * form can set no second variable. */
static int old_pair(const char *text, struct dfword_pairs *pairs,
                    struct strv *out, struct mb_error *err)
{
    const char *end = text + strcspn(text, DFWORD_WHITE);

    /* Not even white space follows: the name is all there is. */
    if (!*end)
        return mb_failx(err, "%s must have two arguments", pairs->instruction);
    pairs->old = true;
    strv_take(out, mb_strndup(text, end - text));
    strv_add(out, end + strspn(end, DFWORD_WHITE));
    return 0;
}

/* Most often a value with a blank that nobody quoted, or a comment behind the
 * instruction. */
static int refuse_word(const char *word, struct mb_error *err)
{
    mb_autobuf struct buf quoted = BUF_INIT;
    mb_autofree char *start = mb_strndup(word, 100);

    dfquote_add(&quoted, start);
    return mb_failx(err,
                    "Syntax error - can't find = in %s. Must be of the form: "
                    "name=value",
                    quoted.s);
}

/* pairs = name "=" value { name "=" value } | name rest-of-line
 * The first word decides which of the two it is. */
int dfword_pairs(const char *text, struct dfword_pairs *pairs, struct strv *out,
                 struct mb_error *err)
{
    size_t before = out->n;

    for (const char *p = utf8_skip_space(text); *p; p = utf8_skip_space(p)) {
        mb_autobuf struct buf word = BUF_INIT;
        pairs->wrong = p;
        p = next_word(p, pairs->escape, &word);
        const char *equals = strchr(word.s, '=');
        if (!word.len)
            continue;
        if (!equals && out->n == before)
            return old_pair(text, pairs, out, err);
        if (!equals)
            return refuse_word(word.s, err);
        strv_take(out, mb_strndup(word.s, equals - word.s));
        strv_add(out, equals + 1);
    }
    return 0;
}

/* White space to who looks at single bytes (rule 2): the last two are the
 * numbers of blanks that ASCII does not have, but in UTF-8 they are also parts
 * of letters. */
static bool is_byte_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\x85' || c == '\xa0';
}

/* The first byte from P on that is white space, or, if WHITE, that is not. */
static const char *skip_bytes(const char *p, bool white)
{
    while (*p && is_byte_space(*p) == white)
        p++;
    return p;
}

/* Put the flag at P into *word without its quotes and escapes, and return what
 * follows it.  No variable is ever expanded before they are removed, so rule 1
 * makes us the last to look.  Each byte becomes the character of its number,
 * which garbles what is not ASCII (rule 2). */
static const char *next_flag(const char *p, char escape, struct buf *word)
{
    char quote = 0;

    for (; *p && (quote || !is_byte_space(*p)); p++) {
        char after = next_quote(quote, (unsigned char)*p);
        if (*p == escape && p[1]) /* at the end of the line it is dropped */
            utf8_add(word, (unsigned char)*++p);
        else if (*p != escape && after == quote)
            utf8_add(word, (unsigned char)*p);
        quote = after;
    }
    return p;
}

const char *dfword_flags(const char *text, char escape, struct strv *out)
{
    const char *p = skip_bytes(text, true);

    while (starts_with(p, "--")) {
        mb_autobuf struct buf word = BUF_INIT;
        /* The value is in the same word: --from build would be a flag without
         * a value and a first argument, and engine/dfflag says so. */
        p = next_flag(p, escape, &word);
        if (strcmp(word.s, "--") == 0)
            break;
        strv_take(out, buf_take(&word));
        p = skip_bytes(p, true);
    }
    return p;
}

const char *dfword_find_flag(const char *text, char escape, size_t n)
{
    const char *p = skip_bytes(text, true);

    while (n-- > 0) {
        mb_autobuf struct buf word = BUF_INIT;
        p = skip_bytes(next_flag(p, escape, &word), true);
    }
    return p;
}

const char *dfword_health(const char *text, struct strv *out)
{
    const char *end = skip_bytes(text, false);

    if (end == text)
        return end + strlen(end);
    strv_take(out, mb_strndup(text, end - text));
    return skip_bytes(end, true);
}
