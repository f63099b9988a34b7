/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 17: where member_open(), archive_read_row(),
 * archive_read_image() and archive_load() are called
 *
 * The judge says in JSON what lies in the archive, and what is called.  The
 * cage has no minibox-layer: what would call it, pack_unpack() and
 * pack_intake(), is here in small, for layers that are no tars.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "image/archive.h"
#include "image/manifest.h"
#include "image/member.h"
#include "image/pack.h"

#define ARCHIVE "/tmp/archive"

/* ---- the archive -------------------------------------------------------- */

/* A file, whose bytes are written in hexadecimal digits. */
static int make_bytes(const char *path, const char *hex)
{
    struct mb_error err = {0};
    mb_autobuf struct buf bytes = BUF_INIT;
    unsigned byte;

    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        buf_addc(&bytes, byte);
    return fs_write(AT_FDCWD, path, bytes.s, bytes.len, &err);
}

/* One member: a text, or [KIND, argument]. */
static void make_member(const char *path, const json_t *what)
{
    mb_autofree char *dir = NULL, *base = NULL;
    const char *kind = json_string_value(json_array_get(what, 0));
    const char *argument = json_string_value(json_array_get(what, 1));
    const char *content = json_string_value(what);
    struct mb_error err = {0};
    int result = -1;

    fs_split(path, &dir, &base);
    if (fs_mkdirs(AT_FDCWD, dir, &err) < 0)
        act_broken(dir);
    if (content)
        result = fs_write(AT_FDCWD, path, content, strlen(content), &err);
    else if (strcmp(kind, "link") == 0)
        result = symlink(argument, path);
    else if (strcmp(kind, "fifo") == 0)
        result = mkfifo(path, 0644);
    else if (strcmp(kind, "directory") == 0)
        result = mkdir(path, 0755);
    else if (strcmp(kind, "bytes") == 0)
        result = make_bytes(path, argument);
    if (result < 0)
        act_broken(path);
}

/* The archive as the judge wants it, unpacked in DIR.  ARGUMENT is the one that
 * says what is in it. */
static void make_archive(const char *dir, const char *argument)
{
    json_t *members = json_loads(arg(argument), 0, NULL);
    const char *path;
    json_t *what;

    if (mkdir(dir, 0755) < 0 && access(dir, F_OK) < 0)
        act_broken("make the archive's directory");
    json_object_foreach(members, path, what)
    {
        mb_autofree char *whole = mb_printf("%s/%s", dir, path);
        make_member(whole, what);
    }
    json_decref(members);
}

static int open_archive(void)
{
    make_archive(ARCHIVE, "members");
    int root = open(ARCHIVE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        act_broken("open the archive's directory");
    return root;
}

/* Every act first does something that must work, so that a function that just
 * fails is not taken for one that refuses what is bad. */
static void say_control(int result, const struct mb_error *err)
{
    say_result("control", result < 0 ? -1 : 0, err);
}

/* ---- step 1 ------------------------------------------------------------- */

/* Open a good file, and close it again. */
static void open_control(int root)
{
    struct mb_error err = {0};
    int fd = member_open(root, arg("control"), &err);

    say_control(fd, &err);
    if (fd >= 0)
        close(fd);
}

static void act_open(void)
{
    struct mb_error err = {0};
    char content[200] = "";
    int root = open_archive();

    open_control(root);
    hold("before");
    int fd = member_open(root, arg("path"), &err);
    say_result("result", fd < 0 ? fd : 0, &err);
    say("fd", "%d", fd);
    hold("opened");
    if (fd >= 0 && read(fd, content, sizeof content - 1) >= 0)
        say("content", "%s", content);
}

/* Open all of a list, and keep open what is given. */
static void act_open_all(void)
{
    json_t *paths = json_loads(arg("paths"), 0, NULL);
    int root = open_archive(), opened = 0;
    struct mb_error err = {0};

    if (fs_write(AT_FDCWD, "/tmp/secret", "secret", 6, &err) < 0)
        act_broken("write a file outside of the archive");
    open_control(root);
    for (size_t i = 0; i < json_array_size(paths); i++)
        opened += member_open(root, json_string_value(json_array_get(paths, i)),
                              &err) >= 0;
    say("opened", "%d", opened);
    hold("opened");
}

/* ---- step 2 ------------------------------------------------------------- */

/* Say a list, a line for each. */
static void say_list(const char *name, const struct strv *list)
{
    mb_autobuf struct buf out = BUF_INIT;

    for (size_t i = 0; i < list->n; i++)
        buf_addf(&out, "%s\n", list->v[i]);
    say(name, "%s", out.s);
}

static void act_row(void)
{
    json_t *json = json_loads(arg("row"), JSON_DECODE_ANY, NULL);
    struct archive_row row = {0};
    struct mb_error err = {0};

    int result = archive_read_row(json, &row, &err);
    json_decref(json); /* the row must do without it */
    say_result("result", result, &err);
    say("config", "%s", row.config ? row.config : "(null)");
    say_list("layers", &row.layers);
    say_list("names", &row.names);
    hold("read");
    archive_row_done(&row);
}

/* The first row is good, the others are not: is one of those taken? */
static void act_rows(void)
{
    json_t *rows = json_loads(arg("rows"), 0, NULL);

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *one = json_array_get(rows, i);
        mb_autofree char *json = json_dumps(one, JSON_ENCODE_ANY);
        struct archive_row row = {0};
        struct mb_error err = {0};
        int result = archive_read_row(one, &row, &err);
        if (i == 0)
            say_control(result, &err);
        else if (result == 0)
            say("taken", "%s", json);
    }
    hold("read");
}

