/* SPDX-License-Identifier: MIT */
/*
 * remove.c - taking an image away, and only what nobody else needs
 *
 * Problem   Images share layers, containers stand on them, and an image may
 *           have several names.  What may go?
 * Idea      Names are the handles.  Only with the last one, and when no
 *           container stands in the way, the image itself goes, and of its
 *           layers those that engine/sweep does not find elsewhere:
 *
 *             needed    image B   container c          image A (to go)
 *                          |         |                  |    |
 *             layers       1         2                  1    3  <- goes
 *
 * Rules     1. A name goes first; the image goes with its last name.  An image
 *              is what its ID says, the digest of its config: it may have come
 *              twice, with layers that were compressed in two ways, and has
 *              two manifests then.
 *           2. The store is held exclusively: no build or run that is about
 *              to use a layer can be surprised.
 *           3. References first, content second: killed in between, there is
 *              garbage, but no image with a hole.
 * Read      docker-image-rm(1); lessons/16-store.md
 */
#include "engine/remove.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/sweep.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/lookup.h"
#include "runtime/state.h"

/* Everything that is known before anything is removed. */
struct removal {
    const struct store *store;
    struct image *images; /* one for each manifest; the first was looked up */
    size_t n_images;
    const char *typed;
    bool force;
    struct strv names; /* canonical names of the image */
    char user[13];     /* a container that uses the image, or "" */
    bool user_runs;
};

/* ---- who needs it ------------------------------------------------------- */

/* Is it a manifest of the image?  A new one is added to those that we know. */
static bool is_ours(struct removal *r, const struct digest *manifest)
{
    struct image image;

    for (size_t i = 0; i < r->n_images; i++)
        if (digest_equal(manifest, &r->images[i].manifest))
            return true;
    if (image_load(r->store, manifest, &image, NULL) < 0)
        return false; /* damaged: who it is nobody knows */
    if (!digest_equal(&image.id, &r->images[0].id)) {
        image_done(&image);
        return false;
    }
    r->images = mb_realloc(r->images, (r->n_images + 1) * sizeof *r->images);
    r->images[r->n_images++] = image;
    return true;
}

/* The names of the image, and its manifests (rule 1). */
static int find_names(struct removal *r, struct mb_error *err)
{
    json_t *index = index_load(r->store, err);
    struct index_entry entry;

    if (!index)
        return -1;
    for (size_t cursor = 0; index_next(index, &cursor, &entry);)
        if (is_ours(r, &entry.manifest) && entry.name)
            strv_add(&r->names, entry.name);
    json_decref(index);
    return 0;
}

/* A container that was made from the image; one that runs if there is one. */
static int find_user(const struct container *c, void *argument)
{
    struct removal *r = argument;
    json_t *config = state_read(c, "config.json");
    const char *id = json_string_value(json_object_get(config, "imageId"));

    if (id && starts_with(id, "sha256:") &&
        strcmp(id + 7, r->images[0].id.hex) == 0 && !r->user_runs) {
        snprintf(r->user, sizeof r->user, "%.12s", c->id);
        r->user_runs = state_is_running(c);
    }
    json_decref(config);
    return 0;
}

/* ---- sweep -------------------------------------------------------------- */

struct digest remove_chain_id(const struct image *image, size_t n)
{
    struct digest chain = image->layers[0].diff_id;

    for (size_t i = 1; i <= n; i++) {
        mb_autofree char *text = mb_printf(DIGEST_FMT " " DIGEST_FMT, chain.hex,
                                           image->layers[i].diff_id.hex);
        chain = digest_of(text, strlen(text));
    }
    return chain;
}

/* Remove what of the image is not marked. */
static int sweep_pieces(const struct removal *r, const struct image *image,
                        const json_t *marks, struct strv *done,
                        struct mb_error *err)
{
    if (!sweep_is_marked(marks, &image->manifest))
        blob_remove(r->store, &image->manifest);
    if (!sweep_is_marked(marks, &image->id) &&
        blob_exists(r->store, &image->id)) {
        blob_remove(r->store, &image->id);
        strv_addf(done, "Deleted: " DIGEST_FMT, image->id.hex);
    }
    for (size_t i = image->n_layers; i-- > 0;) {
        const struct image_layer *layer = &image->layers[i];
        if (!sweep_is_marked(marks, &layer->blob))
            blob_remove(r->store, &layer->blob);
        if (sweep_is_marked(marks, &layer->diff_id) ||
            !store_has_layer(r->store, &layer->diff_id))
            continue;
        if (store_remove_layer(r->store, &layer->diff_id, err) < 0)
            return -1;
        struct digest chain = remove_chain_id(image, i);
        strv_addf(done, "Deleted: " DIGEST_FMT, chain.hex);
    }
    return 0;
}

/* Rule 3.  A neighbour that can't be read may need any of the pieces: then they
 * all stay, for a later prune. */
