/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETS_H
#define ENGINE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/picture.h"

/* Where in an image a secret lies. */
enum secrets_place {
    SECRETS_HISTORY, /* a line of the history */
    SECRETS_ENV,     /* a variable that each container gets */
    SECRETS_LABEL,
    SECRETS_COMMAND, /* Cmd, Entrypoint and the like */
    SECRETS_FILE,    /* a file of a layer */
};

/* A secret that everybody who has the image can read. */
struct secrets_leak {
    enum secrets_place place;
    const char *kind; /* "GitHub token": a constant */
    char *value;      /* the secret; its first SECRETS_KEPT bytes */
    size_t len;       /* all of its bytes */
    char *name;       /* of the variable or label, "Cmd"; of a file: its path.
                       * HISTORY: the whole line */
    size_t line;   /* HISTORY: which, from 1, the oldest first; FILE: which */
    size_t entry;  /* FILE: of the picture.  Else PICTURE_NONE */
    size_t more;   /* so many times again: in later lines of the history, or in
                   * the same file */
    size_t others; /* FILE: so many more secrets in it, which are not listed */
};

enum { SECRETS_KEPT = 1000, SECRETS_MOST = 1000 };

struct secrets {
    struct secrets_leak *leaks; /* history, config, files by their layers */
    size_t n;
    size_t unread; /* files that are too long to be searched to their end */
    bool full;     /* there are more than SECRETS_MOST */
};

/* Find all places where the image gives a secret away.  PICTURE: of this image.
 * secrets_done() frees, also after a failure. */
int secrets_find(const struct store *store, const struct image *image,
                 const struct picture *picture, struct secrets *out,
                 struct mb_error *err);
void secrets_done(struct secrets *secrets);

/* How many different secrets there are, and in how many places.  Those that are
 * not listed count as different. */
size_t secrets_count(const struct secrets *secrets, size_t *out_places);

/* A copy of TEXT in which secrets are masked: all that have been found, and
 * what looks like one.  Caller frees. */
char *secrets_hide(const struct secrets *secrets, const char *text);

#endif
