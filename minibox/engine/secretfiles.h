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

/* Is all of it a secret: a store of keys, which is for programs and no text, or
 * a file with nothing else in it?  Its name and its bytes (of a long one the
 * first 64 suffice) must both say so.  Returns what it is, or NULL. */
const char *secretfiles_whole(const char *path, const void *data, size_t size);

#endif
