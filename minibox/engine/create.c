/* SPDX-License-Identifier: MIT */
/*
 * create.c - from an image to a container that does not run yet
 *
 * Problem   An image is a document and some read-only directories.  A
 *           container is a process with a writable tree of its own.
 * Idea      A container adds three things to its image: a directory for what
 *           it changes, a name, and a record of what became of it:
 *
 *             image     layers (read-only, shared)  + config
 *             container the same layers + upper/    + config.json, state.json
 *
 *           config.json says all that there is to say about how to run it:
 *           the image's config, and the user's wishes, in one
 *           (runtime/specfile).
 * Rules     1. The store is held (shared lock) until the container's
 *              config.json names the image: from then on no rmi takes it.
 *           2. A wish that can't be granted leaves no container behind.
 * Read      docker-create(1); lessons/25-life.md
 */
#include "engine/create.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/mem.h"
#include "image/lookup.h"
#include "linux/spawn.h"
#include "runtime/specfile.h"

/* The layers that the container stands on: rmi must leave them alone. */
static json_t *list_layers(const struct image *image)
{
    json_t *list = json_array();

    for (size_t i = 0; i < image->n_layers; i++)
        json_array_append_new(list, json_string(image->layers[i].diff_id.hex));
    return list;
}

/* Now, since 1970: so fine that `ps` can tell which container is newer. */
static json_int_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * (json_int_t)1000000000 + now.tv_nsec;
}

/* config.json: what the container is, and how to run it. */
static int write_config(const struct container *c, const struct run_options *o,
                        const struct image *image, struct mb_error *err)
{
    mb_autofree char *id = mb_printf(DIGEST_FMT, image->id.hex);
    const json_t *config = image_run_config(image);
    json_t *document = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:I, s:b, s:O*, s:O*}", "id", c->id, "name",
        c->name, "image", o->image, "imageId", id, "layers", list_layers(image),
        "created", nanoseconds(), "remove", o->remove, "labels",
        json_object_get(config, "Labels"), "stopSignal",
        json_object_get(config, "StopSignal"));
    json_t *spec = specfile_encode(&o->spec);

    if (!document || json_object_update(document, spec) < 0) {
        json_decref(document);
        json_decref(spec);
        return mb_failx(err, "the container's config holds text that is not "
                             "UTF-8");
    }
    json_decref(spec);
    return state_write(c, "config.json", document, err);
}

/* The hostname is the ID's first twelve digits unless somebody chose one; a
 * guest of the host's network has the host's. */
static void choose_hostname(struct run_options *o, const struct container *c,
                            char buffer[13])
{
    snprintf(buffer, 13, "%.12s", c->id);
    o->spec.hostname = o->hostname ? o->hostname : buffer;
    if (o->spec.host_network && !o->hostname)
        o->spec.hostname = NULL;
    o->wishes.hostname = o->spec.hostname;
}

/* Put wishes and image together, and write them down. */
static int settle_config(const struct container *c, struct run_options *o,
                         const struct image *image, struct mb_error *err)
{
    struct process p = {0};
    char hostname[13];

    choose_hostname(o, c, hostname);
    int result = config_resolve(image_run_config(image), &o->wishes, &p, err);
    if (result == 0) {
        o->spec.argv = p.argv;
        o->spec.env = p.env;
        o->spec.cwd = p.cwd;
        o->spec.user = p.user;
        result = write_config(c, o, image, err);
        o->spec.argv = o->spec.env = (struct strv){0}; /* they go with p */
        o->spec.cwd = o->spec.user = NULL;
    }
    process_done(&p);
    return result;
}

/* The image is known. */
static int create_known(const struct store *store, struct run_options *o,
                        const struct image *image, struct container *out,
                        struct mb_error *err)
{
    if (state_create(store->root, o->name, out, err) < 0)
        return -1;
    if (settle_config(out, o, image, err) < 0) { /* rule 2 */
        (void)state_remove(store->root, out, NULL);
        container_done(out);
        return -1;
    }
    explain("25", "mkdir(\"containers/ID\")",
            "%s (" DIGEST_SHORT ") of image %s", out->name, out->id, o->image);
    return 0;
}

/* As Docker words it. */
static int no_image(struct mb_error *err)
{
    mb_autofree char *why = mb_strdup(err->msg);

    if (!starts_with(why, "No such image: "))
        return mb_code(err, EXIT_MINIBOX);
    mb_failx(err, "Unable to find image '%s' locally",
             why + strlen("No such image: "));
    mb_hint(err, "minibox pull fetches one; minibox base busybox, minibox "
                 "base debian or minibox build make one");
    return mb_code(err, EXIT_MINIBOX);
}

int create_container(const struct store *store, struct run_options *o,
                     struct container *out, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err); /* rule 1 */
    struct image image;

    if (hold < 0)
        return mb_code(err, EXIT_MINIBOX);
    if (lookup_image(store, o->image, &image, err) < 0)
        return no_image(err);
    int result = create_known(store, o, &image, out, err);
    image_done(&image);
    return result < 0 && err->code == 0 ? mb_code(err, EXIT_MINIBOX) : result;
}
