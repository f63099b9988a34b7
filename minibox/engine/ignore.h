/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_IGNORE_H
#define ENGINE_IGNORE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * .dockerignore: which files of the build context do not exist for the build.
 * Source: BuildKit, reference.md, ".dockerignore file".
 */

/* A parsed .dockerignore: patterns in order, the last that matches wins. */
struct ignore {
    struct strv patterns; /* cleaned; "!" in front: take it back */
};

/* Parse the text of a .dockerignore.  ignore_done() frees. */
int ignore_parse(const char *text, struct ignore *out, struct mb_error *err);
void ignore_done(struct ignore *ignore);

/* Is PATH (relative, no leading slash, clean) left out?  A pattern that
 * matches a directory leaves out all below it.  The context itself, "", never
 * is; and with IGNORE NULL nothing is. */
bool ignore_matches(const struct ignore *ignore, const char *path);

/* DIR is left out.  Is all that is below it left out too, so that one need
 * not look into it?  No when a "!" pattern may take something back. */
bool ignore_hides_tree(const struct ignore *ignore, const char *dir);

#endif
