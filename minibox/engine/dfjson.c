/* SPDX-License-Identifier: MIT */
/*
 * dfjson.c - the exec form: ["a", "b"]
 *
 * Problem   RUN ["a", "b"] starts a program, RUN ['a', 'b'] a shell.  All that
 *           tells them apart is whether the rest of the line is JSON.
 * Idea      Read it as JSON, and see how far one gets:
 *
 *             ["a", "b"]      an array of strings        the exec form
 *             ["a", 1]        an array, but not of       an error: nobody can
 *                             strings                    mean it for a shell
 *             ['a']  ["a",]   no JSON                    the shell form: it
 *             ["a"] && b                                 will complain
 *
 *           The reader is our own because jansson is stricter than BuildKit's:
 *           it refuses bytes that are not UTF-8, and halves of characters.
 *
 * Rules     1. JSON means double quotes, and a classic surprise: ['a'] becomes
 *              shell form without a complaint.
 *           2. All of the text must be valid before any of it counts.
 *           3. What is inside of an array's array is checked, not kept; and
 *              not deeper than BuildKit goes, as each level takes some stack.
 * Read      RFC 8259 (JSON); lessons/19-dockerfile.md
 */
#include "engine/dfjson.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { MAX_DEPTH = 10000 };

/* What is being read. */
struct json {
    const char *at;
    int depth;
    bool huge;         /* a number that no double can hold: BuildKit gives up */
    const char *other; /* in the array: the first value that is no string */
    const char *nul;   /* in the array: the first string with a NUL in it */
};

static bool read_value(struct json *j);

/* White space, of which JSON has these four. */
static void skip_white(struct json *j)
{
    j->at += strspn(j->at, " \t\r\n");
}

/* Is C next?  Then go past it and the white space behind it. */
static bool accept(struct json *j, char c)
{
    if (*j->at != c)
        return false;
    j->at++;
    skip_white(j);
    return true;
}

/* Four hexadecimal digits after "\u" at P, or -1. */
static int32_t read_hex(const char *p)
{
    int32_t value = 0;

    if (p[0] != '\\' || p[1] != 'u')
        return -1;
    for (p += 2; value >= 0 && value < 0x10000; p++) {
        if (!isxdigit((unsigned char)*p))
            return -1;
        /* The leading 1 counts the digits: four have pushed it to bit 16. */
        value = (value ? value : 1) * 16 +
                (isdigit((unsigned char)*p) ? *p - '0' : (*p | 32) - 'a' + 10);
    }
    return value - 0x10000;
}

/* \u0041, or the two halves of a character beyond U+FFFF: \ud83d\ude00.  A
 * half alone becomes U+FFFD. */
static bool read_unicode(struct json *j, struct buf *out)
{
    int32_t c = read_hex(j->at);

    if (c < 0)
        return false;
    j->at += 6;
    if (c >> 11 == 0x1b) {
        int32_t low = read_hex(j->at);
        if (c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            j->at += 6;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        } else {
            c = UTF8_WRONG;
        }
    }
    utf8_add(out, c);
    return true;
}

/* escape = "\" ( one of "\/bfnrt | "u" digits ) */
static bool read_escape(struct json *j, struct buf *out)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *letter = j->at[1] ? strchr(letters, j->at[1]) : NULL;

    if (!letter)
        return read_unicode(j, out);
    buf_addc(out, means[letter - letters]);
    j->at += 2;
    return true;
}

/* string = '"' { character | escape } '"' */
static bool read_string(struct json *j, struct buf *out)
{
    uint32_t c;

    if (*j->at != '"')
        return false;
    for (j->at++; *j->at != '"';) {
        if ((unsigned char)*j->at < ' ') /* the end, too */
            return false;
        if (*j->at == '\\') {
            if (!read_escape(j, out))
                return false;
            continue;
        }
        j->at += utf8_decode(j->at, &c);
        utf8_add(out, c);
    }
    accept(j, '"');
    return true;
}

