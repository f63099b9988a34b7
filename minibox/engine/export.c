/* SPDX-License-Identifier: MIT */
/*
 * export.c - export and commit: what becomes of a container's changes
 *
 * Problem   Somebody has worked in a container, and wants to keep what came
 *           out.
 * Idea      Two ways, and the difference is what an image is:
 *
 *             export   all files of the tree, in one tar; history is lost
 *             commit   a new layer with the changes, on top of the old ones
 *
 *             upper/  --pack-->  layer  --on top of-->  the image's layers
 *
 * Rules     1. The container may run, and is not stopped: what it changes
 *              while we read may be in or not.
 *           2. The new image starts what the old one starts.
 * Read      docker-export(1), docker-commit(1); lessons/14-overlay.md
 */
#include "engine/export.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/view.h"
#include "image/lookup.h"
#include "image/pack.h"

/* In the view's child. */
static int pack_view(int root_fd, const char *dir, void *argument,
                     struct mb_error *err)
{
    const int *fd = argument;

    (void)root_fd;
    return pack_directory(dir, -1, *fd, err);
}

int export_container(const struct store *store, const struct container *c,
                     int fd, struct mb_error *err)
{
    return view_container(store, c, false, pack_view, &fd, err);
}

/* ---- commit ------------------------------------------------------------- */

/* Pack the upper directory and take it in as a layer.  By way of a file without
 * a name: the directory itself stays the container's. */
static int commit_layer(const struct store *store, const struct container *c,
                        struct digest *out_diff_id, uint64_t *out_size,
                        struct mb_error *err)
{
    mb_autofree char *upper = mb_printf("%s/upper", c->dir);
    mb_autofree char *tmp = mb_printf("%s/tmp", store->root);
    mb_autoclose int fd = open(tmp, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return mb_fail(err, "make a file in %s", tmp);
    if (pack_directory(upper, -1, fd, err) < 0)
        return -1;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return mb_fail(err, "rewind the layer");
    return pack_import(store, fd, out_diff_id, out_size, err);
}

/* The image that the container was made from. */
static int load_base(const struct store *store, const struct container *c,
                     struct image *out, struct mb_error *err)
{
    json_t *config = state_read(c, "config.json");
    const char *id = config_string(config, "imageId");
    int result = lookup_image(store, id, out, err);

    json_decref(config);
    return result < 0 ? mb_hint(err,
                                "the image of %s has been removed: "
                                "minibox export still works",
                                c->name)
                      : 0;
}

static void add_history(struct image *image, const struct export_commit *commit)
{
    json_t *history = json_object_get(image->config, "history");

    image_add_history(image, time(NULL), "", false);
    json_t *line = json_array_get(history, json_array_size(history) - 1);
    json_object_set_new(line, "comment",
                        json_string(commit->comment ? commit->comment : ""));
    if (commit->author) {
        json_object_set_new(line, "author", json_string(commit->author));
        json_object_set_new(image->config, "author",
                            json_string(commit->author));
    }
}

int export_commit(const struct store *store, const struct export_commit *commit,
                  struct digest *out_id, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    struct digest diff_id;
    struct image image;
    uint64_t size;

    if (hold < 0 || load_base(store, commit->container, &image, err) < 0)
        return -1;
    int result = commit_layer(store, commit->container, &diff_id, &size, err);
    if (result == 0)
        result = image_add_layer(&image, &diff_id, size, err);
    if (result == 0) {
        add_history(&image, commit);
        result = image_save(store, &image, commit->ref, err);
        *out_id = image.id;
    }
    image_done(&image);
    return result;
}
