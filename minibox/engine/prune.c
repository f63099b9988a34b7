/* SPDX-License-Identifier: MIT */
/*
 * prune.c - clearing up
 *
 * Problem   Every build leaves an image behind that has lost its name to the
 *           next one.  After a month the disk is full of them.
 * Idea      Choose the images that go, take them out of the index, and let
 *           engine/sweep remove what can't be reached any more:
 *
 *             prune       images without a name ("dangling")
 *             prune -a    images that no container uses, whatever their names
 *
 * Rules     1. "Uses" means: was made from it, and has not been removed.  A
 *              container that has ended still needs its image.
 *           2. With -a, an image that is in use keeps the name that its
 *              container was started by, and loses the others.  Who was started
 *              by ID uses no name: then the last one stays.
 *           3. A container that can't be read stops it all, before a name
 *              goes: it may use any image.
 * Read      docker-image-prune(1); lessons/16-store.md
 */
#include "engine/prune.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/cachemount.h"
#include "engine/remove.h"
#include "engine/sweep.h"
#include "engine/usage.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/manifest.h"
#include "runtime/state.h"

/* ---- which images ------------------------------------------------------- */

/* What containers use: image IDs ("sha256:...") and names, as keys. */
struct uses {
    json_t *used;
    struct mb_error *err;
};

static int note_use(const struct container *c, void *argument)
{
    const struct uses *u = argument;
    json_t *config;

    if (state_config(c, &config, u->err) < 0)
        return -1; /* rule 3 */
    const char *id = json_string_value(json_object_get(config, "imageId"));
    const char *name = json_string_value(json_object_get(config, "image"));
    struct image_ref ref;

    if (id)
        json_object_set_new(u->used, id, json_true());
    if (name && ref_parse(name, &ref, NULL) == 0) {
        ref_favor_digest(&ref);
        json_object_set_new(u->used, ref.canonical, json_true());
        ref_done(&ref);
    }
    json_decref(config);
    return 0;
}

/* Has a container been made from it?  USED: see note_use(). */
static bool is_used(const json_t *used, const struct image *image)
{
    mb_autofree char *id = mb_printf(DIGEST_FMT, image->id.hex);

    return json_object_get(used, id) != NULL;
}

/* An image in use keeps its last row, whatever that says (rule 2): is there but
 * one left, in the index as it is now? */
static bool keeps_last(const struct store *store, const json_t *used,
                       const struct image *image)
{
    json_t *index = index_load(store, NULL);
    struct index_entry entry;
    int n = 0;

    for (size_t cursor = 0; index_next(index, &cursor, &entry);)
        n += digest_equal(&entry.manifest, &image->manifest);
    json_decref(index);
    return n <= 1 && is_used(used, image);
}

/* May this row of the index go?  Rules 1 and 2. */
static bool may_go(const struct prune *prune, const json_t *used,
                   const struct index_entry *entry, const struct image *image)
{
    bool in_use = is_used(used, image);

    if (!entry->name)
        return !in_use;
    return prune->all && !(in_use && json_object_get(used, entry->name));
}

/* Take the row out of the index. */
static int drop_row(const struct store *store, struct prune *prune,
                    const struct index_entry *entry, struct mb_error *err)
{
    struct image_ref ref;

    if (!entry->name)
        return index_remove_manifest(store, &entry->manifest, err);
    if (ref_parse(entry->name, &ref, err) < 0)
        return -1;
    int result = index_remove_name(store, &ref, err);
    if (result == 0)
        strv_addf(&prune->deleted, "untagged: %s", ref.familiar);
    ref_done(&ref);
    return result;
}

/* An image that went, to be told of when it is known what went with it. */
struct gone {
    struct image *images;
    size_t n;
};

static void add_gone(struct gone *gone, struct image *image)
{
    for (size_t i = 0; i < gone->n; i++)
        if (digest_equal(&gone->images[i].manifest, &image->manifest)) {
            image_done(image);
            return;
        }
    gone->images =
        mb_realloc(gone->images, (gone->n + 1) * sizeof *gone->images);
    gone->images[gone->n++] = *image;
}

