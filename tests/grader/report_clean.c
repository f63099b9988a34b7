/* SPDX-License-Identifier: MIT */
/*
 * report_clean.c - what students wrote, made harmless
 *
 * Problem   A report shows what a student's program wrote.  That may be an
 *           escape sequence which clears the teacher's screen, or a character
 *           that turns the rest of the line around.
 * Idea      One door.  Every report but JSON (which has an escape of its own
 *           for each of these) is made from a clean copy of the document:
 *
 *             ESC [ 2 J b y e  -->  report_clean  -->  \ x 1 b [ 2 J b y e
 *             one escape byte                          four plain letters
 *
 *           Behind the door nobody has to think of it again.
 * Rules     1. Line end and tab stay; all other control characters go: those
 *              below 32, and those from 127 to 159, which some terminals obey.
 *           2. So do characters that can't be seen or that reorder others.
 *           3. What is no UTF-8 goes byte by byte.
 *           4. Only values and prose may have several lines.  In a name, which
 *              stands in a line of the report, a line end would forge another.
 * Read      console_codes(4), utf-8(7)
 */
#include "grader/report_clean.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

/* One character from S: its length in bytes; 0 if there is none (rule 3). */
static size_t decode(const unsigned char *s, size_t size, unsigned *out)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80         ? 1
                    : s[0] >> 5 == 6    ? 2
                    : s[0] >> 4 == 14   ? 3
                    : s[0] >> 3 == 0x1e ? 4
                                        : 0;

    if (length == 0 || length > size)
        return 0;
    unsigned c = length == 1 ? s[0] : s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    /* Spelled longer than need be, or half of a UTF-16 pair: forbidden. */
    if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *out = c;
    return length;
}

/* May this character be printed (rules 1 and 2)? */
static bool is_harmless(unsigned c)
{
    static const unsigned bad[][2] = {
        {0x00, 0x08},       {0x0b, 0x1f},     {0x7f, 0x9f},
        {0xad, 0xad},       {0x61c, 0x61c},   {0x180e, 0x180e},
        {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f},
        {0xfeff, 0xfeff},   {0xfff9, 0xfffb}, {0xfffe, 0xffff},
        {0xe0000, 0xe007f},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (c >= bad[i][0] && c <= bad[i][1])
            return false;
    return true;
}

/* May the field of that name have several lines (rule 4)? */
static bool has_lines(const char *key)
{
    static const char *const names[] = {"details", "expected", "observed",
                                        "shows",   "output",   "why",
                                        "ran",     "hint_text"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], key) == 0)
            return true;
    return false;
}

/* The clean copy of one string. */
static json_t *clean_string(const json_t *string, bool lines)
{
    const unsigned char *s = (const void *)json_string_value(string);
    size_t size = json_string_length(string), length;
    mb_autobuf struct buf out = BUF_INIT;
    unsigned c;

    for (; size > 0; s += length, size -= length) {
        length = decode(s, size, &c);
        if (length > 0 && is_harmless(c) && (lines || c >= ' ')) {
            buf_add(&out, s, length);
        } else if (length <= 1) {
            buf_addf(&out, "\\x%02x", *s);
            length = 1;
        } else {
            buf_addf(&out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
        }
    }
    return json_stringn(out.s, out.len);
}

/* The clean copy of the value that an object has under KEY. */
static json_t *clean(const json_t *value, const char *key)
{
    const char *name;
    json_t *copy, *item;
    size_t i;

    if (json_is_string(value))
        return clean_string(value, has_lines(key));
    if (!json_is_array(value) && !json_is_object(value))
        return json_copy((json_t *)value);
    copy = json_is_array(value) ? json_array() : json_object();
    json_array_foreach(value, i, item)
    {
        json_array_append_new(copy, clean(item, key));
    }
    json_object_foreach((json_t *)value, name, item)
    {
        json_object_set_new(copy, name, clean(item, name));
    }
    return copy;
}

json_t *report_clean(const json_t *document)
{
    return clean(document, "");
}
