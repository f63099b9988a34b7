/* SPDX-License-Identifier: MIT */
/*
 * dfheredoc.c - finding the marks of here-documents
 *
 * Problem   "RUN cat <<EOF" takes the lines after it along, up to the one that
 *           is EOF.  Which lines belong to it has to be known before a shell
 *           runs, and '<<EOF' in quotes is no mark, nor is $((1<<4)).
 * Idea      Split the line as a shell would, but leave everything as it is:
 *
 *             RUN  tr a b  <<-"E F" && echo '<<G' > /x
 *             |    |  | |  |        |  |    |     | |      the words
 *                          ^ only this one starts with <<
 *
 *           Then take the quotes off the name.  Were there any, the body is
 *           not to be expanded.
 *
 * Rules     1. Words and escapes are the shell's, where the escape is a
 *              backslash, whatever the directive says.
 *           2. Nothing is expanded: no variable has a value yet.  But "${" is
 *              read up to its "}", as quotes inside of it are quotes.
 *           3. The stack is not the user's: deep nesting is refused.
 *           4. BuildKit's lexer is the measure, slips included: it doubles a
 *              backslash in "..." that it keeps, and forgets a / of ${x//a/b}.
 * Read      sh(1), "Here-Documents"; BuildKit's frontend/dockerfile/shell
 */
#include "engine/dfheredoc.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 500 };

/* A line that is being split. */
struct lexer {
    const char *at;
    bool keep_quotes, keep_escapes;
    int depth;
    bool too_deep;
};

static bool read_item(struct lexer *l, struct buf *out, bool *splits);

/* Move one character to *out. */
static void take(struct lexer *l, struct buf *out)
{
    uint32_t c;

    l->at += utf8_decode(l->at, &c);
    utf8_add(out, c);
}

/* What is between here and STOP, which is not kept.  Part of a "${", where
 * some operators keep the escapes, and some do not. */
static bool read_until(struct lexer *l, char stop, bool keep_escapes,
                       struct buf *out)
{
    bool before = l->keep_escapes, splits, good = true;

    if (++l->depth > MAX_DEPTH)
        l->too_deep = true;
    l->keep_escapes = keep_escapes;
    while (good && !l->too_deep && *l->at && *l->at != stop)
        good = read_item(l, out, &splits);
    l->keep_escapes = before;
    l->depth--;
    if (!good || l->too_deep || !*l->at)
        return false;
    l->at++;
    return true;
}

/* name = digits | one special character | letters, digits and "_"
 * There may be none. */
static void read_name(struct lexer *l, struct buf *out)
{
    size_t len = strspn(l->at, "0123456789");

    if (!len)
        len = *l->at && strchr("@*#?-$!", *l->at) ? 1 : utf8_name(l->at);
    buf_add(out, l->at, len);
    l->at += len;
}

/* Behind "${": name [ [ ":" ] operator word | "/" pattern "/" word ] "}" */
static bool read_braces(struct lexer *l, struct buf *out)
{
    if (!*l->at || strchr("{}:", *l->at))
        return false;
    read_name(l, out);
    char sign = *l->at;
    if (!sign || !strchr("}:+-?#%/", sign))
        return false;
    take(l, out);
    if (sign == '}')
        return true;
    bool keep = sign == '/';
    if (sign == '/') {
        l->at += *l->at == '/'; /* rule 4 */
        if (!read_until(l, '/', true, out))
            return false;
        buf_addc(out, '/');
    } else if (sign == ':' && *l->at) {
        sign = *l->at;
        take(l, out);
    }
    if (!read_until(l, '}', keep || sign == '#' || sign == '%', out))
        return false;
    buf_addc(out, '}');
    return true;
}

/* "$" [ name | "{" ... "}" ] */
static bool read_dollar(struct lexer *l, struct buf *out)
{
    take(l, out);
    if (*l->at == '{') {
        take(l, out);
        return read_braces(l, out);
    }
    read_name(l, out); /* so that the second one of $$ starts nothing */
    return true;
}

/* One character inside of "...": a backslash is an escape only before three
 * others, and a letter otherwise. */
static bool read_double_item(struct lexer *l, struct buf *out)
{
    if (*l->at == '$')
        return read_dollar(l, out);
    if (*l->at == '\\') {
        if (l->keep_escapes)
            buf_addc(out, '\\');
        if (l->at[1] && strchr("\"$\\", l->at[1]))
            l->at++;
        else if (!l->at[1])
            return false;
    }
    take(l, out);
    return true;
}

