/* SPDX-License-Identifier: MIT */
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
 * Rules     1. JSON means double quotes.  ['a'] is no JSON, so it is taken as
 *              shell form without a complaint: the classic surprise.
 *           2. Quotes are removed once, by the last to look.  Who removes them
 *              early turns A="$B" and A='$B' into the same thing.
 * Read      RFC 8259 (JSON); BuildKit's frontend/dockerfile/parser;
 *           lessons/19-dockerfile.md
 */
#include "engine/dfword.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Two steps that every splitter below is made of.  isspace(3) of a plain char
 * would be undefined for the bytes of UTF-8 text, hence the casts. */

/* The first visible character from P on. */
static const char *skip_space(const char *p)
{
    while (isspace((unsigned char)*p))
        p++;
    return p;
}

/* The first white space from P on, or the end. */
static const char *skip_visible(const char *p)
{
    while (*p && !isspace((unsigned char)*p))
        p++;
    return p;
}

void dfword_split(const char *text, struct strv *out)
{
    for (const char *p = skip_space(text); *p; p = skip_space(p)) {
        const char *end = skip_visible(p);
        strv_take(out, mb_strndup(p, end - p));
        p = end;
    }
}

/* What QUOTE, the quote that is open (0: none), becomes after C:
 *
 *     text     a " b ' c " d ' e '
 *     quote    . " " " " . . ' ' .       the ' inside of "..." is a letter
 */
static char next_quote(char quote, char c)
{
    if (quote)
        return c == quote ? 0 : quote;
    return c == '"' || c == '\'' ? c : 0;
}

/* word = { char | escape char | '"' ... '"' | "'" ... "'" }
 * Copies the word at P as it is and returns what follows; *quote is the quote
 * that was left open, or 0. */
static const char *quoted_word(const char *p, char escape, struct buf *word,
                               char *quote)
{
    for (*quote = 0; *p && (*quote || !isspace((unsigned char)*p)); p++) {
        if (*p == escape && *quote != '\'') {
            if (!p[1]) /* it would escape the end of the line: dropped */
                continue;
            /* Kept as a pair, so that \" opens and closes nothing. */
            buf_add(word, p++, 2);
            continue;
        }
        *quote = next_quote(*quote, *p);
        buf_addc(word, *p); /* the quote itself too: rule 2 */
    }
    return p;
}

bool dfword_quoted(const char *text, char escape, struct strv *out)
{
    char quote = 0;

    for (const char *p = skip_space(text); *p; p = skip_space(p)) {
        mb_autobuf struct buf word = BUF_INIT;
        p = quoted_word(p, escape, &word, &quote);
        if (word.len)
            strv_take(out, buf_take(&word));
    }
    return !quote;
}

/* ENV and LABEL as they were at first: `ENV name the rest of the line`.  Still
 * allowed, and a trap: `ENV A b=c` sets A to "b=c", and an ENV line of this
 * form can set no second variable. */
static int old_pair(const char *instruction, const char *text, struct strv *out,
                    struct mb_error *err)
{
    const char *end = skip_visible(text);

    /* Not even white space follows: the name is all there is. */
    if (!*end)
        return mb_failx(err, "%s must have two arguments", instruction);
    strv_take(out, mb_strndup(text, end - text));
    strv_add(out, skip_space(end));
    return 0;
}

/* pairs = name "=" value { name "=" value } | name rest-of-line
 * The first word decides which of the two it is. */
int dfword_pairs(const char *instruction, const char *text, char escape,
                 struct strv *out, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};

    dfword_quoted(text, escape, &words);
    if (words.n && !strchr(words.v[0], '='))
        return old_pair(instruction, text, out, err);
    for (size_t i = 0; i < words.n; i++) {
        const char *word = words.v[i], *equals = strchr(word, '=');
        /* Most often a value with a blank that nobody quoted, or a comment
         * behind the instruction. */
        if (!equals)
            return mb_failx(err,
                            "Syntax error - can't find = in \"%.100s\". Must "
                            "be of the form: name=value",
                            word);
        if (equals == word)
            return mb_failx(err, "%s names can not be blank", instruction);
        strv_take(out, mb_strndup(word, equals - word));
        strv_add(out, equals + 1);
    }
    return 0;
}

