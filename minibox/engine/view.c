/* SPDX-License-Identifier: MIT */
/*
 * view.c - a container's files, seen from outside
 *
 * Problem   A container's tree exists only while it runs, in its own mount
 *           namespace.  export and cp want to see it at any time.
 * Idea      Mount the same overlay once more, in a child that has mounts of its
 *           own and takes them along when it ends:
 *
 *             to look      lowers: upper, layers       nothing can be written
 *             to change    lowers: layers   upper: upper
 *
 * Rules     1. One upper directory in two overlays that can both write is
 *              forbidden: the kernel does not say what happens then.  To look,
 *              it is mounted as the topmost read-only layer, which harms nobody
 *              even while the container runs.
 * Read      kernel, Documentation/filesystems/overlayfs.rst, "Sharing and
 *           copying layers"; lessons/14-overlay.md
 */
#include "engine/view.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/overlay.h"
#include "linux/program.h"

/* What the child needs. */
struct view {
    const struct store *store;
    const struct container *c;
    bool writable;
    int (*fn)(int root_fd, const char *dir, void *argument,
              struct mb_error *err);
    void *argument;
};

int view_lowers(const struct store *store, const struct container *c,
                struct strv *out, struct mb_error *err)
{
    json_t *config = state_read(c, "config.json");
    const json_t *layers = json_object_get(config, "layers");
    int result =
        config ? 0
               : mb_failx(err, "the config.json of %s can't be read", c->name);

    for (size_t i = json_array_size(layers); result == 0 && i-- > 0;) {
        const char *hex = json_string_value(json_array_get(layers, i));
        mb_autofree char *text = mb_printf("sha256:%s", hex ? hex : "");
        struct digest diff_id;
        result = digest_parse(text, &diff_id, err);
        mb_autofree char *dir =
            result == 0 ? store_layer_dir(store, &diff_id) : NULL;
        /* Twice the same layer: see image_layer_dirs(). */
        if (dir && !strv_has(out, dir))
            strv_add(out, dir);
    }
    json_decref(config);
    return result;
}

/* Mount the overlay on DIR. */
static int mount_view(const struct view *v, const char *dir,
                      struct mb_error *err)
{
    mb_autofree char *upper = mb_printf("%s/upper", v->c->dir);
    mb_autofree char *work = mb_printf("%s/work", v->c->dir);
    mb_autostrv struct strv lowers = {0};

    if (!v->writable)
        strv_add(&lowers, upper);
    if (view_lowers(v->store, v->c, &lowers, err) < 0)
        return -1;
    /* overlayfs wants two directories at least. */
    strv_take(&lowers, store_empty_dir(v->store));
    const struct overlay overlay = {.lowers = lowers.v,
                                    .n_lowers = lowers.n,
                                    .upper = v->writable ? upper : NULL,
                                    .work = v->writable ? work : NULL};
    return overlay_mount(&overlay, dir, err);
}

/* The child. */
static int look(void *argument, struct mb_error *err)
{
    const struct view *v = argument;
    mb_autofree char *dir = store_empty_dir(v->store);

    /* Else our mount would appear in the namespace that we came from. */
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return mb_fail(err, "make mounts private");
    if (mount_view(v, dir, err) < 0)
        return -1;
    mb_autoclose int root = fs_open_dir(AT_FDCWD, dir, err);
    return root < 0 ? -1 : v->fn(root, dir, v->argument, err);
}

int view_container(const struct store *store, const struct container *c,
                   bool writable,
                   int (*fn)(int root_fd, const char *dir, void *argument,
                             struct mb_error *err),
                   void *argument, struct mb_error *err)
{
    struct view view = {store, c, writable, fn, argument};
    mb_autofree char *upper = mb_printf("%s/upper", c->dir);
    mb_autofree char *work = mb_printf("%s/work", c->dir);

    /* A container that never ran has none yet. */
    if ((mkdir(upper, 0755) < 0 && errno != EEXIST) ||
        (mkdir(work, 0755) < 0 && errno != EEXIST))
        return mb_fail(err, "make %s", upper);
    return program_call(CLONE_NEWNS, look, &view, err);
}