/* '...' or "...", from quote to quote. */
static bool read_quoted(struct lexer *l, struct buf *out)
{
    char quote = *l->at++;

    if (l->keep_quotes)
        buf_addc(out, quote);
    while (*l->at != quote) {
        if (!*l->at)
            return false;
        if (quote == '\'')
            take(l, out);
        else if (!read_double_item(l, out))
            return false;
    }
    l->at++;
    if (l->keep_quotes)
        buf_addc(out, quote);
    return true;
}

/* One step through the line.  *splits: white space in what was read ends a
 * word. */
static bool read_item(struct lexer *l, struct buf *out, bool *splits)
{
    char c = *l->at;

    *splits = !strchr("'\"<\\", c);
    if (c == '\'' || c == '"')
        return read_quoted(l, out);
    if (c == '$')
        return read_dollar(l, out);
    if (c == '\\' && !l->keep_escapes)
        l->at++;
    else
        take(l, out);
    if (c == '\\' && *l->at)
        take(l, out);
    if (c != '<' || *l->at != '<')
        return true;
    /* The blanks between "<<" and the name stay in the word. */
    do
        take(l, out);
    while (*l->at && strchr(" \t\r", *l->at));
    return true;
}

/* Add ITEM to *word, and *word to the words where it ends. */
static void add_item(const struct buf *item, bool splits, struct buf *word,
                     struct strv *words)
{
    uint32_t c;

    for (const char *p = item->s; *p;) {
        size_t len = utf8_decode(p, &c);
        if (!splits || !utf8_is_space(c))
            buf_add(word, p, len);
        else if (word->len)
            strv_take(words, buf_take(word));
        p += len;
    }
}

/* All words of the line.  False, with no words, if a shell would not take it.
 */
static bool split(struct lexer *l, struct strv *words)
{
    mb_autobuf struct buf item = BUF_INIT, word = BUF_INIT;
    bool splits;

    if (starts_with(l->at, "\xef\xbb\xbf"))
        l->at += 3; /* a byte order mark: rule 4 */
    while (*l->at) {
        buf_clear(&item);
        if (!read_item(l, &item, &splits)) {
            strv_done(words);
            return false;
        }
        add_item(&item, splits, &word, words);
    }
    if (word.len)
        strv_take(words, buf_take(&word));
    return true;
}

int dfheredoc_words(const char *line, struct strv *out, struct mb_error *err)
{
    struct lexer l = {.at = line, .keep_quotes = true, .keep_escapes = true};

    if (split(&l, out) || !l.too_deep)
        return 0;
    return mb_failx(err, "${ is nested more than %d deep", MAX_DEPTH);
}

/* How many quotes are in S. */
static int count_quotes(const char *s)
{
    int n = 0;

    for (; *s; s++)
        n += *s == '\'' || *s == '"';
    return n;
}

/* mark = [ digits ] "<<" [ "-" ] [ blanks ] name, where the name ends the word.
 * What the digits mean (a file descriptor) only a shell knows. */
int dfheredoc_mark(const char *word, struct dfheredoc_mark *out,
                   struct mb_error *err)
{
    mb_autostrv struct strv names = {0}, quoted = {0};
    const char *p = word + strspn(word, "0123456789");

    if (!starts_with(p, "<<"))
        return 0;
    p += 2;
    bool chomp = *p == '-';
    p += chomp;
    p += strspn(p, " \t\f\r");
    if (!*p || strchr(p, '<')) /* <<<word is the shell's business */
        return 0;
    struct lexer plain = {.at = p}, raw = {.at = p, .keep_quotes = true};
    /* Taken apart a second time, the words of a "${" may have lost the escape
     * that held them together. */
    if (!split(&plain, &names) || !split(&raw, &quoted))
        return mb_failx(err,
                        "%.100s: the name of a here-document must be a "
                        "word that a shell would take",
                        word);
    /* "<<" alone, or with a name that is empty, is left to the shell, too. */
    if (names.n != 1 || quoted.n != 1)
        return 0;
    *out = (struct dfheredoc_mark){
        .expand = count_quotes(names.v[0]) == count_quotes(quoted.v[0]),
        .chomp = chomp,
    };
    out->name = mb_strdup(names.v[0]);
    return 1;
}
