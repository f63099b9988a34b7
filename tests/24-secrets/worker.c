/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 24: where secrets_find(), secretmask_text() and
 * secret_mount() are called
 *
 * The judge says in JSON what is in the image.  For a mount the cage is the
 * container: it has a tree, with a tmpfs on dev/, and a second view of the same
 * tree in which no mount is seen.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/secret.h"
#include "engine/secretmask.h"
#include "engine/secrets.h"
#include "grader/act.h"
#include "image/oci.h"

#define TREE "/tmp/tree"
#define BELOW "/tmp/below"

static void make_dirs(const char *path)
{
    struct mb_error err = {0};

    if (fs_mkdirs(AT_FDCWD, path, &err) < 0)
        act_broken(path);
}

static void write_file(const char *path, const char *text)
{
    struct mb_error err = {0};

    if (fs_write(AT_FDCWD, path, text, strlen(text), &err) < 0)
        act_broken(path);
}

/* ---- an image ----------------------------------------------------------- */

/* One file of a layer: a text, or [KIND, argument]. */
static void make_member(const char *dir, const char *name, const json_t *what)
{
    mb_autofree char *path = mb_printf("%s/%s", dir, name);
    mb_autofree char *parent = NULL, *base = NULL;
    const char *kind = json_string_value(json_array_get(what, 0));
    const char *argument = json_string_value(json_array_get(what, 1));
    mb_autofree char *other = mb_printf("%s/%s", dir, argument ? argument : "");
    int result = 0;

    fs_split(path, &parent, &base);
    make_dirs(parent);
    if (json_is_string(what))
        write_file(path, json_string_value(what));
    else if (strcmp(kind, "deleted") == 0)
        result = mknod(path, S_IFCHR, makedev(0, 0));
    else if (strcmp(kind, "link") == 0)
        result = symlink(argument, path);
    else if (strcmp(kind, "fifo") == 0)
        result = mkfifo(path, 0644);
    else if (strcmp(kind, "again") == 0)
        result = link(other, path);
    if (result < 0)
        act_broken(path);
}

/* Unpack layer number I in the store, and append it to the image. */
static void make_layer(const struct store *store, size_t i,
                       const json_t *members, struct image *image)
{
    struct digest id = digest_of(&i, sizeof i);
    mb_autofree char *dir = store_layer_dir(store, &id);
    struct mb_error err = {0};
    const char *name;
    json_t *what;

    make_dirs(dir);
    json_object_foreach((json_t *)members, name, what)
    {
        make_member(dir, name, what);
    }
    if (image_add_layer(image, &id, 1, &err) < 0)
        act_broken("append a layer");
}

static void make_image(const struct store *store, struct image *image)
{
    json_t *documents = json_loads(arg("config"), 0, NULL);
    json_t *layers = json_loads(arg("layers"), 0, NULL);

    image_init(image);
    json_object_update(image->config, documents);
    for (size_t i = 0; i < json_array_size(layers); i++)
        make_layer(store, i, json_array_get(layers, i), image);
    json_decref(documents);
    json_decref(layers);
}

/* Take a file out of the lowest layer, behind the picture's back. */
static void remove_file(const struct store *store, const struct image *image,
                        const char *name)
{
    mb_autofree char *dir = store_layer_dir(store, &image->layers[0].diff_id);
    mb_autofree char *path = mb_printf("%s/%s", dir, name);

    if (unlink(path) < 0)
        act_broken("remove a file of a layer");
}

/* A leak in a line: place, line, layer and path of its entry, name, value, how
 * often again. */
static void add_leak(const struct picture *p, const struct secrets_leak *l,
                     struct buf *out)
{
    static const char *const places[] = {"history", "env", "label", "command",
                                         "file"};
    mb_autofree char *path =
        l->entry < p->n_entries ? picture_path(p, l->entry) : mb_strdup("-");
    int layer = l->entry < p->n_entries ? p->entries[l->entry].layer : -1;

