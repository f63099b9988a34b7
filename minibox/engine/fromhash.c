/* SPDX-License-Identifier: MIT */
/*
 * fromhash.c - what COPY --from will find
 *
 * Problem   COPY --from=build /app /app depends on one file of the stage.  If
 *           its key were all that the stage did, each step that is done again
 *           up there would make everything down here be done again, though
 *           the same /app came out.
 * Idea      Look at the file, as for a COPY from the context.  That takes a
 *           mount and a read; but the files of an image are named by its
 *           layers, and never change, so it is done once:
 *
 *             layers + sources -> in cache/ ?   yes: the digest of last time
 *                                               no:  mount, hash, remember
 *
 * Rules     1. The mount is made in a child with mounts of its own, and ends
 *              with it.  The digest comes back through a pipe.
 *           2. What is remembered is a fact, not a result of a build, so it
 *              holds with --no-cache, too.
 * Read      Docker's manual, "Build cache invalidation"; lessons/22-build.md
 */
#include "engine/fromhash.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/cache.h"
#include "engine/copy.h"
#include "engine/stage.h"
#include "linux/pivot.h"
#include "linux/program.h"

/* What the child must know. */
struct errand {
    const struct store *store;
    const struct image *from;
    const struct strv *sources;
    int out; /* of the pipe */
};

/* The child (rule 1). */
static int look(void *argument, struct mb_error *err)
{
    const struct errand *e = argument;
    mb_autokey struct key content = KEY_INIT;

    if (pivot_make_private(err) < 0)
        return -1;
    mb_autoclose int root = stage_open_files(e->store, e->from, err);
    const struct copy copy = {
        .source_root = root, .keep_owner = true, .sources = e->sources};
    if (root < 0 || copy_add_to_key(&copy, &content, err) < 0)
        return -1;
    key_finish(&content);
    return fs_write_all(e->out, &content.digest, sizeof content.digest, err);
}

/* Mount and hash.  A digest fits into any pipe: nobody need read meanwhile. */
static int work_out(struct errand *e, struct digest *out, struct mb_error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    mb_autoclose int reader = ends[0], writer = ends[1];
    e->out = writer;
    if (program_call(CLONE_NEWNS, look, e, err) < 0)
        return -1;
    if (read(reader, out, sizeof *out) != sizeof *out)
        return mb_failx(err, "the digest of the files got lost");
    return 0;
}

int fromhash_digest(const struct store *store, const struct image *from,
                    const struct strv *sources, struct digest *out,
                    struct mb_error *err)
{
    struct errand e = {.store = store, .from = from, .sources = sources};
    struct digest chain = stage_chain(from);
    mb_autokey struct key key = KEY_INIT;

    key_begin(&key, "--from");
    key_add_plain(&key, "below", NULL, chain.hex);
    key_add_words(&key, "sources", sources);
    key_finish(&key);
    if (cache_get_digest(store, &key.digest, out))
        return 0;
    if (work_out(&e, out, err) < 0)
        return -1;
    return cache_put_digest(store, &key, out, err);
}
