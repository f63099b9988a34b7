/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_TREE_H
#define ENGINE_TREE_H

#include "base/buf.h"
#include "base/error.h"
#include "engine/ignore.h"

/*
 * Lists of what a directory holds, always in the same order.  Sockets and
 * device nodes are not listed: they mean something on their own host only.
 */

/* The tree that is listed.  All paths are relative to ROOT, "" is ROOT
 * itself. */
struct tree {
    int root;
    const struct ignore *ignore; /* what tree_walk() leaves out; NULL */
    struct strv *skipped; /* gets the sockets and device nodes; NULL: nobody
                           * wants to know */
};

/* Append the names in the directory PATH, sorted by their bytes, directories
 * with a "/" behind. */
int tree_list(const struct tree *tree, const char *path, struct strv *out,
              struct mb_error *err);

/* Append the paths, relative to PATH, of all that is below the directory
 * PATH: each directory, with "/" behind, before what is in it.  Symlinks are
 * listed, not followed. */
int tree_walk(const struct tree *tree, const char *path, struct strv *out,
              struct mb_error *err);

/* DIR and a listed NAME put together, without the "/" behind.  Caller
 * frees. */
char *tree_join(const char *dir, const char *name);

#endif
