/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETFILES_H
#define ENGINE_SECRETFILES_H

#include "engine/secretwords.h"

/* What a file's place says about what is in it. */
struct secretfiles_kind {
    enum secretwords_mode mode;
    const char *what; /* "login in .netrc": better than "password"; or NULL */
};

/* PATH: from the top of the image, "/root/.netrc". */
struct secretfiles_kind secretfiles_kind_of(const char *path);

/* Is it a store of keys, which is for programs and no text?  Its name and its
 * first bytes (64 suffice) must both say so.  Returns what it is, or NULL. */
const char *secretfiles_keystore(const char *path, const void *data,
                                 size_t size);

#endif
