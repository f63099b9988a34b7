/* SPDX-License-Identifier: MIT */
/*
 * dferror.c - pointing at the place
 *
 * Problem   "syntax error" sends the reader through the whole file.
 * Idea      Errors are made where something is found out, and know no place.
 *           On the way up they meet somebody who has the text, and a pointer
 *           into it:
 *
 *             ...\nCOPY --foo=1 a b\n...
 *                 ^    ^
 *                 |    at          lines are counted from the start of the
 *                 start of line    text, columns from the start of the line
 *
 * Rules     1. Control characters of a stranger's file never reach the
 *              terminal through an error.
 *           2. A column is a character, not a byte; the caret stands below it
 *              in as far as all letters are of one width.
 * Read      gcc(1), -fdiagnostics-show-caret
 */
#include "engine/dferror.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Rule 1, for one line of text.  A terminal may also obey the characters from
 * U+0080 to U+009F, and bytes that belong to no character. */
static void tame(char *s)
{
    char *to = s;
    uint32_t c;

    for (size_t len; *s; s += len) {
        len = utf8_decode(s, &c);
        if (c == '\t')
            *to++ = ' ';
        else if (c < ' ' || (c >= 0x7f && c < 0xa0) ||
                 (c == UTF8_WRONG && len == 1))
            *to++ = '?';
        else
            to = (char *)memmove(to, s, len) + len;
    }
    *to = '\0';
}

/* Append to the message, which may be full. */
static void append_line(struct mb_error *err, char *line)
{
    size_t used = strlen(err->msg);

    tame(line);
    snprintf(err->msg + used, sizeof err->msg - used, "\n%s", line);
}

/* How many characters are in the LEN bytes at S. */
static int count_characters(const char *s, size_t len)
{
    const char *end = s + len;
    uint32_t c;
    int n = 0;

    for (; s < end; n++)
        s += utf8_decode(s, &c);
    return n;
}

/* The beginner's favourite: `FROM alpine # small`. */
static void hint_comment(const char *text, struct mb_error *err)
{
    if (!err->hint[0] && strstr(text, " #"))
        (void)mb_hint(err, "# starts a comment only at the beginning of a "
                           "line; here it is an argument");
}

int dferror_point_at(const struct dferror_source *source, const char *at,
                     struct mb_error *err)
{
    const char *start = at;
    int number = 1;

    if (!err)
        return -1;
    while (start > source->text && start[-1] != '\n')
        start--;
    for (const char *p = source->text; p < start; p++)
        number += *p == '\n';
    int column = count_characters(start, at - start) + 1;
    (void)mb_wrap(err, "%.200s:%d:%d", source->name, number, column);
    tame(err->msg);
    mb_autofree char *line = mb_strndup(start, strcspn(start, "\r\n"));
    hint_comment(line, err);
    tame(err->hint);
    mb_autofree char *shown = mb_printf("%5d | %.200s", number, line);
    append_line(err, shown);
    if (at - start >= 200)
        return -1;
    mb_autofree char *caret = mb_printf("      | %*s", column, "^");
    append_line(err, caret);
    return -1;
}
