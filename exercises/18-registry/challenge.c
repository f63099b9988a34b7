/* SPDX-License-Identifier: MIT */
/* Exercise 18-registry: fill in the blanks (grep TODO).
 * The lesson: lessons/18-registry.md.  Try it: make grade EX=18 */
/*
 * challenge.c - what a registry wants to know first
 *
 * Problem   A registry answers the first question with 401 and a header that
 *           says what it wants:
 *
 *             WWW-Authenticate: Bearer realm="https://auth.example/token",
 *                 service="registry.example",scope="repository:spam:pull"
 *
 * Idea      A scheme, then parameters, name="value", with commas between.  A
 *           comma may also begin the next challenge.  The two are told apart
 *           by what follows the next word:
 *
 *             Basic realm="a" , Bearer realm="b" , service="c"
 *             ^scheme  ^parameter ^scheme ^        ^parameter: a "=" follows
 *
 * Rules     1. Schemes and names of parameters are the same in upper and lower
 *              case; values are not.
 *           2. In quotes a backslash takes the next character as it is.  A
 *              comma or a "=" in quotes means nothing.
 *           3. The first value of a name counts.
 *           4. A challenge may have, instead of parameters, one word that looks
 *              like base64: "Negotiate YWJj/+==".
 * Read      RFC 9110, sections 5.6.4 and 11.6.1; lessons/18-registry.md
 */
#include "image/challenge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

void challenge_done(struct challenge *c)
{
    free(c->realm);
    free(c->service);
    free(c->scope);
    *c = (struct challenge){0};
}

/* Blanks, and commas too: empty elements of a list are allowed. */
static const char *skip_separators(const char *p)
{
    return p + strspn(p, " \t,");
}

/* The length of the word at P: RFC 9110 calls it a token. */
static size_t word_length(const char *p)
{
    return strcspn(p, " \t,=\"()<>@:;\\/[]?{}");
}

/* What follows a word as in rule 4; P itself if there is none.  It has "=" at
 * its end only, and a comma or nothing behind that. */
static const char *skip_base64(const char *p)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/";
    const char *word = p + strspn(p, " \t");
    const char *end = word + strspn(word, letters);

    end += strspn(end, "=");
    end += strspn(end, " \t");
    return *end == ',' || *end == '\0' ? end : p;
}

/* Read a value, in quotes or not, into *out (rule 2).  Returns what follows;
 * NULL when the closing quote is missing. */
static const char *read_value(const char *p, struct buf *out)
{
    // TODO step 2: append the value at P to *out, without its quotes and
    //   backslashes (rule 2); what is not in quotes ends at a blank or a comma
    buf_adds(out, "exercise 18 step 2: not written yet"); return p + strcspn(p, ",");
}

/* The field for a parameter of that name, or NULL. */
static char **find_field(struct challenge *c, const char *name, size_t len)
{
    const struct {
        const char *name;
        char **field;
    } known[] = {
        {"realm", &c->realm}, {"service", &c->service}, {"scope", &c->scope}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == len &&
            strncasecmp(known[i].name, name, len) == 0)
            return known[i].field;
    return NULL;
}

/* Is the word at P, of that length, the name of a parameter, and not the scheme
 * of a new challenge?  If so, *out_value is where its value begins. */
static bool at_parameter(const char *p, size_t name_length,
                         const char **out_value)
{
    // TODO step 1: is there a "=" behind the name? Blanks may stand on both
    //   sides of it; a name has at least one letter
    return false;
}

/* Read parameters into *c, as long as there are any.  Returns what follows;
 * NULL when it can't be understood. */
static const char *read_parameters(const char *p, struct challenge *c)
{
    const char *value;

    for (;;) {
        mb_autobuf struct buf text = BUF_INIT;
        p = skip_separators(p);
        size_t len = word_length(p);
        if (!at_parameter(p, len, &value))
            return p;
        char **field = find_field(c, p, len);
        p = read_value(value, &text);
        if (!p)
            return NULL;
        if (field && !*field) /* rule 3 */
            *field = buf_take(&text);
    }
}

static enum challenge_scheme scheme_of(const char *word, size_t len)
{
    if (len == 5 && strncasecmp(word, "basic", len) == 0)
        return CHALLENGE_BASIC;
    if (len == 6 && strncasecmp(word, "bearer", len) == 0)
        return CHALLENGE_BEARER;
    return CHALLENGE_NONE;
}

/* Is *a a better challenge to answer than *b? */
static bool is_better(const struct challenge *a, const struct challenge *b)
{
    if (a->scheme == CHALLENGE_BEARER && !a->realm)
        return false;
    return a->scheme > b->scheme;
}

void challenge_parse(const char *header, struct challenge *out)
{
    *out = (struct challenge){0};
    for (const char *p = skip_separators(header); p && *p;) {
        size_t len = word_length(p);
        struct challenge one = {.scheme = scheme_of(p, len)};
        if (len == 0)
            return;
        p = read_parameters(skip_base64(p + len), &one);
        if (p && is_better(&one, out)) {
            challenge_done(out);
            *out = one;
        } else {
            challenge_done(&one);
        }
    }
}
