/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/ignore.h"

/*
 * The build context is a directory, and COPY takes files out of it: never
 * from outside, and never those that .dockerignore names.  This module finds
 * them; engine/copy carries them over.
 * Source: BuildKit, reference.md, "COPY".
 */

/* One thing to copy: what a source of COPY leads to, or one match of it. */
struct source {
    char *name; /* the last component, as named: its name in a directory */
    char *path; /* where it really is, relative to the root; "" the root */
    bool dir;
    /* What the directory holds, relative to it; directories end with "/" and
     * come before what is in them.  Sorted.  Without what is ignored, and
     * without sockets and devices. */
    struct strv below;
};

struct sources {
    struct source *v;
    size_t n;
    struct strv skipped; /* sockets and device nodes that were passed over */
};

/* Find what WANTED names (paths or patterns) below ROOT, the context or the
 * root of another stage; IGNORE may be NULL.  Leading "/" and ".." do not lead
 * out of ROOT, nor does a symlink.  A path that is not there is an error,
 * "/x": not found, and so it is if no pattern matches anything.
 * context_done() frees. */
int context_find(int root, const struct ignore *ignore,
                 const struct strv *wanted, struct sources *out,
                 struct mb_error *err);
void context_done(struct sources *sources);

/* The path of FD relative to ROOTFD, without any symlink in it; "" is the
 * root itself.  Caller frees; NULL with errno when there is none. */
char *context_real_path(int rootfd, int fd);

#endif
