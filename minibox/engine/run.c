/* SPDX-License-Identifier: MIT */
/*
 * run.c - from an image to a container
 *
 * Problem   An image is a document and some read-only directories.  A
 *           container is a process with a writable tree of its own.
 * Idea      A container adds three things to its image: a directory for what
 *           it changes, a name, and a record of what became of it:
 *
 *             image     layers (read-only, shared)  + config
 *             container the same layers + upper/    + config of this run
 *
 * Rules     1. The store is held (shared lock) until the container's
 *              config.json names the image: from then on no rmi takes it.
 *           2. A container that could not start stays as "created", with the
 *              reason, unless --rm: as in Docker.
 * Read      docker-run(1); lessons/25-life.md
 */
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/mem.h"
#include "image/lookup.h"
#include "linux/program.h"
#include "linux/spawn.h"
#include "runtime/keeper.h"
#include "runtime/state.h"

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

/* config.json: what the container is. */
static int write_config(const struct container *c, const struct run_options *o,
                        const struct image *image, const struct process *p,
                        struct mb_error *err)
{
    mb_autofree char *id = mb_printf(DIGEST_FMT, image->id.hex);
    json_t *document =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:s, s:s, s:O*}",
                  "id", c->id, "name", c->name, "image", o->image, "imageId",
                  id, "layers", list_layers(image), "created", nanoseconds(),
                  "argv", config_array(&p->argv), "env", config_array(&p->env),
                  "cwd", p->cwd, "user", p->user, "labels",
                  json_object_get(image_run_config(image), "Labels"));

    if (!document)
        return mb_failx(err, "the container's config holds text that is not "
                             "UTF-8");
    return state_write(c, "config.json", document, err);
}

static void record_start(pid_t pid, void *container)
{
    (void)state_set_running(container, pid, NULL);
}

/* Record how it went, or remove all of it. */
static void settle(const struct store *store, const struct container *c,
                   bool removed, const struct container_result *result,
                   const struct mb_error *failure)
{
    if (removed)
        (void)state_remove(store->root, c, NULL);
    else if (failure)
        (void)state_set_exited(c, failure->code, false, failure->msg, NULL);
    else
        (void)state_set_exited(c, result->exit_code, result->oom_killed, NULL,
                               NULL);
}

/* Everything is known: fill in the rest of the spec and run it. */
static int run_container(const struct store *store, struct run_options *o,
                         const struct image *image, const struct container *c,
                         const struct process *p, struct mb_error *err)
{
    struct container_spec *spec = &o->spec;
    struct container_result result;
    mb_autofree char *init = program_sibling("minibox-init");

    spec->id = c->id;
    spec->dir = c->dir;
    spec->disposable = o->remove;
    spec->argv = p->argv;
    spec->env = p->env;
    spec->cwd = p->cwd;
    spec->user = p->user;
    if (spec->init)
        spec->init = init;
    image_layer_dirs(store, image, &spec->lowers);
    strv_take(&spec->lowers, store_skeleton_dir(store));
    explain("25", "mkdir(\"containers/ID\")",
            "%s (" DIGEST_SHORT ") of image "
            "%s",
            c->name, c->id, o->image);
    int status = container_run(spec, record_start, (void *)c, &result, err);
    settle(store, c, o->remove, &result, status < 0 ? err : NULL);
    keeper_reap();
    strv_done(&spec->lowers);
    if (status < 0)
        return -1;
    if (result.oom_killed)
        mb_warn("a process of %s was killed: it had used up its memory limit",
                c->name);
    return result.exit_code;
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

/* The image is known: resolve, claim, record, run. */
static int run_known(const struct store *store, struct run_options *o,
                     const struct image *image, int *hold, struct mb_error *err)
{
    struct container c = {0};
    struct process p = {0};
    char hostname[13];

    if (state_create(store->root, o->name, &c, err) < 0)
        return -1;
    choose_hostname(o, &c, hostname);
    if (config_resolve(image_run_config(image), &o->wishes, &p, err) < 0 ||
        write_config(&c, o, image, &p, err) < 0) {
        (void)state_remove(store->root, &c, NULL);
        container_done(&c);
        return -1;
    }
    close(*hold); /* rule 1 */
    *hold = -1;
    int status = run_container(store, o, image, &c, &p, err);
    process_done(&p);
    container_done(&c);
    return status;
}

int run_image(const struct store *store, struct run_options *o,
              struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    struct image image;

    if (hold < 0)
        return mb_code(err, EXIT_MINIBOX);
    if (lookup_image(store, o->image, &image, err) < 0) {
        mb_autofree char *why = mb_strdup(err->msg);
        if (!starts_with(why, "No such image: "))
            return mb_code(err, EXIT_MINIBOX);
        mb_failx(err, "Unable to find image '%s' locally",
                 why + strlen("No such image: "));
        mb_hint(err, "minibox pull fetches one; minibox base busybox, minibox "
                     "base debian or minibox build make one");
        return mb_code(err, EXIT_MINIBOX);
    }
    int status = run_known(store, o, &image, &hold, err);
    image_done(&image);
    if (status < 0 && err->code == 0)
        err->code = EXIT_MINIBOX;
    return status;
}
