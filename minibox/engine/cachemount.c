/* SPDX-License-Identifier: MIT */
/*
 * cachemount.c - directories that last from build to build
 *
 * Problem   A RUN that is done again downloads everything again, though only
 *           one package is new.  What was downloaded must not be in the image
 *           either.
 * Idea      --mount=type=cache gives the step a directory of the store.  It is
 *           in no layer, and it is there again next time:
 *
 *             mounts/KEY/0/          the cache of id=ID
 *             mounts/KEY/0.lock      who uses it
 *             mounts/KEY/1/          a second one, for sharing=private
 *
 *           KEY is a digest of the id, so that no id can be a path to somewhere
 *           else.
 * Rules     1. shared: a shared lock.  locked: an exclusive one.  private: the
 *              first directory that nobody has.
 *           2. The content is no part of a step's key, and may be gone at any
 *              time.  A step must give the same with an empty cache.
 *           3. Owner and mode are part of KEY: they are set once, when the
 *              directory is made.
 * Read      reference.md, "RUN --mount=type=cache"; flock(2);
 *           lessons/22-build.md
 */
#include "engine/cachemount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

/* Rule 3. */
static struct digest key_of(const struct mountflag *m)
{
    struct hasher h;
    mb_autofree char *access = mb_printf("%lld:%lld:%o", (long long)m->uid,
                                         (long long)m->gid, m->mode);

    hasher_init(&h);
    hasher_add_str(&h, m->id);
    hasher_add_str(&h, access);
    return hasher_finish(&h);
}

/* Make the directory if it is not there.  It is complete when it gets its name:
 * a build that is killed before leaves none. */
static int make_dir(const struct store *store, const char *name,
                    const struct mountflag *m, struct mb_error *err)
{
    mb_autofree char *fresh = mb_printf("%s.new", name);
    mode_t mode = m->mode < 0 ? 0755 : m->mode;
    /* Two builds may want to make it at the same time. */
    mb_autoclose int turn = fs_lock(store->fd, "mounts/lock", LOCK_EX, err);

    if (turn < 0)
        return -1;
    if (faccessat(store->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    if (mkdirat(store->fd, fresh, 0700) < 0 && errno != EEXIST)
        return mb_fail(err, "make %s", fresh);
    if (fchownat(store->fd, fresh, m->uid < 0 ? 0 : m->uid,
                 m->gid < 0 ? 0 : m->gid, 0) < 0 ||
        fchmodat(store->fd, fresh, mode, 0) < 0)
        return mb_fail(err, "set owner and mode of the cache %s", m->id);
    if (renameat(store->fd, fresh, store->fd, name) < 0)
        return mb_fail(err, "make %s", name);
    return 0;
}

/* Rule 1.  The lock on the directory NAME; -1 with EWOULDBLOCK: try another. */
static int lock_dir(const struct store *store, const char *name,
                    const struct mountflag *m, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s.lock", name);
    int operation = m->sharing == MOUNTFLAG_SHARED   ? LOCK_SH
                    : m->sharing == MOUNTFLAG_LOCKED ? LOCK_EX
                                                     : LOCK_EX | LOCK_NB;

    return fs_lock(store->fd, path, operation, err);
}

int cachemount_take(const struct store *store, const struct mountflag *m,
                    struct cachemount *out, struct mb_error *err)
{
    struct digest key = key_of(m);
    mb_autofree char *parent = mb_printf("mounts/%s", key.hex);

    if (fs_mkdirs(store->fd, parent, err) < 0)
        return -1;
    for (int i = 0;; i++) {
        mb_autofree char *name = mb_printf("%s/%d", parent, i);
        int lock = make_dir(store, name, m, err) < 0
                       ? -1
                       : lock_dir(store, name, m, err);
        if (lock >= 0) {
            *out = (struct cachemount){
                .dir = mb_printf("%s/%s", store->root, name), .lock = lock};
            return 0;
        }
        if (m->sharing != MOUNTFLAG_PRIVATE || errno != EWOULDBLOCK)
            return -1;
    }
}

void cachemount_done(struct cachemount *cache)
{
    free(cache->dir);
    mb_cleanup_close(&cache->lock);
    *cache = (struct cachemount){.lock = -1};
}

int cachemount_remove_all(const struct store *store, struct mb_error *err)
{
    static const char grave[] = "tmp/removed-mounts";

    /* Out of sight in one step: half a cache might be worse than none. */
    if (fs_remove_tree(store->fd, grave, err) < 0)
        return -1;
    if (renameat(store->fd, "mounts", store->fd, grave) < 0)
        return errno == ENOENT ? 0 : mb_fail(err, "remove the caches");
    return fs_remove_tree(store->fd, grave, err);
}
