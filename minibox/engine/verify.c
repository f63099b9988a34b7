/* SPDX-License-Identifier: MIT */
/*
 * verify.c - build --verify: is this image what these files build?
 *
 * Problem   Somebody gives you an image and the Dockerfile that it is said to
 *           come from.  Build it again, and the digest is another one.  A lie,
 *           or just a clock?
 * Idea      Go down to what differs.  Layers of the same digest are the same;
 *           of the others write down each file, a line each, as in a key, and
 *           compare the two texts (engine/keydiff):
 *
 *             theirs                            ours
 *             sha256:11..   =                   sha256:11..
 *             sha256:22..   file app 100755,..  sha256:77..   -> app: other
 *                           file now 100644,..                   content
 *             config        setting Env ...     config        -> ...
 *
 * Rules     1. Here times and owners count: they are part of the digest.
 *           2. What is the same in all but times is told apart: a build
 *              without SOURCE_DATE_EPOCH gives that every second.
 *           3. A removal is a line of its own; its mark has a time that means
 *              nothing.
 *           4. A step from the cache is older than the steps around it, so the
 *              image has no single time.  Without SOURCE_DATE_EPOCH each step
 *              is done again at the time that its history line gives.
 * Read      reproducible-builds.org, "SOURCE_DATE_EPOCH"; lessons/22-build.md
 */
#include "engine/verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/key.h"
#include "engine/keydiff.h"
#include "engine/sourcehash.h"
#include "engine/unpacked.h"

enum { MAX_FILES = 20 }; /* of one layer that are told */

void verify_done(struct verify *verify)
{
    strv_done(&verify->report);
}

/* ---- the clock ---------------------------------------------------------- */

/* Is S the stage of the target, or one that it is built on?  The history of an
 * image tells of no others. */
static bool is_told(const struct build *b, const struct stage *s)
{
    const struct stage *told = b->target;

    while (told && told != s)
        told = told->below;
    return told != NULL;
}

void verify_set_clock(struct build *b, const struct stage *s)
{
    if (!b->clock)
        return;
    /* The step will add the line behind those that the image has. */
    size_t line = json_array_size(json_object_get(s->image.config, "history"));
    const json_t *entry =
        json_array_get(json_object_get(b->clock->config, "history"), line);

    b->epoch = is_told(b, s) ? image_time_parse(json_string_value(
                                   json_object_get(entry, "created")))
                             : -1;
    if (b->epoch < 0) /* as far as we know */
        b->epoch = image_time_parse(config_string(b->clock->config, "created"));
}

/* ---- a layer as a text --------------------------------------------------- */

/* A layer that is being written down. */
struct listing {
    struct key *key;
    int root;
    struct strv dirs; /* the paths of its directories, by their ids */
    struct mb_error *err;
    bool failed;
};

/* The digest of what PATH holds, or "" for what holds nothing of its own. */
static int content_digest(const struct listing *l, const char *path,
                          const struct stat *st, struct digest *out)
{
    char target[PATH_MAX];

    *out = (struct digest){0};
    if (S_ISLNK(st->st_mode)) {
        ssize_t n = readlinkat(l->root, path, target, sizeof target);
        if (n < 0)
            return mb_fail(l->err, "read link %s", path);
        *out = digest_of(target, n);
    }
    if (!S_ISREG(st->st_mode))
        return 0;
    mb_autoclose int fd =
        fs_open_in_root(l->root, path, O_RDONLY | O_NOFOLLOW, 0);
    return fd < 0 ? mb_fail(l->err, "open %s", path)
                  : sourcehash_bytes(fd, out, l->err);
}

/* The line of a file (rule 1). */
static void list_file(struct listing *l, const char *path,
                      const struct stat *st)
{
    mb_autobuf struct buf value = BUF_INIT;
    struct digest content;

    if (l->failed || content_digest(l, path, st, &content) < 0) {
        l->failed = true;
        return;
    }
    buf_addf(&value, "%o,%u,%u,%" PRId64, st->st_mode, st->st_uid, st->st_gid,
             (int64_t)st->st_mtime);
    if (content.hex[0])
        buf_addf(&value, ":%s", content.hex);
    key_add_plain(l->key, "file", path, value.s);
}

/* What unpacked_walk() calls; a directory's id is its place in dirs. */
static size_t list_item(void *argument, size_t parent,
                        const struct unpacked_item *item)
{
    struct listing *l = argument;
    const char *dir = l->dirs.v[parent];
    char *path = mb_printf("%s%s%s", dir, *dir ? "/" : "", item->name);

    if (item->whiteout)
        key_add_plain(l->key, "whiteout", path, "-"); /* rule 3 */
    else
        list_file(l, path, &item->st);
    strv_take(&l->dirs, path);
    return l->dirs.n - 1;
}

static void list_opaque(void *argument, size_t id)
{
    struct listing *l = argument;

    key_add_plain(l->key, "opaque", l->dirs.v[id], "-");
}

