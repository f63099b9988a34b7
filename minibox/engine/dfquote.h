/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFQUOTE_H
#define ENGINE_DFQUOTE_H

#include "base/buf.h"

/* Append TEXT in double quotes, so that it is one word on one line, whatever
 * is in it: "a\tb\x00".  Which letters beyond ASCII can stand as they are is
 * decided by the locale. */
void dfquote_add(struct buf *out, const char *text);

/* Append the LEN bytes at TEXT in lower case. */
void dfquote_lower(struct buf *out, const char *text, size_t len);

#endif
