/* SPDX-License-Identifier: MIT */
/*
 * dfquote.c - words as BuildKit shows them
 *
 * Problem   A word may hold blanks, quotes and bytes that no terminal should
 *           get.  Shown as it is, nobody can tell where it ends.
 * Idea      BuildKit is written in Go, and Go writes a string as its own
 *           source would.  What can be seen stays; the rest gets a name:
 *
 *             say "hi"<tab><bell>e'<ff>     the word
 *             "say \"hi\"\t\ae'\xff"        how it is written
 *
 * Rules     1. A byte that belongs to no character is \x and two digits, a
 *              character that can't be seen \u and four or \U and eight.
 *           2. Seen are letters, digits, marks, symbols and the one blank.
 *              The C library counts more than that: other blanks, characters
 *              that only steer their neighbours, and those that everybody may
 *              use for what he likes.
 * Read      go.dev/ref/spec (String literals); iswprint(3)
 */
#include "engine/dfquote.h"

#include <string.h>
#include <wctype.h>

#include "base/utf8.h"

/* Rule 2: what steers, and what has no meaning of its own. */
static const struct {
    uint32_t first, last;
} unseen[] = {
    {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},
    {0x202a, 0x202e},   {0x2060, 0x206f},   {0xe000, 0xf8ff},
    {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0001, 0xe007f}, {0xf0000, 0x10ffff},
};

/* 0x2007 is a blank, but no white space to iswspace(3); hence our own. */
static bool is_seen(uint32_t c)
{
    if (c == ' ' || c < 0x80)
        return c >= ' ' && c < 0x7f;
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (c >= unseen[i].first && c <= unseen[i].last)
            return false;
    return !utf8_is_space(c) && iswprint(c);
}

/* A character that is not seen. */
static void add_escape(struct buf *out, uint32_t c)
{
    static const char names[] = "abtnvfr"; /* 7 to 13 */

    if (c >= '\a' && c <= '\r')
        buf_addf(out, "\\%c", names[c - '\a']);
    else if (c < 0x80)
        buf_addf(out, "\\x%02x", c);
    else
        buf_addf(out, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

void dfquote_add(struct buf *out, const char *text)
{
    uint32_t c;

    buf_addc(out, '"');
    for (size_t len; *text; text += len) {
        len = utf8_decode(text, &c);
        if (c == UTF8_WRONG && len == 1)
            buf_addf(out, "\\x%02x", (unsigned char)*text); /* rule 1 */
        else if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", (char)c);
        else if (is_seen(c))
            buf_add(out, text, len);
        else
            add_escape(out, c);
    }
    buf_addc(out, '"');
}

void dfquote_lower(struct buf *out, const char *text, size_t len)
{
    uint32_t c;

    for (const char *end = text + len; text < end;) {
        text += utf8_decode(text, &c);
        utf8_add(out, towlower(c));
    }
}
