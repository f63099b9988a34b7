/* SPDX-License-Identifier: MIT */
/*
 * report_text.c - text laid out for reading
 *
 * Problem   What a program printed must be shown as it is; what we have to say
 *           about it should fit the window.  And of a megabyte of output only
 *           a few lines help.
 * Idea      A page is text with a width.  Prose is wrapped to it, values never
 *           are.  Of a long value we show a window that has the place which
 *           matters in it:
 *
 *             line 1                      ... (992 lines before)
 *             ...                         line 993
 *             line 1001  <- differs  -->  line 1001
 *             ...                         line 1016
 *             line 5000                   ... (3984 more lines)
 *
 * Rules     1. A difference is never among what is left out.
 *           2. No character is cut in two.
 *           3. Escape sequences come from report_ink, and from nowhere else
 *              (report_clean has taken out those of others).
 * Read      console_codes(4)
 */
#include "grader/report_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* How much of a long text is shown, and how much of that before the place
 * that matters. */
enum { MAX_LINES = 24, LINES_BEFORE = 8, MAX_BYTES = 400, BYTES_BEFORE = 100 };

void report_ink(struct report_page *page, enum report_ink ink, const char *fmt,
                ...)
{
    static const char *const codes[] = {
        [REPORT_PLAIN] = "",   [REPORT_BOLD] = "1",   [REPORT_QUIET] = "2",
        [REPORT_RED] = "1;31", [REPORT_GREEN] = "32", [REPORT_YELLOW] = "33",
    };
    bool coloured = page->colour && ink != REPORT_PLAIN;
    mb_autofree char *s = NULL;
    va_list ap;

    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if (coloured)
        buf_addf(&page->text, "\033[%sm", codes[ink]);
    buf_adds(&page->text, s);
    if (coloured)
        buf_adds(&page->text, "\033[0m");
}

int report_columns(const char *s)
{
    int n = 0;

    for (; *s; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}

void report_padded(struct report_page *page, const char *s, int columns)
{
    int missing = columns - report_columns(s);

    buf_addf(&page->text, "%s%*s", s, missing > 0 ? missing : 0, "");
}

/* Add one line of prose, broken between words. */
static void wrap(struct report_page *page, int column, const char *s,
                 size_t size)
{
    mb_autofree char *line = mb_strndup(s, size);
    char *rest = line, *word;
    int at = column;

    while ((word = strsep(&rest, " "))) {
        int columns = report_columns(word);

        if (at > column && at + 1 + columns > page->width) {
            buf_addf(&page->text, "\n%*s", column, "");
            at = column;
        } else if (at > column) {
            buf_addc(&page->text, ' ');
            at++;
        }
        for (; *word; word++)
            buf_addc(&page->text, *word == *REPORT_HARD_BLANK ? ' ' : *word);
        at += columns;
    }
    buf_addc(&page->text, '\n');
}

void report_prose(struct report_page *page, int column, const char *text)
{
    for (int first = 1; first || *text; first = 0) {
        size_t size = strcspn(text, "\n");

        buf_addf(&page->text, "%*s", first ? 0 : column, "");
        if (*text == ' ' || *text == '\t')
            buf_addf(&page->text, "%.*s\n", (int)size, text);
        else
            wrap(page, column, text, size);
        text += size + (text[size] == '\n');
    }
}

struct report_place report_difference(const char *a, const char *b)
{
    struct report_place place = {1, 1};

    for (; *a == *b; a++, b++) {
        if (*a == '\0')
            return (struct report_place){0};
        place.column++;
        if (*a == '\n')
            place = (struct report_place){place.line + 1, 1};
    }
    return place;
}

/* Is this byte in the middle of a character? */
static bool is_inside(char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Add one line, of a long one only what is around COLUMN (rules 1, 2). */
static void add_line(struct report_page *page, const char *s, size_t size,
                     size_t column)
{
    size_t start = 0, end = size;

    if (size > MAX_BYTES) {
        start = column > 2 * BYTES_BEFORE ? column - BYTES_BEFORE : 0;
        end = start + MAX_BYTES < size ? start + MAX_BYTES : size;
    }
    /* Never cut a character in two. */
    while (start > 0 && start < size && is_inside(s[start]))
        start++;
    while (end < size && is_inside(s[end]))
        end++;
    buf_adds(&page->text, start > 0 ? "... " : "");
    buf_add(&page->text, s + start, end - start);
    if (end < size)
        buf_addf(&page->text, " ... (%zu bytes in all)", size);
    buf_addc(&page->text, '\n');
}

/* The number of lines; an end of line at the end of the text begins none. */
static size_t count_lines(const char *s)
{
    size_t n = 0;

    while (*s) {
        n++;
        s += strcspn(s, "\n");
        s += *s == '\n';
    }
    return n;
}

void report_lines(struct report_page *page, int indent, const char *text,
                  struct report_place place)
{
    size_t n = count_lines(text), first = 1, last = n;

    if (n > MAX_LINES) {
        first = place.line > LINES_BEFORE ? place.line - LINES_BEFORE : 1;
        if (first > n - MAX_LINES + 1)
            first = n - MAX_LINES + 1;
        last = first + MAX_LINES - 1;
    }
    if (first > 1)
        buf_addf(&page->text, "%*s... (%zu lines before)\n", indent, "",
                 first - 1);
    for (size_t i = 1; i <= last; i++) {
        size_t size = strcspn(text, "\n");

        if (i >= first) {
            buf_addf(&page->text, "%*s", indent, "");
            add_line(page, text, size, i == place.line ? place.column : 1);
        }
        text += size + (text[size] == '\n');
    }
    if (last < n)
        buf_addf(&page->text, "%*s... (%zu more lines)\n", indent, "",
                 n - last);
}
