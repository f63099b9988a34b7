/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_TOKENS_H
#define ENGINE_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

/* No token is looked at any further than this, its prefix included. */
enum { TOKENS_LONGEST = 4096 };

/* A secret in a text, without quotes, headers and the like. */
struct token {
    const char *kind;  /* "GitHub token": a constant */
    size_t begin, end; /* of the secret itself: text[begin] to text[end - 1] */
};

/* Which bytes a secret of a known shape may begin with. */
extern const bool tokens_firsts[256];

/* Does a secret of a known shape start at TEXT[AT]: a token of a service, or a
 * private key?  Examples from manuals, and keys without a body, are none.  TEXT
 * holds LEN bytes of any kind; what is before AT is looked at, too. */
bool tokens_at(const char *text, size_t len, size_t at, struct token *out);

/* How many bits of surprise each character holds, on average (Shannon's
 * entropy): 0 for "aaaa", 4 for sixteen characters that are all different. */
double tokens_entropy(const char *text, size_t len);

#endif