/* Write down the layer whose tar has this digest. */
static int list_layer(const struct store *store, const struct digest *diff_id,
                      struct key *out, struct mb_error *err)
{
    mb_autofree char *dir = store_layer_dir(store, diff_id);
    mb_autoclose int root = fs_open_dir(AT_FDCWD, dir, err);
    struct listing l = {.key = out, .root = root, .err = err};
    const struct unpacked_visitor visitor = {list_item, list_opaque, &l};

    if (root < 0)
        return -1;
    strv_add(&l.dirs, "");
    int result = unpacked_walk(dir, 0, &visitor, err);
    strv_done(&l.dirs);
    return result < 0 || l.failed ? -1 : 0;
}

/* ---- comparing ---------------------------------------------------------- */

/* Report what two texts differ in; MAX_FILES at most. */
static void compare_texts(const struct key *wanted, const struct key *built,
                          struct verify *out)
{
    struct keydiff diff;

    keydiff_find(wanted->text.s, built->text.s, &diff);
    for (size_t i = 0; i < diff.reasons.n; i++) {
        const char *reason = diff.reasons.v[i];
        if (!ends_with(reason, ": other time")) /* rule 2 */
            out->only_times = false;
        if (i < MAX_FILES)
            strv_addf(&out->report, "    %s", reason);
    }
    if (diff.reasons.n > MAX_FILES)
        strv_addf(&out->report, "    and %zu more", diff.reasons.n - MAX_FILES);
    keydiff_done(&diff);
}

/* The instruction that has made layer N. */
static const char *made_by(const struct image *image, size_t n)
{
    json_t *history = json_object_get(image->config, "history"), *entry;
    size_t i;

    json_array_foreach(history, i, entry) if (
        !json_is_true(json_object_get(entry, "empty_layer")) &&
        n-- ==
            0) return json_string_value(json_object_get(entry, "created_by"));
    return NULL;
}

static int compare_layer(const struct store *store, size_t n,
                         const struct image *wanted, const struct image *built,
                         struct verify *out, struct mb_error *err)
{
    const struct digest *theirs = &wanted->layers[n].diff_id;
    const struct digest *ours = &built->layers[n].diff_id;
    mb_autokey struct key a = KEY_INIT, b = KEY_INIT;
    const char *instruction = made_by(built, n);

    if (digest_equal(theirs, ours))
        return 0;
    if (list_layer(store, theirs, &a, err) < 0 ||
        list_layer(store, ours, &b, err) < 0)
        return -1;
    strv_addf(&out->report, "layer %zu, %s:", n + 1,
              instruction ? instruction : "made by nobody knows whom");
    if (strcmp(a.text.s, b.text.s) == 0) {
        /* Extended attributes, or another program's way to write a tar. */
        strv_add(&out->report, "    the same files, in another archive");
        out->only_times = false;
    }
    compare_texts(&a, &b, out);
    return 0;
}

/* A line with a JSON value. */
static void list_value(const char *what, const char *name, json_t *value,
                       struct key *out)
{
    mb_autofree char *text =
        json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);

    key_add(out, what, name, text ? text : "");
}

/* The history: what was done, and when, apart (rule 2). */
static void list_history(json_t *history, struct key *out)
{
    json_t *entry;
    size_t i;

    json_array_foreach(history, i, entry)
    {
        mb_autofree char *number = mb_printf("%zu", i + 1);
        list_value("history", number, json_object_get(entry, "created_by"),
                   out);
        list_value("date", number, json_object_get(entry, "created"), out);
    }
}

/* The members of a config, a line each; its layers have been told. */
static void list_config(json_t *config, struct key *out)
{
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(config, "config"), name, value)
        list_value("setting", name, value, out);
    json_object_foreach(config, name, value)
    {
        if (strcmp(name, "created") == 0)
            list_value("date", "0", value, out); /* of the image */
        else if (strcmp(name, "config") != 0 && strcmp(name, "rootfs") != 0 &&
                 strcmp(name, "history") != 0)
            list_value("setting", name, value, out);
    }
    list_history(json_object_get(config, "history"), out);
}

/* All that is no layer. */
static void compare_configs(const struct image *wanted,
                            const struct image *built, struct verify *out)
{
    mb_autokey struct key a = KEY_INIT, b = KEY_INIT;

    list_config(wanted->config, &a);
    list_config(built->config, &b);
    if (strcmp(a.text.s, b.text.s) == 0)
        return; /* the same in another order, or other spaces */
    strv_add(&out->report, "config:");
    compare_texts(&a, &b, out);
}

int verify_images(const struct store *store, const struct image *wanted,
                  const struct image *built, struct verify *out,
                  struct mb_error *err)
{
    mb_autofree char *config = json_dumps(built->config, JSON_COMPACT);
    struct digest id = digest_of(config, strlen(config));

    *out = (struct verify){.same = digest_equal(&id, &wanted->id),
                           .only_times = true};
    for (size_t i = 0; i < wanted->n_layers && i < built->n_layers; i++)
        if (compare_layer(store, i, wanted, built, out, err) < 0)
            return -1;
    if (wanted->n_layers != built->n_layers) {
        strv_addf(&out->report, "layers: %zu, but building gives %zu",
                  wanted->n_layers, built->n_layers);
        out->only_times = false;
    }
    if (!out->same)
        compare_configs(wanted, built, out);
    return 0;
}
