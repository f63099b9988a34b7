/* SPDX-License-Identifier: MIT */
/*
 * secretwords.c - secrets that a name gives away
 *
 * Problem   "hunter2" has no shape.  What makes it a secret is what stands
 *           before it, and people write that in a hundred ways.
 * Idea      Go from word to word.  A word that sounds secret, a sign, a value:
 *
 *             DB_PASSWORD=hunter2        name = value
 *             "password": "hunter2"      name : value
 *             <password>hunter2<         name > value
 *             --password hunter2         name   value
 *             https://me:hunter2@host    a login in a URL
 *
 *           Then ask the value whether it can be one: "$PASSWORD" and
 *           "/run/secrets/password" only say where the secret is.
 * Rules     1. A secret of a known shape keeps its better name.
 *           2. DB_PASSWORD_FILE, TOKEN_TTL, tokenizer: the last word of a name
 *              says what it is, and a word ends where it ends.
 *           3. In texts of no known kind the value must look random as well:
 *              programs are full of password = read_password.
 *           4. Whatever is asked of one position looks at a bounded number of
 *              bytes.  A stranger wrote them.
 * Read      lessons/24-secrets.md
 */
#include "engine/secretwords.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#include "base/buf.h"
#include "engine/secretlines.h"
#include "engine/secretoptions.h"
#include "engine/secretvalue.h"
#include "engine/tokens.h"

#define KEY "private key"

enum { NAME_LONGEST = 100 };

/* Where we are in a text. */
struct place {
    const char *s;
    size_t len;
    enum secretwords_mode mode;
};

/* ---- characters ---------------------------------------------------------- */

