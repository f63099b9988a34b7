/* SPDX-License-Identifier: MIT */
/*
 * remove.c - taking an image away, and only what nobody else needs
 *
 * Problem   Images share layers, containers stand on them, and an image may
 *           have several names.  What may go?
 * Idea      Mark and sweep.  The roots are the other images and all
 *           containers; a layer or blob that none of them reaches may go:
 *
 *             roots     image B   container c          image A (to go)
 *                          |         |                  |    |
 *             layers       1         2                  1    3  <- goes
 *
 * Rules     1. A name goes first; the image goes with its last name.
 *           2. The store is held exclusively: no build or run that is about
 *              to use a layer can be surprised.
 *           3. References first, content second: killed in between, there is
 *              garbage, but no image with a hole.
 * Read      docker-image-rm(1); lessons/16-store.md
 */
#include "engine/remove.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/lookup.h"
#include "runtime/state.h"

/* Everything that is known before anything is removed. */
struct removal {
    const struct store *store;
    const struct image *image;
    const char *typed;
    bool force;
    struct strv names;  /* canonical names of the image */
    struct strv in_use; /* hex digests of layers and blobs that stay */
    char user[13];      /* a container that uses the image, or "" */
    bool user_runs;
};

/* ---- mark --------------------------------------------------------------- */

static void mark_image(struct removal *r, const struct image *image)
{
    strv_add(&r->in_use, image->id.hex);
    strv_add(&r->in_use, image->manifest.hex);
    for (size_t i = 0; i < image->n_layers; i++) {
        strv_add(&r->in_use, image->layers[i].diff_id.hex);
        strv_add(&r->in_use, image->layers[i].blob.hex);
    }
}

/* All images but the one to go; its names are collected on the way. */
static int mark_images(struct removal *r, struct mb_error *err)
{
    json_t *index = index_load(r->store, err);
    struct index_entry entry;

    if (!index)
        return -1;
    for (size_t cursor = 0; index_next(index, &cursor, &entry);) {
        struct image image;
        if (digest_equal(&entry.manifest, &r->image->manifest)) {
            if (entry.name)
                strv_add(&r->names, entry.name);
        } else if (image_load(r->store, &entry.manifest, &image, NULL) == 0) {
            mark_image(r, &image);
            image_done(&image);
        }
    }
    json_decref(index);
    return 0;
}

static int mark_container(const struct container *c, void *argument)
{
    struct removal *r = argument;
    json_t *config = state_read(c, "config.json");
    const char *id = json_string_value(json_object_get(config, "imageId"));
    size_t i;
    json_t *layer;

    json_array_foreach(json_object_get(config, "layers"), i,
                       layer) if (json_is_string(layer))
        strv_add(&r->in_use, json_string_value(layer));
    if (id && starts_with(id, "sha256:") &&
        strcmp(id + 7, r->image->id.hex) == 0 && !r->user_runs) {
        snprintf(r->user, sizeof r->user, "%.12s", c->id);
        r->user_runs = state_is_running(c);
    }
    json_decref(config);
    return 0;
}

/* ---- sweep -------------------------------------------------------------- */

/* The chain ID of layer N: the digest that docker calls a stack of layers by.
 * Source: OCI image spec, config.md, "Layer ChainID". */
static struct digest chain_id(const struct image *image, size_t n)
{
    struct digest chain = image->layers[0].diff_id;

    for (size_t i = 1; i <= n; i++) {
        mb_autofree char *text = mb_printf(DIGEST_FMT " " DIGEST_FMT, chain.hex,
                                           image->layers[i].diff_id.hex);
        chain = digest_of(text, strlen(text));
    }
    return chain;
}

/* Rule 3. */
static int sweep_image(struct removal *r, struct strv *done,
                       struct mb_error *err)
{
    const struct image *image = r->image;

    if (index_remove_manifest(r->store, &image->manifest, err) < 0)
        return -1;
    strv_addf(done, "Deleted: " DIGEST_FMT, image->id.hex);
    blob_remove(r->store, &image->manifest);
    if (!strv_has(&r->in_use, image->id.hex))
        blob_remove(r->store, &image->id);
    for (size_t i = image->n_layers; i-- > 0;) {
        const struct image_layer *layer = &image->layers[i];
        if (!strv_has(&r->in_use, layer->blob.hex))
            blob_remove(r->store, &layer->blob);
        if (strv_has(&r->in_use, layer->diff_id.hex) ||
            !store_has_layer(r->store, &layer->diff_id))
            continue;
        if (store_remove_layer(r->store, &layer->diff_id, err) < 0)
            return -1;
        struct digest chain = chain_id(image, i);
        strv_addf(done, "Deleted: " DIGEST_FMT, chain.hex);
    }
    return 0;
}

/* ---- names -------------------------------------------------------------- */

/* What was typed, if it is a name of the image (and no ID). */
static bool typed_name(const struct removal *r, struct image_ref *out)
{
    if (ref_parse(r->typed, out, NULL) < 0)
        return false;
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
    const char *id = r->image->id.hex;

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
        return index_set(r->store, &r->image->manifest,
                         blob_size(r->store, &r->image->manifest), NULL, err);
    return sweep_image(r, done, err);
}

int remove_image(const struct store *store, const char *name, bool force,
                 struct strv *done, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, true, err); /* rule 2 */
    struct removal r = {.store = store, .typed = name, .force = force};
    struct image image;

    if (hold < 0 || lookup_image(store, name, &image, err) < 0)
        return -1;
    r.image = &image;
    int result = mark_images(&r, err);
    if (result == 0) {
        (void)state_for_each(store->root, mark_container, &r);
        result = remove_known(&r, done, err);
    }
    strv_done(&r.names);
    strv_done(&r.in_use);
    image_done(&image);
    return result;
}
