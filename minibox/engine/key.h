/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_KEY_H
#define ENGINE_KEY_H

#include "base/buf.h"
#include "image/digest.h"

/*
 * All that the result of a step depends on, as a text:
 *
 *     step COPY
 *     below 9a0be1...                       WHAT VALUE
 *     file src/a.c 100644:5e21c0...         WHAT NAME VALUE
 *
 * and its digest, under which the result is remembered.
 */
struct key {
    struct buf text;
    struct digest digest; /* after key_finish() */
};

#define KEY_INIT                                                               \
    {                                                                          \
        .text = BUF_INIT                                                       \
    }
#define mb_autokey __attribute__((cleanup(key_done)))

/* Begin: the kind of the step, such as RUN. */
void key_begin(struct key *key, const char *kind);
void key_done(struct key *key);

/* A line with the digest of VALUE.  NAME may be NULL; else it tells this line
 * from others that begin with WHAT, which is one word. */
void key_add(struct key *key, const char *what, const char *name,
             const char *value);
/* A line with VALUE itself, which is short, secret to nobody, and has neither
 * spaces nor newlines. */
void key_add_plain(struct key *key, const char *what, const char *name,
                   const char *value);
/* A line with the digest of all words of the list, in their order. */
void key_add_words(struct key *key, const char *what, const struct strv *words);
/* A line for each NAME=value, in the order of the names. */
void key_add_variables(struct key *key, const struct strv *env);

/* Set key->digest: nothing is added after this. */
void key_finish(struct key *key);

#endif
