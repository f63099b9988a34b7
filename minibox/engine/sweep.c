/* SPDX-License-Identifier: MIT */
/*
 * sweep.c - mark and sweep: finding what nobody needs
 *
 * Problem   Images share blobs and layers, containers stand on layers, and
 *           whoever was killed in the middle of a pull has left some behind.
 *           What may go?
 * Idea      What can't be reached.  Begin at the roots and mark all that they
 *           lead to; then remove what has no mark:
 *
 *             index.json --> manifest --> config         marked
 *                               `-------> layers         marked
 *             containers -----------------^              marked
 *             cache/KEY  ------> layer                   marked, on request
 *                                layer 5f2c...           not: it goes
 *
 * Rules     1. No counting of references: a counter that was not written down
 *              before a kill -9 is wrong for ever.  Marks are made anew each
 *              time, from what is on disk.
 *           2. An image or a container that can't be read stops it all.  Who
 *              knows what it needs?
 *           3. References first, content second: a removal that is killed
 *              leaves garbage, which the next sweep finds.
 * Read      docker-image-prune(1), docker-system-prune(1); lessons/16-store.md
 */
#include "engine/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/cache.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/manifest.h"
#include "runtime/state.h"

/* ---- mark --------------------------------------------------------------- */

static void mark(json_t *marks, const char *hex)
{
    json_object_set_new(marks, hex, json_true());
}

bool sweep_is_marked(const json_t *marks, const struct digest *digest)
{
    return json_object_get(marks, digest->hex) != NULL;
}

/* An image needs its two documents, and its layers in both forms. */
static int mark_image(const struct store *store, json_t *marks,
                      const struct digest *manifest, struct mb_error *err)
{
    struct image image;

    /* STEP 2, 3 points: image_load() it (rule 2), and mark all that it needs:
     * manifest, config, and of each layer the diff ID and the blob */
    if (image_load(store, manifest, &image, err) < 0)
        return -1;
    mark(marks, image.manifest.hex);
    mark(marks, image.id.hex);
    for (size_t i = 0; i < image.n_layers; i++) {
        mark(marks, image.layers[i].diff_id.hex);
        mark(marks, image.layers[i].blob.hex);
    }
    /* END STEP 2 */
    image_done(&image);
    return 0;
}

static int mark_images(const struct store *store, json_t *marks,
                       struct mb_error *err)
{
    json_t *index = index_load(store, err);
    struct index_entry entry;
    int result = index ? 0 : -1;

    for (size_t cursor = 0;
         result == 0 && index_next(index, &cursor, &entry);) {
        if (sweep_is_marked(marks, &entry.manifest))
            continue; /* another name of an image that we have seen */
        result = mark_image(store, marks, &entry.manifest, err);
        if (result < 0)
            mb_hint(err, "minibox rmi it first");
    }
    json_decref(index);
    return result;
}

/* What a container needs: where it is written down, and why it can't be. */
struct marking {
    json_t *marks;
    struct mb_error *err;
};

/* A container needs the layers that it stands on, whatever became of its
 * image.  What its config.json says of them is a list of hex digits. */
static int mark_container(const struct container *c, void *argument)
{
    const struct marking *m = argument;
    json_t *config = NULL;

    /* STEP 3, 2 points: read its state_config() (rule 2), and mark each text in
     * the list "layers", which may be missing (config too: NULL)
     * else: return mb_failx(m->err, NOT_WRITTEN); */
    if (state_config(c, &config, m->err) < 0)
        return -1;
    const json_t *layers = json_object_get(config, "layers");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const char *hex = json_string_value(json_array_get(layers, i));
        if (hex)
            mark(m->marks, hex);
    }
    /* END STEP 3 */
    json_decref(config);
    return 0;
}

/* ---- walking through directories ---------------------------------------- */

/* Call FN for each name in the store's directory DIR that is a digest, or
 * begins with one. */