    buf_addf(out, "%s line=%zu layer=%d entry=%s name=%s value=%s more=%zu\n",
             places[l->place], l->line, layer + 1, path, l->name, l->value,
             l->more);
}

static void act_find(void)
{
    mb_autobuf struct buf lines = BUF_INIT;
    struct picture picture = {0};
    struct secrets secrets = {0};
    struct image image;
    struct store store;
    struct mb_error err = {0};

    write_file("/tmp/outside.env", arg("outside"));
    if (store_open_at("/tmp/store", &store, &err) < 0)
        act_broken("make a store");
    make_image(&store, &image);
    if (picture_take(&store, &image, &picture, &err) < 0)
        act_broken("look at the layers");
    if (*arg("gone"))
        remove_file(&store, &image, arg("gone"));
    int result = secrets_find(&store, &image, &picture, &secrets, &err);
    say_result("result", result, &err);
    for (size_t i = 0; i < secrets.n; i++)
        add_leak(&picture, &secrets.leaks[i], &lines);
    say("leaks", "%s", lines.s);
    secrets_done(&secrets);
    picture_done(&picture);
    image_done(&image);
    store_close(&store);
}

/* ---- masks -------------------------------------------------------------- */

static void act_mask(void)
{
    mb_autofree char *masked = secretmask_text(arg("text"));

    say("masked", "%s", masked);
}

/* ---- a mount ------------------------------------------------------------ */

/* The container's tree, and the second view of it. */
static int make_tree(void)
{
    make_dirs(TREE "/dev");
    make_dirs(TREE "/run/secrets");
    make_dirs(BELOW);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(TREE, BELOW, NULL, MS_BIND, NULL) < 0 ||
        mount("tmpfs", TREE "/dev", "tmpfs", 0, arg("options")) < 0)
        act_broken("mount the tree");
    int root = open(TREE, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        act_broken("open the tree");
    return root;
}

/* What the kernel may be asked to refuse: the calls, and the bits of which
 * argument. */
static const struct {
    const char *name;
    int call, arg;
    unsigned bits;
} refusals[] = {
    {"owner", SYS_fchown, 0, 0},        {"owner", SYS_fchownat, 0, 0},
#ifdef SYS_chown
    {"owner", SYS_chown, 0, 0},
#endif
    {"mode", SYS_fchmod, 0, 0},         {"mode", SYS_fchmodat, 0, 0},
#ifdef SYS_chmod
    {"mode", SYS_chmod, 0, 0},
#endif
    {"bind", SYS_mount, 3, MS_BIND},    {"bind", SYS_open_tree, 0, 0},
    {"bind", SYS_move_mount, 0, 0},     {"flags", SYS_mount, 3, MS_REMOUNT},
    {"flags", SYS_mount_setattr, 0, 0},
};

static void refuse(const char *name)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(refusals[i].name, name) == 0)
            act_refuse(refusals[i].call, refusals[i].arg, refusals[i].bits,
                       arg_int("error"));
}

static void mount_secret(int root)
{
    mb_autofree char *value = mb_strdup(arg("value"));
    mb_autofree char *target = mb_strdup(arg("target"));
    struct secret secret = {"token", value, strlen(value)};
    struct mountflag m = {.type = MOUNTFLAG_SECRET,
                          .id = secret.id,
                          .target = target,
                          .uid = arg_int("uid"),
                          .gid = arg_int("gid"),
                          .mode = arg_int("mode")};
    struct mb_error err = {0};

    int result = secret_mount(&secret, &m, root, &err);
    say_result("result", result, &err);
}

static void act_mount(void)
{
    int root = make_tree();

    hold("before");
    refuse(arg("refused"));
    mount_secret(root);
    hold("mounted");
}

/* For the judge, who wants to know how many users there are in here. */
static void act_ids(void)
{
    hold("ids");
}

const struct act acts[] = {
    {"find", act_find}, {"mask", act_mask}, {"mount", act_mount},
    {"ids", act_ids},   {NULL, NULL},
};
