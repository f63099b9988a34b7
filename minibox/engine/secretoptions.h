/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETOPTIONS_H
#define ENGINE_SECRETOPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* An option of a command that takes a password. */
struct secretoptions_row {
    const char *program; /* what must stand before it in its line */
    const char *name;    /* "p", "user" */
    const char *kind;    /* "password of curl -u" */
    bool login;          /* USER:PASSWORD */
    bool attached;       /* -pPASSWORD, without a blank */
};

/* So many bytes, at the most, stand between the program and the option. */
enum { SECRETOPTIONS_BEHIND = 248 };

/* Does the name of such an option start at TEXT[AT], of LEN bytes?  Returns the
 * option, and where its value starts (perhaps with a quote), or NULL. */
const struct secretoptions_row *secretoptions_at(const char *text, size_t len,
                                                 size_t at, size_t *out_value);

#endif
