/* SPDX-License-Identifier: MIT */
/*
 * hashcache.c - not reading ten thousand files again
 *
 * Problem   Nothing has changed, and to find that out the build reads every
 *           byte of its context.
 * Idea      Believe the inode.  Whoever writes to a file gives it a new change
 *           time, so remember what each file looked like when it was read:
 *
 *             device inode size mtime ctime -> digest of the bytes
 *             fe00   8123  4096 15:02 15:02    3f1c...
 *
 *             stat(2) says the same?   yes: 3f1c..., and it is not opened
 *                                      no:  read it
 *
 *           git does the same for `git status`.
 * Rules     1. ctime decides: utimensat(2) sets mtime to any value, but no
 *              call sets ctime.
 *           2. A time is only as fine as the clock that it came from.  A file
 *              may be changed twice within one tick, and we read it in between.
 *              So a file that has just been changed is not remembered; the
 *              next build reads it again.  (git calls it "racily clean".)
 *           3. Not seen: who writes through mmap(2) and has not stopped since
 *              before we looked.  The kernel notes the first such write, and
 *              the next one after it has been to the disk.
 *           4. It must not grow for ever: there are SLOTS files, contexts share
 *              them, and each knows the files of one build, MOST at most.
 *              `system prune` removes them with the build cache.
 * Read      inode(7); git's Documentation/technical/racy-git.txt;
 *           lessons/22-build.md
 */
#include "engine/hashcache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"

enum {
    SLOTS = 16,
    MOST = 1 << 17,
    /* Seconds.  FAT counts in twos; all others are finer. */
    TICK = 2,
};

/* A file, and what it contained.  It goes to disk as it is. */
struct known {
    uint64_t device, inode, size;
    int64_t modified, changed; /* nanoseconds since 1970 */
    struct digest digest;
};

/* Both lists are arrays of struct known, as bytes. */
struct hashcache {
    char *path;      /* in the store */
    struct buf old;  /* the last build's files, sorted */
    struct buf seen; /* those of this one */
    bool grown;      /* something in `seen` is new */
};

static int64_t nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* What is to be remembered of a file, all but its digest. */
static struct known describe(const struct stat *st)
{
    return (struct known){
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = st->st_size,
        .modified = nanoseconds(&st->st_mtim),
        .changed = nanoseconds(&st->st_ctim),
    };
}

/* For qsort(3) and bsearch(3). */
static int by_inode(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* Rule 1. */
static bool is_same(const struct known *a, const struct known *b)
{
    return by_inode(a, b) == 0 && a->size == b->size &&
           a->modified == b->modified && a->changed == b->changed;
}

bool hashcache_same(const struct stat *a, const struct stat *b)
{
    const struct known x = describe(a), y = describe(b);

    return is_same(&x, &y);
}

struct hashcache *hashcache_load(const struct store *store, int context)
{
    struct hashcache *cache = mb_alloc(sizeof *cache);
    struct stat st = {0};

    *cache = (struct hashcache){.old = BUF_INIT, .seen = BUF_INIT};
    (void)fstat(context, &st);
    /* A digest as the name, as all in cache/ have: so engine/sweep finds it.
     * "1" is the form of the file; another form is another name. */
    mb_autofree char *slot = mb_printf("files 1 %d", (int)(st.st_ino % SLOTS));
    struct digest name = digest_of(slot, strlen(slot));
    cache->path = mb_printf("cache/%s.files", name.hex);
    if (fs_read(store->fd, cache->path, MOST * sizeof(struct known),
                &cache->old, NULL) < 0 ||
        cache->old.len % sizeof(struct known) != 0)
        buf_clear(&cache->old);
    return cache;
}

void hashcache_free(struct hashcache *cache)
{
    if (!cache)
        return;
    free(cache->path);
    buf_done(&cache->old);
    buf_done(&cache->seen);
    free(cache);
}

/* This build has asked for it (rule 4). */
static void see(struct hashcache *cache, const struct known *file)
{
    if (cache->seen.len < MOST * sizeof *file)
        buf_add(&cache->seen, file, sizeof *file);
}

bool hashcache_find(struct hashcache *cache, const struct stat *st,
                    struct digest *out)
{
    const struct known wanted = describe(st);
    const struct known *old;

    if (!cache || cache->old.len == 0)
        return false;
    old = bsearch(&wanted, cache->old.s, cache->old.len / sizeof *old,
                  sizeof *old, by_inode);
    if (!old || !is_same(old, &wanted) || old->digest.hex[64] != '\0')
        return false;
    *out = old->digest;
    see(cache, old);
    return true;
}

void hashcache_note(struct hashcache *cache, const struct stat *st,
                    const struct digest *digest)
{
    struct known file = describe(st);
    struct timespec now;

    if (!cache)
        return;
    /* Rule 2.  A time of the future, from another machine's clock, is none
     * to rely on either. */
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= TICK;
    if (file.changed >= nanoseconds(&now))
        return;
    file.digest = *digest;
    cache->grown = true;
    see(cache, &file);
}

int hashcache_save(const struct hashcache *cache, const struct store *store,
                   struct mb_error *err)
{
    if (!cache || !cache->grown)
        return 0;
    /* A file that two lines of COPY have asked for is in it twice, which does
     * no harm: both say the same. */
    qsort(cache->seen.s, cache->seen.len / sizeof(struct known),
          sizeof(struct known), by_inode);
    return fs_write(store->fd, cache->path, cache->seen.s, cache->seen.len,
                    err);
}
