/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_ATTACH_H
#define ENGINE_ATTACH_H

#include "engine/cachemount.h"
#include "engine/runmount.h"
#include "runtime/spec.h"

/* A mount as it is made ready for one container. */
struct attached {
    const struct runmount *want;
    char *dir;                   /* its files, or a directory to mount them on;
                                   * NULL: they are in memory */
    struct cachemount cache;     /* of a cache */
    const struct secret *secret; /* of a secret; NULL: nobody gave it */
    int source;                  /* in the child: what is bound; -1: nothing */
};

/* All mounts of one RUN. */
struct attach {
    const struct build *b;
    char *dir;                 /* ours, below the step's directory */
    const struct strv *lowers; /* the image that they are mounted in */
    struct attached *v;
    size_t n;
    struct container_mounts mounts; /* for the container's spec */
};

/* Make ready what MOUNTS want, in the step's directory DIR: copy files out of
 * the context, take caches, find secrets.  The spec gets the environment of
 * secrets, one lower directory more, and a.mounts.  attach_done() lets go, also
 * after a failure. */
int attach_prepare(const struct build *b, const struct runmounts *mounts,
                   const char *dir, struct container_spec *spec,
                   struct attach *a, struct mb_error *err);
void attach_done(struct attach *a);

#endif