/* Look at each row of INDEX, as it was before we began. */
static int drop_rows(const struct store *store, struct prune *prune,
                     const json_t *index, struct gone *gone,
                     struct mb_error *err)
{
    json_t *used = json_object();
    struct uses uses = {used, err};
    struct index_entry entry;
    int result = state_for_each(store->root, note_use, &uses, err);

    for (size_t cursor = 0;
         result == 0 && index_next(index, &cursor, &entry);) {
        struct image image;
        if (image_load(store, &entry.manifest, &image, err) < 0) {
            result = mb_hint(err, "minibox rmi it first");
        } else if (may_go(prune, used, &entry, &image) &&
                   !keeps_last(store, used, &image)) {
            result = drop_row(store, prune, &entry, err);
            add_gone(gone, &image);
        } else {
            image_done(&image);
        }
    }
    json_decref(used);
    return result;
}

/* In docker's words: the images, and the layers that went with them. */
static void tell_gone(const struct store *store, struct prune *prune,
                      const struct gone *gone, const json_t *marks)
{
    json_t *told = json_object();

    for (size_t k = 0; k < gone->n; k++) {
        const struct image *image = &gone->images[k];
        if (sweep_is_marked(marks, &image->id) ||
            json_object_get(told, image->id.hex))
            continue; /* it has another name still, or had two manifests */
        json_object_set_new(told, image->id.hex, json_true());
        strv_addf(&prune->deleted, "deleted: " DIGEST_FMT, image->id.hex);
        for (size_t i = image->n_layers; i-- > 0;) {
            struct digest chain = remove_chain_id(image, i);
            if (sweep_is_marked(marks, &image->layers[i].diff_id) ||
                !store_has_layer(store, &image->layers[i].diff_id) ||
                json_object_get(told, chain.hex))
                continue;
            json_object_set_new(told, chain.hex, json_true());
            strv_addf(&prune->deleted, "deleted: " DIGEST_FMT, chain.hex);
        }
    }
    json_decref(told);
}

/* What builds keep in RUN --mount=type=cache. */
static int remove_cachemounts(const struct store *store, struct prune *prune,
                              struct mb_error *err)
{
    size_t n;

    prune->freed += usage_of_cachemounts(store, &n);
    return cachemount_remove_all(store, err);
}

int prune_images(const struct store *store, struct prune *prune,
                 struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, true, err);
    json_t *index = hold < 0 ? NULL : index_load(store, err), *marks = NULL;
    struct gone gone = {0};

    int result = index ? drop_rows(store, prune, index, &gone, err) : -1;
    if (result == 0)
        marks = sweep_mark(store, !prune->cache, err);
    if (marks) {
        tell_gone(store, prune, &gone, marks);
        result = sweep_unmarked(store, marks, &prune->freed, err);
    }
    if (result == 0 && prune->cache)
        result = remove_cachemounts(store, prune, err);
    store_sweep(store);
    for (size_t i = 0; i < gone.n; i++)
        image_done(&gone.images[i]);
    free(gone.images);
    json_decref(index);
    json_decref(marks);
    return marks ? result : -1;
}

/* ---- containers --------------------------------------------------------- */

/* Containers that do not run. */
static int note_stopped(const struct container *c, void *argument)
{
    if (!state_is_running(c))
        strv_add(argument, c->id);
    return 0;
}

int prune_containers(const struct store *store, struct strv *deleted,
                     uint64_t *out_freed, struct mb_error *err)
{
    mb_autostrv struct strv stopped = {0};

    if (state_for_each(store->root, note_stopped, &stopped, err) < 0)
        return -1;
    for (size_t i = 0; i < stopped.n; i++) {
        struct container c;
        if (state_find(store->root, stopped.v[i], &c, NULL) < 0)
            continue; /* somebody else was faster */
        uint64_t size = usage_of_container(&c);
        /* It may have been started meanwhile. */
        int result =
            state_is_running(&c) ? 1 : state_remove(store->root, &c, err);
        container_done(&c);
        if (result < 0)
            return -1;
        if (result > 0)
            continue;
        strv_add(deleted, stopped.v[i]);
        *out_freed += size;
    }
    return 0;
}
