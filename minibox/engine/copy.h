/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_COPY_H
#define ENGINE_COPY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/hashcache.h"
#include "engine/ignore.h"
#include "engine/key.h"

/* One COPY: where from, what, where to, and as whom. */
struct copy {
    int source_root;             /* the context, or another stage's rootfs */
    const struct ignore *ignore; /* NULL: nothing is left out */
    const struct strv *sources;  /* paths or patterns; "/" and ".." do not
                                  * lead out of the source root */
    const char *dest;            /* absolute path in the image; a trailing "/"
                                  * says that it is a directory */
    bool keep_owner;             /* each file keeps its own, as far as there
                                  * is no chown */
    bool chown;                  /* false: owner 0:0 */
    uid_t uid;
    gid_t gid;
    /* What is known of the source's files; NULL: nothing. */
    struct hashcache *hashes;
    struct strv *skipped; /* gets what is left out: sockets and devices */
    /* ADD: asked for each regular file, open for reading.  1: it was an archive
     * and is unpacked, 0: copy it, -1.  NULL: nothing is unpacked. */
    int (*unpack)(const struct copy *copy, int fd, struct mb_error *err);
    const void *unpack_for; /* what it needs to know */
    const char *mode;       /* --chmod; NULL: each file keeps its own */
};

/* Write into a key what the sources contain: names, types, modes, link targets
 * and bytes, and owners if they are kept; no times, for they must not break
 * the build cache.  A source that does not exist is an error: "/x": not
 * found. */
int copy_add_to_key(const struct copy *copy, struct key *out,
                    struct mb_error *err);

/* Do it, below ROOT_FD, the root of the image.  Symlinks in the destination
 * are followed inside that root, those inside a copied directory are copied
 * as links.  Times and modes are kept.  An ordinary user, who cannot give
 * files away, keeps what has no --chown.  After a failure the target is half
 * done: throw it away. */
int copy_run(const struct copy *copy, int root_fd, struct mb_error *err);

#endif