static char char_at(const struct place *p, size_t i)
{
    return i < p->len ? p->s[i] : '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* A table, for this is asked of every byte of an image. */
static bool is_word(char c)
{
    static const bool word[256] = {['0' ... '9'] = true,
                                   ['A' ... 'Z'] = true,
                                   ['_'] = true,
                                   ['a' ... 'z'] = true};

    return word[(unsigned char)c];
}

static size_t skip_blanks(const struct place *p, size_t i)
{
    while (is_blank(char_at(p, i)))
        i++;
    return i;
}

/* Does WORD stand at I, in whatever case? */
static bool says(const struct place *p, size_t i, const char *word)
{
    size_t n = strlen(word);

    return i <= p->len && n <= p->len - i &&
           strncasecmp(p->s + i, word, n) == 0;
}

/* Past a quote at I, which may have a backslash before it. */
static size_t skip_quote(const struct place *p, size_t i, char *out_quote)
{
    size_t here = i + (char_at(p, i) == '\\');

    *out_quote = is_quote(char_at(p, here)) ? p->s[here] : '\0';
    return *out_quote ? here + 1 : i;
}

/* ---- values -------------------------------------------------------------- */

/* Where the value that starts at I ends: at the quote that it began with, or at
 * what no value has in it.  "," and ";" behind it are not its own. */
static size_t end_of_value(const struct place *p, size_t i, char quote,
                           const char *stop)
{
    size_t end = i, most = MIN(p->len, i + SECRETWORDS_VALUE);

    while (end < most && (unsigned char)p->s[end] >= ' ' && p->s[end] != 127 &&
           (quote ? p->s[end] != quote
                  : p->s[end] != ' ' && !strchr(stop, p->s[end])))
        end++;
    if (quote && end > i && p->s[end - 1] == '\\')
        end--;
    while (!quote && end > i && strchr(",;)", p->s[end - 1]))
        end--;
    return end;
}

/* Fill in a hit: the value from BEGIN to END, or in it a secret of a known
 * shape (rule 1). */
static bool take(const struct place *p, const char *kind,
                 const size_t bounds[static 3], struct secretwords_hit *out)
{
    struct token token;

    *out = (struct secretwords_hit){
        .kind = kind, .start = bounds[0], .begin = bounds[1], .end = bounds[2]};
    if (!tokens_at(p->s, p->len, bounds[1], &token))
        return true;
    out->kind = token.kind;
    out->shaped = true;
    out->begin = token.begin;
    /* The last line of a private key is no more secret than its first. */
    out->end = token.begin > bounds[1] ? token.end : MAX(token.end, bounds[2]);
    return true;
}

/* ---- name and value ------------------------------------------------------ */

/* Does the "=" at SIGN give no value to what is before it?  "a == b" compares,
 * and of "TOKEN= make" a shell makes an empty variable and a command. */
static bool gives_nothing(const struct place *p, size_t sign, char quote)
{
    return char_at(p, sign + 1) == '=' ||
           (p->mode >= SECRETWORDS_CONFIG && !quote &&
            is_blank(char_at(p, sign + 1)) && !is_blank(p->s[sign - 1]));
}

/* The value of a name that starts at NAME and ends before I.  Returns where it
 * starts, and its quote, or 0: there is none. */
static size_t find_value(const struct place *p, size_t name, size_t i,
                         char *out_quote)
{
    char before = name > 0 ? p->s[name - 1] : '\0', close;
    bool flag = name > 1 && before == '-' && p->s[name - 2] == '-';
    size_t sign = skip_blanks(p, skip_quote(p, i, &close));
    char c = char_at(p, sign);
    size_t value = skip_blanks(p, sign + 1 + says(p, sign, "=>"));

    if (c == ':' && says(p, sign, ":="))
        value = skip_blanks(p, sign + 2);
    value = skip_quote(p, value, out_quote);
    if (c == '=' && gives_nothing(p, sign, *out_quote))
        return 0;
    if (c == '=' || (c == ':' && !says(p, sign, "://")) ||
        (c == '>' && before == '<') || (c == ',' && close && *out_quote))
        return value;
    /* The exec form of the history has no commas: ["x" "--password" "y"]. */
    if (flag && p->mode >= SECRETWORDS_CONFIG && close && is_quote(c))
        return skip_quote(p, sign, out_quote);
    if (sign > i && !close &&
        ((flag && p->mode >= SECRETWORDS_CONFIG && c != '-') ||
         p->mode == SECRETWORDS_BARE))
        return skip_quote(p, sign, out_quote);
    return 0;
}

/* Does a name that sounds secret start at AT, and has it a value? */
static bool is_named(const struct place *p, size_t at, size_t name_end,
                     struct secretwords_hit *out)
{
    struct secretvalue_name name;
    char quote, before = at > 0 ? p->s[at - 1] : '\0';
    const char *stop = before == '<'                    ? "<"
                       : before == '?' || before == '&' ? "&\"'"
                                                        : "\"'";

    /* In this order: most words are followed by no sign. */
    size_t begin = find_value(p, at, name_end, &quote);
    if (begin == 0 || !secretvalue_name(p->s + at, name_end - at, &name))
        return false;
    size_t end = end_of_value(p, begin, quote, stop), n = end - begin;
    bool strict = p->mode == SECRETWORDS_TEXT || name.strict;
    bool doubtful = p->mode < SECRETWORDS_CONFIG;
    if (!secretvalue_possible(p->s + begin, n) ||
        (strict && !secretvalue_random(p->s + begin, n)) ||
        (doubtful && secretvalue_plain(p->s + begin, n)))
        return false;
    return take(p, name.kind, (size_t[]){at, begin, end}, out);
}

/* ---- logins and lines ---------------------------------------------------- */

/* SCHEME://USER:PASSWORD@HOST, where SCHEME ends at I. */
static bool is_url(const struct place *p, size_t at, size_t i,
                   struct secretwords_hit *out)
{
    size_t colon = 0, end = i + 3, most = MIN(p->len, end + SECRETWORDS_VALUE);

    if (!says(p, i, "://"))
        return false;
    for (; end < most && p->s[end] != '@'; end++) {
        if ((unsigned char)p->s[end] <= ' ' || strchr("/\"'<>", p->s[end]))
            return false;
        if (p->s[end] == ':' && !colon)
            colon = end;
    }
    if (char_at(p, end) != '@' || !colon ||
        !secretvalue_possible(p->s + colon + 1, end - colon - 1) ||
        (p->mode < SECRETWORDS_CONFIG &&
         secretvalue_plain(p->s + colon + 1, end - colon - 1)))
        return false;
    return take(p, "password in a URL", (size_t[]){at, colon + 1, end}, out);
}

/* "Authorization: Bearer VALUE", "Authorization: Basic VALUE", or without the
 * first word. */
static bool is_header(const struct place *p, size_t at,
                      struct secretwords_hit *out)
{
    static const char *const schemes[] = {"bearer ", "basic ", "token "};
    static const char header[] = "authorization:";
    bool whole = says(p, at, header);
    size_t i = whole ? skip_blanks(p, at + strlen(header)) : at;

    for (size_t n = 0; n < sizeof schemes / sizeof *schemes; n++)
        if (says(p, i, schemes[n]) && (whole || n == 0)) {
            i = skip_blanks(p, i + strlen(schemes[n]));
            size_t end = end_of_value(p, i, '\0', "\"'\\");
            bool random = secretvalue_random(p->s + i, end - i);
            return end - i >= 8 && secretvalue_possible(p->s + i, end - i) &&
                   (random || (whole && p->mode >= SECRETWORDS_CONFIG)) &&
                   take(p, "HTTP login", (size_t[]){at, i, end}, out);
        }
    return false;
}

/* "curl -u USER:PASSWORD" and the like. */
static bool is_option(const struct place *p, size_t at,
                      struct secretwords_hit *out)
{
    size_t begin;
    char quote;

    if (p->mode < SECRETWORDS_CONFIG)
        return false;
    const struct secretoptions_row *row =
        secretoptions_at(p->s, p->len, at, &begin);
    if (!row)
        return false;
    begin = skip_quote(p, begin, &quote);
    size_t end = end_of_value(p, begin, quote, "\"'");
    const char *colon = memchr(p->s + begin, ':', end - begin);
    if (row->login)
        begin = colon ? (size_t)(colon - p->s) + 1 : end;
    return secretvalue_possible(p->s + begin, end - begin) &&
           take(p, row->kind, (size_t[]){at, begin, end}, out);
}

/* Is the line at AT one of a file of passwords? */
static bool is_line(const struct place *p, size_t at,
                    struct secretwords_hit *out)
{
    size_t b[3] = {at};

    if (p->mode == SECRETWORDS_HASHES)
        return secretlines_hash(p->s, p->len, at, b + 1) &&
               take(p, "password hash", b, out);
    return p->mode == SECRETWORDS_PGPASS &&
           secretlines_pgpass(p->s, p->len, at, b + 1) &&
           take(p, "password", b, out);
}

/* "echo USER:PASSWORD | chpasswd", where USER ends at I. */
static bool is_chpasswd(const struct place *p, size_t at, size_t i,
                        struct secretwords_hit *out)
{
    size_t b[3] = {at};

    return p->mode >= SECRETWORDS_CONFIG && char_at(p, i) == ':' &&
           secretlines_chpasswd(p->s, p->len, i, b + 1) &&
           take(p, "password for chpasswd", b, out);
}

/* ---- all ----------------------------------------------------------------- */

/* Can something start at AT?  Not in a word; but the "n" of a "\n" in a JSON
 * text is none.  A line can start with anything. */
static bool is_start(const struct secretwords_text *t, size_t at)
{
    const char *s = t->s;

    if (!tokens_firsts[(unsigned char)s[at]] && t->mode < SECRETWORDS_HASHES &&
        (t->mode < SECRETWORDS_TEXT || !is_word(s[at])))
        return false;
    return at == 0 || !is_word(s[at - 1]) ||
           (at > 1 && s[at - 2] == '\\' && strchr("nrt", s[at - 1]));
}

/* Does a word begin at AT that makes a secret? */
static bool is_word_of_secret(const struct place *p, size_t at,
                              struct secretwords_hit *out)
{
    size_t end = at, most = MIN(p->len, at + NAME_LONGEST);

    if (p->mode < SECRETWORDS_TEXT || !is_word(p->s[at]))
        return false;
    while (end < most && is_word(p->s[end]))
        end++;
    while (end < most && (is_word(p->s[end]) || strchr("-.", p->s[end])))
        end++;
    return is_url(p, at, end, out) || is_header(p, at, out) ||
           is_option(p, at, out) || is_chpasswd(p, at, end, out) ||
           is_named(p, at, end, out);
}

bool secretwords_next(const struct secretwords_text *text, size_t at,
                      struct secretwords_hit *out)
{
    const size_t limit = MIN(text->limit, text->len);
    struct token token;

    for (; at < limit; at++) {
        if (!is_start(text, at))
            continue;
        struct place p = {text->s, MIN(text->len, at + SECRETWORDS_AHEAD),
                          text->mode};
        if (tokens_at(p.s, p.len, at, &token) &&
            (p.mode > SECRETWORDS_TOKENS || !starts_with(token.kind, KEY))) {
            *out = (struct secretwords_hit){token.kind, at, token.begin,
                                            token.end, true};
            return true;
        }
        if (is_line(&p, at, out) || is_word_of_secret(&p, at, out))
            return true;
    }
    return false;
}

bool secretwords_variable(const char *text, struct secretwords_hit *out)
{
    const struct secretwords_text t = {text, strlen(text), strlen(text),
                                       SECRETWORDS_CONFIG};
    const struct place p = {text, t.len, t.mode};
    size_t name_end = strcspn(text, "="), begin = name_end + 1;
    struct secretvalue_name name;

    if (begin < t.len && secretvalue_name(text, name_end, &name) &&
        secretvalue_possible(text + begin, t.len - begin) &&
        (!name.strict || secretvalue_random(text + begin, t.len - begin)))
        return take(&p, name.kind, (size_t[]){0, begin, t.len}, out);
    return secretwords_next(&t, MIN(begin, t.len), out);
}