static int for_each_digest(const struct store *store, const char *dir,
                           int (*fn)(const struct store *, const char *name,
                                     const struct digest *, void *),
                           void *argument, struct mb_error *err)
{
    int fd = fs_open_dir(store->fd, dir, err);
    mb_autodir DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int result = 0;

    if (!d)
        return -1;
    while (result == 0 && (entry = readdir(d))) {
        mb_autofree char *text = mb_printf("sha256:%.64s", entry->d_name);
        struct digest digest;
        if (digest_parse(text, &digest, NULL) == 0)
            result = fn(store, entry->d_name, &digest, argument);
    }
    return result;
}

/* A record of the build cache lies in cache/KEY, where KEY is the digest of all
 * that a step was made from; it may lead to a layer. */
static int mark_cached(const struct store *store, const char *name,
                       const struct digest *key, void *marks)
{
    struct cache_record record;

    mark(marks, key->hex);
    if (cache_read(store, name, &record) && record.has_layer)
        mark(marks, record.diff_id.hex);
    return 0;
}

json_t *sweep_mark(const struct store *store, bool with_cache,
                   struct mb_error *err)
{
    json_t *marks = json_object();
    struct marking m = {marks, err};
    int result = mark_images(store, marks, err);

    if (result == 0)
        result = state_for_each(store->root, mark_container, &m, err);
    if (result == 0 && with_cache)
        result = for_each_digest(store, "cache", mark_cached, marks, err);
    if (result == 0)
        return marks;
    json_decref(marks);
    return NULL;
}

/* ---- sweep -------------------------------------------------------------- */

/* What goes, and what that gives. */
struct sweep {
    const json_t *marks;
    uint64_t freed;
    struct mb_error *err;
};

/* A digest may name a blob, a layer, or both: all of that goes, with HEX.size
 * and HEX.packed.  We come here once for each of these names.  Nothing counts
 * twice: after the first time there is nothing left that has a size.  A blob
 * that can't be removed is counted all the same: the next sweep finds it. */
static int sweep_digest(const struct store *store, const char *name,
                        const struct digest *digest, void *argument)
{
    struct sweep *s = argument;

    (void)name;
    /* STEP 4, 3 points: what is marked stays; of the rest add to s->freed what
     * it takes (both sizes), and remove it (both forms)
     * else: return mb_failx(s->err, NOT_WRITTEN); */
    if (sweep_is_marked(s->marks, digest))
        return 0;
    s->freed += store_layer_size(store, digest) + blob_size(store, digest);
    if (store_remove_layer(store, digest, s->err) < 0)
        return -1;
    blob_remove(store, digest);
    /* END STEP 4 */
    return 0;
}

/* Records of the build cache have a mark all or none: sweep_mark() was told to
 * keep the cache, or to forget it. */
static int sweep_record(const struct store *store, const char *name,
                        const struct digest *key, void *argument)
{
    const struct sweep *s = argument;
    mb_autofree char *path = mb_printf("cache/%s", name);

    if (!sweep_is_marked(s->marks, key))
        (void)unlinkat(store->fd, path, 0);
    return 0;
}

/* Remove what fs_write() was killed over.  Nobody is at work on such a file:
 * who writes here holds the store, and we hold it alone. */
static void sweep_halves(const struct store *store, const char *dir)
{
    int fd = fs_open_dir(store->fd, dir, NULL);
    mb_autodir DIR *list = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (list && (entry = readdir(list)))
        if (fs_is_temporary(entry->d_name))
            (void)unlinkat(fd, entry->d_name, 0);
}

int sweep_unmarked(const struct store *store, const json_t *marks,
                   uint64_t *out_freed, struct mb_error *err)
{
    struct sweep s = {.marks = marks, .err = err};
    int result = for_each_digest(store, "cache", sweep_record, &s, err);

    if (result == 0)
        result = for_each_digest(store, "layers", sweep_digest, &s, err);
    if (result == 0)
        result = for_each_digest(store, "blobs/sha256", sweep_digest, &s, err);
    *out_freed += s.freed;
    sweep_halves(store, "cache");
    sweep_halves(store, "layers");
    sweep_halves(store, "blobs/sha256");
    return result;
}
