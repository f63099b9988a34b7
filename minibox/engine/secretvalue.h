/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETVALUE_H
#define ENGINE_SECRETVALUE_H

#include <stdbool.h>
#include <stddef.h>

/* What a name that sounds secret promises. */
struct secretvalue_name {
    const char *kind; /* "password", "API key": a constant */
    bool strict;      /* a name of many things: ask secretvalue_random() */
};

/* Does the name sound secret, in whatever case and spelling?  "DB_PASSWORD",
 * "apiKey", "client-secret"; but not "PASSWORD_FILE", "tokenizer". */
bool secretvalue_name(const char *name, size_t len,
                      struct secretvalue_name *out);

/* Can it be a secret?  "$TOKEN", "<your password>", "{{ x }}", "true" and paths
 * are none. */
bool secretvalue_possible(const char *value, size_t len);

/* Does it look as if nobody had thought it up?  Eight characters or more, some
 * of them digits, hardly any twice, and none but those of base64 and passwords
 * from a generator. */
bool secretvalue_random(const char *value, size_t len);

/* Is it a plain word: "files", "true|false", what manuals write in the place of
 * a password? */
bool secretvalue_plain(const char *value, size_t len);

/* Is it a password's hash: "$6$salt$...", as in /etc/shadow, "$apr1$..." and
 * "{SHA}...", as in .htpasswd?  "*" and "!" stand for no password. */
bool secretvalue_hash(const char *value, size_t len);

#endif