/* A word on its way out of its quotes. */
struct unquoted {
    struct buf text;
    bool quoted; /* it had quotes */
    bool open;   /* one of them was not closed */
};

/* Whether a backslash before NEXT is an escape.  Inside "..." it is one only
 * before these three, and a letter otherwise. */
static bool escapes(char quote, char next)
{
    if (quote == '\'' || !next)
        return false;
    return !quote || strchr("\"\\$", next);
}

/* Put the word at P into *out without its quotes and escapes, and return what
 * follows it.  This is for words that no variable is ever expanded in, so that
 * rule 2 makes us the last to look: flags, and the names of here-documents. The
 * escape is a backslash here, whatever the directive says. */
static const char *unquoted_word(const char *p, struct unquoted *out)
{
    char quote = 0;

    for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
        char after = next_quote(quote, *p);
        if (*p == '\\' && escapes(quote, p[1])) {
            buf_addc(&out->text, *++p);
        } else if (after != quote) {
            out->quoted = true;
            quote = after;
        } else {
            buf_addc(&out->text, *p);
        }
    }
    out->open = quote != 0;
    return p;
}

const char *dfword_flags(const char *text, struct strv *out)
{
    const char *p = skip_space(text);

    while (p[0] == '-' && p[1] == '-') {
        struct unquoted word = {.text = BUF_INIT};
        /* The value is in the same word: --from build would be a flag without
         * a value and a first argument, and engine/dfflag says so. */
        p = skip_space(unquoted_word(p, &word));
        mb_autofree char *flag = buf_take(&word.text);
        if (strcmp(flag, "--") == 0)
            break;
        strv_take(out, mb_steal(&flag));
    }
    return p;
}

/* array = "[" [ string { "," string } ] "]"
 * The array's strings, one by one.  Unlike bad JSON, a good array of numbers
 * is an error: nobody can have meant it for the shell. */
static int add_strings(const json_t *array, struct strv *out,
                       struct mb_error *err)
{
    const json_t *item;
    size_t i;

    json_array_foreach(array, i, item)
    {
        if (!json_is_string(item))
            return mb_failx(err, "when using JSON array syntax, arrays must "
                                 "be comprised of strings only");
        strv_add(out, json_string_value(item));
    }
    return 1;
}

int dfword_json(const char *text, struct strv *out, struct mb_error *err)
{
    const char *p = skip_space(text);

    if (*p != '[')
        return 0;
    /* Jansson stops at a depth of 2048, so nesting can't eat our stack.  The
     * whole rest must be the array: `["a"] && b` is left to the shell, where
     * [ is a program that will complain. */
    json_t *array = json_loads(p, 0, NULL);
    if (!array)
        return 0;
    int taken = add_strings(array, out, err);
    json_decref(array);
    return taken;
}

/* health = "NONE" | "CMD" ( array | text ); the keyword in capitals. */
int dfword_health(const char *text, struct strv *out, struct mb_error *err)
{
    const char *end = skip_visible(text);

    if (end == text)
        return 0;
    char *type = mb_strndup(text, end - text);
    strv_take(out, type);
    for (; *type; type++)
        *type = toupper((unsigned char)*type);
    text = skip_space(end);
    int json = dfword_json(text, out, err);
    if (!json && *text)
        strv_add(out, text);
    return json;
}

/* mark = [ digits ] "<<" [ "-" ] name, where the name ends the word.  What the
 * digits mean (a file descriptor) only a shell knows; they are skipped. */
bool dfword_heredoc(const char *word, struct dfword_mark *out)
{
    const char *p = word + strspn(word, "0123456789");

    if (p[0] != '<' || p[1] != '<')
        return false;
    p += 2;
    bool chomp = *p == '-';
    p += chomp;
    if (strchr(p, '<')) /* <<<word is the shell's business */
        return false;
    struct unquoted name = {.text = BUF_INIT};
    const char *end = unquoted_word(p, &name);
    mb_autofree char *text = buf_take(&name.text);
    /* "<<" alone, or with its name apart from it, is left to the shell too: in
     * a RUN it may well be arithmetic, as in $(( 1 << 4 )). */
    if (!*text || *end || name.open)
        return false;
    *out = (struct dfword_mark){mb_steal(&text), !name.quoted, chomp};
    return true;
}
