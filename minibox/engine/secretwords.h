/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETWORDS_H
#define ENGINE_SECRETWORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Secrets in texts.  A text holds bytes of any kind, of which SECRETWORDS_AHEAD
 * after the one in question matter at the most, and SECRETWORDS_BEHIND before
 * it.
 */
enum { SECRETWORDS_AHEAD = 4096, SECRETWORDS_BEHIND = 256 };
/* No value is looked at any further than this. */
enum { SECRETWORDS_VALUE = 1000 };

/* How much to believe; each finds what those before it do, and more. */
enum secretwords_mode {
    SECRETWORDS_TOKENS,   /* tokens of services */
    SECRETWORDS_SHAPES,   /* private keys, too (engine/tokens) */
    SECRETWORDS_TEXT,     /* logins in URLs and headers; password=VALUE, should
                           * VALUE look random */
    SECRETWORDS_SETTINGS, /* should VALUE be no plain word */
    SECRETWORDS_CONFIG,   /* whatever VALUE looks like; options of commands,
                           * "--password VALUE", "curl -u USER:VALUE" */
    SECRETWORDS_BARE,     /* "password VALUE" */
    SECRETWORDS_HASHES,   /* lines "user:HASH", of a password */
    SECRETWORDS_PGPASS,   /* lines "host:port:database:user:VALUE" */
};

struct secretwords_text {
    const char *s;
    size_t len;
    size_t limit; /* no hit starts there or later */
    enum secretwords_mode mode;
};

struct secretwords_hit {
    const char *kind;  /* "GitHub token", "password": a constant */
    size_t start;      /* of all that makes it a secret: the name, "https://" */
    size_t begin, end; /* of the secret itself */
    bool shaped;       /* it has a shape of its own: see engine/tokens */
};

/* The first hit that starts at AT or later: false when there is none. */
bool secretwords_next(const struct secretwords_text *text, size_t at,
                      struct secretwords_hit *out);

/* The same for a variable "NAME=VALUE", in which all that is behind the "=" is
 * the value. */
bool secretwords_variable(const char *text, struct secretwords_hit *out);

#endif
