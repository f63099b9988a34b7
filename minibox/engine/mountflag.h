/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_MOUNTFLAG_H
#define ENGINE_MOUNTFLAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum mountflag_type {
    MOUNTFLAG_BIND,   /* files of the context, a stage or an image */
    MOUNTFLAG_CACHE,  /* a directory that lasts from build to build */
    MOUNTFLAG_TMPFS,  /* a directory in memory */
    MOUNTFLAG_SECRET, /* a file in memory */
};

/* Who may use a cache at the same time. */
enum mountflag_sharing {
    MOUNTFLAG_SHARED,  /* all together */
    MOUNTFLAG_PRIVATE, /* all, but each gets a copy of his own */
    MOUNTFLAG_LOCKED,  /* one after the other */
};

/* One --mount of a RUN. */
struct mountflag {
    enum mountflag_type type;
    char *target, *source, *from, *id, *env; /* NULL: not given */
    enum mountflag_sharing sharing;
    bool read_only, required;
    uint64_t size;    /* of a tmpfs; 0: as the kernel has it */
    int64_t uid, gid; /* -1: not given */
    int mode;
};

/* Read TEXT, what follows "--mount=".  Values are expanded with ENV, see
 * engine/expand.  With ENV NULL the variables are not known yet: all that holds
 * a "$" is left for later; only `from`, which takes none, is complete then.
 * mountflag_done() frees, also after a failure. */
int mountflag_parse(const char *text, char escape, const struct strv *env,
                    struct mountflag *out, struct mb_error *err);
void mountflag_done(struct mountflag *m);

/* Fill in what was not given and does not come from the kind alone: afterwards
 * `target` is absolute (or NULL: a secret that is a variable only), and a cache
 * and a secret have an `id`.  CWD: where relative targets start. */
int mountflag_complete(struct mountflag *m, const char *cwd,
                       struct mb_error *err);

/* "cache" for MOUNTFLAG_CACHE. */
const char *mountflag_type_name(enum mountflag_type type);

#endif
