/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/digest.h"

/*
 * The build context is a directory, and COPY takes files out of it: never
 * from outside, and never those that .dockerignore names.
 * Source: BuildKit, reference.md, "COPY" and ".dockerignore file".
 */

/* A parsed .dockerignore: patterns in order, the last that matches wins. */
struct ignore {
    struct strv patterns; /* cleaned; "!" in front: take it back */
};

/* Parse the text of a .dockerignore.  ignore_done() frees. */
int ignore_parse(const char *text, struct ignore *out, struct mb_error *err);
void ignore_done(struct ignore *ignore);

/* Is PATH (relative, no leading slash) left out?  A pattern that matches a
 * directory leaves out all below it. */
bool ignore_matches(const struct ignore *ignore, const char *path);

/* Does NAME match a pattern of Go's filepath.Match (* ? [a-z] \x), where **
 * also crosses slashes?  1 yes, 0 no, -1 the pattern is broken. */
int context_match(const char *pattern, const char *name);

/* One COPY: where from, what, where to, and as whom. */
struct copy {
    int source_root;             /* the context, or another stage's rootfs */
    const struct ignore *ignore; /* NULL: nothing is left out */
    const struct strv *sources;  /* paths or patterns; "/" and ".." do not
                                  * lead out of the source root */
    const char *dest;            /* absolute path in the image; a trailing "/"
                                  * says that it is a directory */
    bool chown;                  /* false: owner 0:0 */
    uid_t uid;
    gid_t gid;
    int mode; /* --chmod, or -1 to keep each file's own */
};

/* What the sources contain: names, types, modes, link targets and bytes, but
 * no times and owners, for they must not break the build cache.  A source
 * that does not exist is an error: "/x": not found. */
int copy_digest(const struct copy *copy, struct digest *out,
                struct mb_error *err);

/* Do it, below ROOT_FD, the root of the image.  Symlinks in the destination
 * are followed inside that root, those inside a copied directory are copied
 * as links.  Times and modes are kept. */
int copy_run(const struct copy *copy, int root_fd, struct mb_error *err);

#endif