/* ---- step 3 ------------------------------------------------------------- */

/* Read an image without layers. */
static void image_control(int root)
{
    mb_autobuf struct buf config = BUF_INIT;
    struct archive_row row = {.config = mb_strdup(arg("control"))};
    struct image image = {0};
    struct mb_error err = {0};

    say_control(archive_read_image(root, &row, &image, &config, &err), &err);
    image_done(&image);
    archive_row_done(&row);
}

static void act_image(void)
{
    mb_autobuf struct buf config = BUF_INIT, ids = BUF_INIT;
    struct archive_row row = {.config = mb_strdup(arg("config"))};
    struct image image = {0};
    struct mb_error err = {0};
    int root = open_archive();

    image_control(root);
    for (int i = 0; i < arg_int("layers"); i++)
        strv_add(&row.layers, "layer.tar");
    int result = archive_read_image(root, &row, &image, &config, &err);
    say_result("result", result, &err);
    say("id", "%s", image.id.hex);
    say("text", "%s", config.s);
    for (size_t i = 0; i < image.n_layers; i++)
        buf_addf(&ids, "%s\n", image.layers[i].diff_id.hex);
    say("diff-ids", "%s", ids.s);
    image_done(&image);
    archive_row_done(&row);
}

/* ---- step 4 ------------------------------------------------------------- */

static const char *to_load; /* the argument with its members */

int pack_unpack(struct reader *from, const char *dir, bool own_all,
                struct mb_error *err)
{
    (void)from, (void)own_all, (void)err;
    make_archive(dir, to_load);
    return 0;
}

/* Hash the bytes as they come and the plain ones, as the real one does. */
struct tee {
    struct reader reader;
    struct reader *from;
    struct hasher came;
    uint64_t size;
};

static ssize_t tee_read(struct reader *reader, void *data, size_t size,
                        struct mb_error *err)
{
    struct tee *tee = (struct tee *)reader;
    ssize_t n = tee->from->read(tee->from, data, size, err);

    if (n > 0) {
        hasher_add(&tee->came, data, n);
        tee->size += n;
    }
    return n;
}

/* Both digests of what FROM gives. */
static int hash_all(struct reader *from, struct packed *out,
                    struct mb_error *err)
{
    struct tee tee = {.reader.read = tee_read, .from = from};
    struct hasher diff;
    const void *data;
    ssize_t n;

    hasher_init(&tee.came);
    hasher_init(&diff);
    mb_autoplain struct plain *plain = plain_open(&tee.reader, err);
    if (!plain)
        return -1;
    while ((n = plain_next(plain, &data, err)) > 0)
        hasher_add(&diff, data, n);
    *out = (struct packed){.came = hasher_finish(&tee.came),
                           .diff_id = hasher_finish(&diff),
                           .came_size = tee.size,
                           .compression = plain_compression(plain)};
    return n;
}

/* In the place of the unpacked layer an empty directory has to do. */
int pack_intake(const struct store *store, struct reader *from, enum keep keep,
                const struct pack_expected *expected, struct packed *out,
                struct mb_error *err)
{
    (void)keep;
    if (hash_all(from, out, err) < 0)
        return -1;
    if (expected->came && !digest_equal(expected->came, &out->came))
        return mb_failx(err, "the bytes have another digest");
    if (expected->diff_id && !digest_equal(expected->diff_id, &out->diff_id))
        return mb_failx(err, "the plain bytes have another digest");
    if (mkdir("/tmp/layer", 0755) < 0)
        act_broken("make a layer");
    return store_adopt_layer(store, &out->diff_id, "/tmp/layer", 1, err);
}

/* Load the archive of that argument into a store at ROOT. */
static int load(const char *root, const char *argument, struct mb_error *err)
{
    mb_autostrv struct strv lines = {0};
    struct reader nothing = reader_from_fd(-1);
    struct store store;

    to_load = argument;
    setenv("MINIBOX_ROOT", root, 1);
    if (store_open(&store, err) < 0)
        act_broken("make a store");
    int result = archive_load(&store, &nothing, &lines, err);
    store_close(&store);
    return result;
}

static void act_load(void)
{
    struct mb_error err = {0}, control_err = {0};

    say_control(load("/tmp/control", "good", &control_err), &control_err);
    say_result("result", load("/tmp/store", "members", &err), &err);
    hold("loaded");
}

const struct act acts[] = {
    {"open", act_open}, {"open-all", act_open_all}, {"row", act_row},
    {"rows", act_rows}, {"image", act_image},       {"load", act_load},
    {NULL, NULL},
};
