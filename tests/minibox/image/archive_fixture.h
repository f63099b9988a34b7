/* SPDX-License-Identifier: MIT */
#ifndef ARCHIVE_FIXTURE_H
#define ARCHIVE_FIXTURE_H

/*
 * Archives for tests: what lies in TMP/in is packed by tar(1) and loaded.
 *
 *     struct digest layer = in_layer("a/layer.tar", "word");
 *     in_config("c.json", &layer, 1);
 *     in_file("manifest.json", ROW("c.json", "x:1", "a/layer.tar"));
 *     load_ok();
 */

#include <dirent.h>

#include "image/archive.h"
#include "image/lookup.h"
#include "image/manifest.h"
#include "programs.h"
#include "store_fixture.h"

/* What archive_load() said. */
static struct strv lines;

/* ---- the archive's directory -------------------------------------------- */

static inline void in_file(const char *path, const char *text)
{
    mb_autofree char *dir = NULL, *base = NULL;
    mb_autofree char *whole = mb_printf("in/%s", path);

    fs_split(whole, &dir, &base);
    tmp_mkdir(dir);
    tmp_file(whole, text);
}

/* A shell command in TMP/in. */
static inline void in_shell(const char *command)
{
    mb_autofree char *line = mb_printf("cd %s/in && %s", tmp_dir, command);

    ck_assert_int_eq(system(line), 0);
}

/* A layer that has one file, f, with TEXT in it; its diff ID. */
static inline struct digest in_layer(const char *path, const char *text)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autofree char *whole = mb_printf("in/%s", path);
    mb_autofree char *command =
        mb_printf("mkdir -p $(dirname %s) && cd ../tree && tar --mtime=@0 "
                  "-cf ../in/%s f",
                  path, path);

    tmp_mkdir("tree");
    tmp_mkdir("in");
    tmp_file("tree/f", text);
    in_shell(command);
    ck_assert_ok(fs_read(tmp_fd, whole, 1 << 20, &tar, &err));
    return digest_of(tar.s, tar.len);
}

/* Give the file at PATH the name blobs/sha256/HEX; its digest. */
static inline struct digest in_blob(const char *path)
{
    mb_autobuf struct buf bytes = BUF_INIT;
    mb_autofree char *whole = mb_printf("in/%s", path);

    ck_assert_ok(fs_read(tmp_fd, whole, 8 << 20, &bytes, &err));
    struct digest d = digest_of(bytes.s, bytes.len);
    mb_autofree char *name = mb_printf("in/blobs/sha256/%s", d.hex);
    tmp_mkdir("in/blobs/sha256");
    ck_assert_int_eq(renameat(tmp_fd, whole, tmp_fd, name), 0);
    return d;
}

/* The text of a config with these diff IDs and more fields; caller frees. */
static inline char *config_text(const struct digest *ids, size_t n,
                                const char *more)
{
    mb_autobuf struct buf list = BUF_INIT;

    for (size_t i = 0; i < n; i++)
        buf_addf(&list, "%s\"sha256:%s\"", i ? "," : "", ids[i].hex);
    return mb_printf("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{"
                     "\"Cmd\":[\"/bin/sh\"]},%s\"rootfs\":{\"type\":\"layers\","
                     "\"diff_ids\":[%s]}}",
                     more, list.s);
}

/* A config file; the image's ID. */
static inline struct digest in_config(const char *path,
                                      const struct digest *ids, size_t n)
{
    mb_autofree char *text = config_text(ids, n, "");

    in_file(path, text);
    return digest_of(text, strlen(text));
}

/* manifest.json with one row; TAGS and LAYERS are JSON. */
static inline void in_list(const char *config, const char *tags,
                           const char *layers)
{
    mb_autofree char *text =
        mb_printf("[{\"Config\":\"%s\",\"RepoTags\":%s,\"Layers\":%s}]", config,
                  tags, layers);

    in_file("manifest.json", text);
}

/* The least that is an image: called x:1, with one layer. */
static inline struct digest in_image(void)
{
    struct digest layer = in_layer("layer.tar", "word");
    struct digest id = in_config("c.json", &layer, 1);

    in_list("c.json", "[\"x:1\"]", "[\"layer.tar\"]");
    return id;
}

/* ---- load --------------------------------------------------------------- */

/* Pack TMP/in with tar(1) and FLAGS, and load it. */
static inline int load_packed(const char *flags)
{
    mb_autofree char *command =
        mb_printf("tar %s -cf ../t.tar $(ls -A)", flags);

    in_shell(command);
    mb_autoclose int fd = openat(tmp_fd, "t.tar", O_RDONLY | O_CLOEXEC);
    struct reader reader = reader_from_fd(fd);
    strv_done(&lines);
    return archive_load(&store, &reader, &lines, &err);
}

/* How many names has a directory of the store? */
static inline int count_names(const char *dir)
{
    int fd = openat(store.fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mb_autodir DIR *d = fdopendir(fd);
    int n = 0;

    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    return n;
}

static inline size_t count_rows(void)
{
    json_t *index = index_load(&store, &err);
    size_t n = json_array_size(json_object_get(index, "manifests"));

    json_decref(index);
    return n;
}

static inline void load_ok(void)
{
    ck_assert_msg(load_packed("") == 0, "%s", err.msg);
    ck_assert_int_eq(count_names("tmp"), 0);
}

/* It is refused with these WORDS, and nothing of it is left. */
static inline void load_refused(const char *words)
{
    ck_assert_int_eq(load_packed(""), -1);
    ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
    ck_assert_int_eq(count_names("tmp"), 0);
    ck_assert_int_eq(count_names("blobs/sha256"), 0);
    ck_assert_int_eq(count_names("layers"), 2); /* empty, skeleton */
    ck_assert_uint_eq(count_rows(), 0);
}

/* The image NAME is there, with that ID. */
static inline void ck_image(const char *name, const struct digest *id)
{
    struct image image;

    ck_assert_msg(lookup_image(&store, name, &image, &err) == 0, "%s", err.msg);
    ck_assert_str_eq(image.id.hex, id->hex);
    for (size_t i = 0; i < image.n_layers; i++) {
        ck_assert(store_has_layer(&store, &image.layers[i].diff_id));
        ck_assert_uint_eq(blob_size(&store, &image.layers[i].blob),
                          image.layers[i].blob_size);
    }
    image_done(&image);
}

static inline void archive_setup(void)
{
    root_store_setup();
    tmp_mkdir("in");
}

static inline void archive_teardown(void)
{
    strv_done(&lines);
    store_teardown();
}

/* main() of such a suite, but for its tests. */
static inline TCase *archive_tcase(Suite *suite)
{
    TCase *tc = tcase_create("archive");

    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, archive_setup, archive_teardown);
    suite_add_tcase(suite, tc);
    return tc;
}

#endif
