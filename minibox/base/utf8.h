/* SPDX-License-Identifier: MIT */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What stands for a byte that belongs to no character: U+FFFD. */
#define UTF8_WRONG 0xfffdu
/* The byte order mark, which some editors put before a text. */
#define UTF8_MARK 0xfeffu

/* The character at S, which is not the NUL that ends the text, goes to *out.
 * Returns how many bytes it has.  A byte that begins no character counts as
 * one of one byte, UTF8_WRONG. */
size_t utf8_decode(const char *s, uint32_t *out);

/* Append a character. */
void utf8_add(struct buf *out, uint32_t character);

/* How many bytes of S are a name: letters and digits of any script, as far as
 * the C library knows them, and "_". */
size_t utf8_name(const char *s);

/* Is it white space?  Of all scripts: U+00A0, which keeps a line together, is
 * one, and so is U+3000, as wide as a Chinese character. */
bool utf8_is_space(uint32_t character);

/* The first character from S on that is not white space. */
const char *utf8_skip_space(const char *s);

/* How many of the LEN bytes at S are left without the white space behind. */
size_t utf8_trim_right(const char *s, size_t len);

#endif