/* At least one digit. */
static bool read_digits(struct json *j)
{
    const char *start = j->at;

    while (isdigit((unsigned char)*j->at))
        j->at++;
    return j->at > start;
}

/* number = [ "-" ] digits [ "." digits ] [ "e" [ sign ] digits ], with no 0 in
 * front of other digits. */
static bool read_number(struct json *j)
{
    const char *start = j->at;

    j->at += *j->at == '-';
    if (*j->at == '0')
        j->at++;
    else if (!read_digits(j))
        return false;
    if (*j->at == '.') {
        j->at++;
        if (!read_digits(j))
            return false;
    }
    if (*j->at == 'e' || *j->at == 'E') {
        j->at++;
        j->at += *j->at == '+' || *j->at == '-';
        if (!read_digits(j))
            return false;
    }
    j->huge = j->huge || isinf(strtod(start, NULL));
    skip_white(j);
    return true;
}

/* items = [ item { "," item } ] CLOSE, where item = [ string ":" ] value; the
 * part in brackets is for objects. */
static bool read_items(struct json *j, char close)
{
    bool good = true;

    j->at++;
    skip_white(j);
    if (accept(j, close))
        return true;
    do {
        mb_autobuf struct buf name = BUF_INIT;
        if (close == '}')
            good = read_string(j, &name) && accept(j, ':');
        good = good && read_value(j);
    } while (good && accept(j, ','));
    return good && accept(j, close);
}

/* value = string | number | array | object | "true" | "false" | "null" */
static bool read_value(struct json *j)
{
    static const char *const words[] = {"true", "false", "null"};
    mb_autobuf struct buf string = BUF_INIT;
    bool good;

    if (*j->at == '"')
        return read_string(j, &string);
    if (*j->at == '[' || *j->at == '{') {
        good =
            ++j->depth <= MAX_DEPTH && read_items(j, *j->at == '[' ? ']' : '}');
        j->depth--;
        return good;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (starts_with(j->at, words[i])) {
            j->at += strlen(words[i]);
            skip_white(j);
            return true;
        }
    return read_number(j);
}

/* One value of the array.  A string goes to *out; what is none is remembered,
 * as it is an error only if all the rest is JSON. */
static bool read_element(struct json *j, struct strv *out)
{
    mb_autobuf struct buf string = BUF_INIT;
    const char *start = j->at;
    bool is_string = *start == '"';

    if (!(is_string ? read_string(j, &string) : read_value(j)))
        return false;
    if (!is_string && !j->other)
        j->other = start;
    if (strlen(string.s) < string.len && !j->nul)
        j->nul = start;
    strv_take(out, buf_take(&string));
    return true;
}

/* array = "[" [ element { "," element } ] "]", and nothing after it. */
static bool read_array(struct json *j, struct strv *out)
{
    /* STEP 4, 2 points: what the grammar above says, with accept() and
     * read_element(): is all of the text such an array?
     * else: (void)read_element, (void)j, (void)out; return false; */
    if (!accept(j, '['))
        return false;
    if (accept(j, ']'))
        return !*j->at;
    do
        if (!read_element(j, out))
            return false;
    while (accept(j, ','));
    return accept(j, ']') && !*j->at;
    /* END STEP 4 */
}

int dfjson_strings(const char *text, struct strv *out, const char **wrong,
                   struct mb_error *err)
{
    mb_autostrv struct strv strings = {0};
    struct json j = {.at = utf8_skip_space(text), .depth = 1};

    if (!read_array(&j, &strings) || j.huge)
        return 0; /* rule 2 */
    *wrong = j.other ? j.other : j.nul;
    if (j.other)
        return mb_failx(err, "when using JSON array syntax, arrays must be "
                             "comprised of strings only");
    if (j.nul)
        return mb_failx(err, "\\u0000 in an argument: no program can get one, "
                             "as it ends there");
    for (size_t i = 0; i < strings.n; i++) {
        strv_take(out, strings.v[i]);
        strings.v[i] = NULL;
    }
    return 1;
}