static int sweep_image(struct removal *r, struct strv *done,
                       struct mb_error *err)
{
    for (size_t i = 0; i < r->n_images; i++)
        if (index_remove_manifest(r->store, &r->images[i].manifest, err) < 0)
            return -1;
    json_t *marks = sweep_mark(r->store, false, NULL);
    int result = 0;
    for (size_t i = 0; marks && result == 0 && i < r->n_images; i++)
        result = sweep_pieces(r, &r->images[i], marks, done, err);
    json_decref(marks);
    return result;
}

/* ---- names -------------------------------------------------------------- */

/* What was typed, if it is a name of the image (and no ID). */
static bool typed_name(const struct removal *r, struct image_ref *out)
{
    if (ref_parse(r->typed, out, NULL) < 0)
        return false;
    ref_favor_digest(out);
    if (strv_has(&r->names, out->canonical))
        return true;
    ref_done(out);
    return false;
}

static int untag(struct removal *r, const char *name, struct strv *done,
                 struct mb_error *err)
{
    struct image_ref ref;

    if (ref_parse(name, &ref, err) < 0)
        return -1;
    ref_favor_digest(&ref); /* it may be as typed */
    int result = index_remove_name(r->store, &ref, err);
    if (result == 0)
        strv_addf(done, "Untagged: %s", ref.familiar);
    ref_done(&ref);
    return result;
}

/* Docker's reasons to refuse. */
static int check_conflicts(const struct removal *r, bool by_name,
                           struct mb_error *err)
{
    const char *id = r->images[0].id.hex;

    if (!by_name && r->names.n > 1 && !r->force)
        return mb_failx(err,
                        "conflict: unable to delete %.12s (must be "
                        "forced) - image is referenced in multiple "
                        "repositories",
                        id);
    if (!r->user[0] || (r->force && !r->user_runs))
        return 0;
    if (r->force && by_name)
        return 0;
    if (by_name)
        mb_failx(err,
                 "conflict: unable to remove repository reference \"%s\" "
                 "(must force) - container %s is using its referenced "
                 "image %.12s",
                 r->typed, r->user, id);
    else
        mb_failx(err,
                 "conflict: unable to delete %.12s (%s be forced) - image "
                 "is being used by %s container %s",
                 id, r->user_runs ? "cannot" : "must",
                 r->user_runs ? "running" : "stopped", r->user);
    return mb_hint(err, "minibox rm %s%s removes the container",
                   r->user_runs ? "-f " : "", r->user);
}

/* Untag by name; then, if that was the last one, remove. */
static int remove_known(struct removal *r, struct strv *done,
                        struct mb_error *err)
{
    struct image_ref ref;
    bool by_name = typed_name(r, &ref);

    if (by_name)
        ref_done(&ref);
    if (by_name && r->names.n > 1)
        return untag(r, r->typed, done, err);
    if (check_conflicts(r, by_name, err) < 0)
        return -1;
    for (size_t i = 0; i < r->names.n; i++)
        if (untag(r, r->names.v[i], done, err) < 0)
            return -1;
    /* A running container's image loses its name only. */
    if (r->user_runs)
        return index_set(r->store, &r->images[0].manifest,
                         blob_size(r->store, &r->images[0].manifest), NULL,
                         err);
    return sweep_image(r, done, err);
}

/* An image of which a document is missing or damaged: its name goes, and the
 * sweep of the next prune removes the rest. */
static int remove_damaged(const struct store *store, const char *name,
                          struct strv *done, struct mb_error *err)
{
    json_t *index = index_load(store, NULL);
    struct image_ref ref = {0};
    struct digest manifest;
    int result = -1; /* with the error of whoever could not load it */

    if (ref_parse(name, &ref, NULL) == 0)
        ref_favor_digest(&ref);
    if (index && ref.canonical && index_find(index, &ref, &manifest)) {
        result = index_remove_name(store, &ref, err);
        strv_addf(done, "Untagged: %s", ref.familiar);
    }
    ref_done(&ref);
    json_decref(index);
    return result;
}

int remove_image(const struct store *store, const char *name, bool force,
                 struct strv *done, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, true, err); /* rule 2 */
    struct removal r = {.store = store, .typed = name, .force = force};
    struct image image;

    if (hold < 0)
        return -1;
    if (lookup_image(store, name, &image, err) < 0)
        return remove_damaged(store, name, done, err);
    r.images = mb_alloc(sizeof image);
    r.images[r.n_images++] = image;
    int result = find_names(&r, err);
    if (result == 0)
        result = state_for_each(store->root, find_user, &r, err);
    if (result == 0)
        result = remove_known(&r, done, err);
    strv_done(&r.names);
    for (size_t i = 0; i < r.n_images; i++)
        image_done(&r.images[i]);
    free(r.images);
    return result;
}
