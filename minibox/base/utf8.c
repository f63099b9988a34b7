/* SPDX-License-Identifier: MIT */
/*
 * utf8.c - characters, made of bytes
 *
 * Problem   A text is a row of bytes, but people write characters, and there
 *           are more of them than a byte can tell apart.
 * Idea      The first byte of a character says how many follow it, and those
 *           look like no first byte.  Six bits travel in each:
 *
 *             0xxxxxxx                                 A       41
 *             110xxxxx 10xxxxxx                        e'      c3 a9
 *             1110xxxx 10xxxxxx 10xxxxxx               euro    e2 82 ac
 *             11110xxx 10xxxxxx 10xxxxxx 10xxxxxx      smiley  f0 9f 98 80
 *
 * Rules     1. Nothing is refused here: a wrong byte becomes U+FFFD, and the
 *              next byte starts afresh.
 *           2. There is one way to write each character.  A longer one is
 *              wrong, else "/" could slip past those who look for its byte.
 *           3. A NUL ends the text.  It is never part of a character, so
 *              looking ahead stops there by itself.
 * Read      utf-8(7); RFC 3629
 */
#include "base/utf8.h"

#include <ctype.h>
#include <locale.h>
#include <string.h>
#include <wctype.h>

/* How many bytes the character has that starts with FIRST, and the bits of
 * FIRST that count.  1 for a byte that starts none (rule 1). */
static size_t length_of(unsigned char first, uint32_t *bits)
{
    if ((first & 0xe0) == 0xc0) {
        *bits = first & 0x1f;
        return 2;
    }
    if ((first & 0xf0) == 0xe0) {
        *bits = first & 0x0f;
        return 3;
    }
    *bits = first & 0x07;
    return (first & 0xf8) == 0xf0 ? 4 : 1;
}

size_t utf8_decode(const char *s, uint32_t *out)
{
    /* The least character that needs so many bytes (rule 2). */
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)s;
    uint32_t c;

    *out = *byte;
    if (*byte < 0x80)
        return 1;
    *out = UTF8_WRONG;
    size_t len = length_of(*byte, &c);
    for (size_t i = 1; i < len; i++) {
        if ((byte[i] & 0xc0) != 0x80) /* the NUL, too: rule 3 */
            return 1;
        c = c << 6 | (byte[i] & 0x3f);
    }
    /* d800 to dfff are halves of characters, in another encoding. */
    if (len == 1 || c < least[len] || c > 0x10ffff || c >> 11 == 0x1b)
        return 1;
    *out = c;
    return len;
}

void utf8_add(struct buf *out, uint32_t character)
{
    uint32_t c = character;

    if (c < 0x80) {
        buf_addc(out, c);
        return;
    }
    if (c < 0x800) {
        buf_addc(out, 0xc0 | c >> 6);
    } else if (c < 0x10000) {
        buf_addc(out, 0xe0 | c >> 12);
        buf_addc(out, 0x80 | (c >> 6 & 0x3f));
    } else {
        buf_addc(out, 0xf0 | c >> 18);
        buf_addc(out, 0x80 | (c >> 12 & 0x3f));
        buf_addc(out, 0x80 | (c >> 6 & 0x3f));
    }
    buf_addc(out, 0x80 | (c & 0x3f));
}

/* The letters of all languages.  Not those of the user's locale: a Dockerfile
 * means the same to everybody.  Loaded once, for that maps a file, and a word
 * may have thousands of characters; never freed. */
static locale_t all_letters(void)
{
    static locale_t utf8;

    if (!utf8)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    return utf8;
}

/* A letter or a digit. */
static bool is_alnum(uint32_t c)
{
    if (c < 0x80)
        return isalnum((int)c);
    return !all_letters() || iswalpha_l(c, all_letters());
}

size_t utf8_name(const char *s)
{
    const char *end = s;
    uint32_t c;

    for (;;) {
        size_t len = utf8_decode(end, &c);
        if (c != '_' && !is_alnum(c))
            return end - s;
        end += len;
    }
}

bool utf8_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

const char *utf8_skip_space(const char *s)
{
    uint32_t c;

    while (*s) {
        size_t len = utf8_decode(s, &c);
        if (!utf8_is_space(c))
            break;
        s += len;
    }
    return s;
}

size_t utf8_trim_right(const char *s, size_t len)
{
    uint32_t c;

    while (len) {
        size_t start = len - 1;
        /* Back over the bytes that follow a first one: three at most. */
        while (start && len - start < 4 && ((unsigned char)s[start] >> 6) == 2)
            start--;
        if (start + utf8_decode(s + start, &c) != len || !utf8_is_space(c))
            break;
        len = start;
    }
    return len;
}
