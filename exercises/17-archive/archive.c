/* SPDX-License-Identifier: MIT */
/* Exercise 17-archive: fill in the blanks (grep TODO).
 * The lesson: lessons/17-archive.md.  Try it: make grade EX=17 */
/*
 * archive.c - images out of one file
 *
 * Problem   docker save writes images into a tar, and so do skopeo, podman and
 *           buildah.  A list in it, manifest.json, says which files make an
 *           image.  Nothing vouches for that list.
 * Idea      Unpack the archive into a directory, as if it were a layer: what
 *           protects us from evil layers protects us here as well.  Then go
 *           down from the list, and check what can be checked:
 *
 *             manifest.json    [{"Config": "9f3c.json",
 *                |               "RepoTags": ["spam:v1"],
 *                |               "Layers": ["2a1b/layer.tar", ...]}]
 *                |
 *                |-- 9f3c.json         its digest is the image's ID; in it a
 *                |      :              diff ID for each layer, in this order
 *                |      v
 *                `-- 2a1b/layer.tar    must have that diff ID
 *
 * Rules     1. With manifest.json and index.json (image/layout) in it, we go by
 *              manifest.json, as docker does.
 *           2. A file that is named by its digest must have that digest.  In
 *              docker's older form a layer's name promises nothing.
 *           3. An image is published when all of it is in the store.
 * Read      docker-image-load(1); OCI image spec, image-layout.md;
 *           lessons/17-archive.md
 */
#include "image/archive.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"
#include "image/layout.h"
#include "image/manifest.h"
#include "image/member.h"
#include "image/naming.h"
#include "image/pack.h"

/* ---- a row of manifest.json --------------------------------------------- */

/* Append the texts of a JSON list to *out.  No list (NULL), or null, counts as
 * an empty one.  -1 if it is anything but a list of texts. */
static int read_texts(const json_t *list, struct strv *out)
{
    size_t i;
    json_t *one;

    if (list && !json_is_null(list) && !json_is_array(list))
        return -1;
    json_array_foreach(list, i, one)
    {
        if (!json_is_string(one))
            return -1;
        strv_add(out, json_string_value(one));
    }
    return 0;
}

int archive_read_row(const json_t *json, struct archive_row *out,
                     struct mb_error *err)
{
    // TODO step 2: read the three fields (archive.h says which) with jansson's
    //   json_object_get() and json_string_value(), and read_texts()
    return mb_failx(err, "exercise 17 step 2: not written yet");
}

void archive_row_done(struct archive_row *row)
{
    free(row->config);
    strv_done(&row->layers);
    strv_done(&row->names);
}

/* ---- an image ----------------------------------------------------------- */

/* So many layers, of which nothing is known yet. */
static int expect_layers(struct image *image, size_t n, struct mb_error *err)
{
    const struct image_layer unknown = {0};

    if (n > IMAGE_MAX_LAYERS)
        return mb_failx(err, "max depth exceeded: %zu layers, the limit is %d",
                        n, IMAGE_MAX_LAYERS);
    while (image->n_layers < n)
        image_append_layer(image, &unknown);
    return 0;
}

int archive_read_image(int root, const struct archive_row *row,
                       struct image *out, struct buf *out_config,
                       struct mb_error *err)
{
    struct digest promised;

    if (expect_layers(out, row->layers.n, err) < 0)
        return -1;
    // TODO step 3: read the config's file into out_config; its digest is the
    //   image's ID, and if its name promises one (member_promise()), that very
    //   one (rule 2). Then image_read_config() takes it apart
    return mb_failx(err, "exercise 17 step 3: not written yet");
}

/* Bring the layers into the store.  IMAGE has their diff IDs; the rest is
 * filled in. */
static int take_layers(const struct store *store, int root,
                       const struct archive_row *row, struct image *image,
                       struct mb_error *err)
{
    // TODO step 4: open each layer's file, say what is expected of it (its diff
    //   ID, and if its name promises a digest, that its bytes have it: rule 2),
    //   and member_take_layer() it
    return mb_failx(err, "exercise 17 step 4: not written yet");
    return 0;
}

/* All of it is there: write both documents, and give it its names (rule 3). */
static int finish(struct naming *naming, struct image *image,
                  const struct buf *config, const struct strv *names,
                  struct mb_error *err)
{
    if (blob_put(naming->store, config->s, config->len, &image->id, err) < 0)
        return -1;
    mb_autofree char *manifest = image_manifest(naming->store, image);
    if (blob_put(naming->store, manifest, strlen(manifest), &image->manifest,
                 err) < 0)
        return -1;
    return naming_publish(naming, image, names, false, err);
}

static int load_row(int root, const json_t *json, struct naming *naming,
                    struct mb_error *err)
{
    mb_autobuf struct buf config = BUF_INIT;
    struct archive_row row = {0};
    struct image image = {0};
    int result = -1;

    if (archive_read_row(json, &row, err) == 0 &&
        naming_check(naming, &row.names, err) == 0 &&
        archive_read_image(root, &row, &image, &config, err) == 0 &&
        take_layers(naming->store, root, &row, &image, err) == 0)
        result = finish(naming, &image, &config, &row.names, err);
    image_done(&image);
    archive_row_done(&row);
    return result;
}

/* ---- all of it ---------------------------------------------------------- */

static int load_rows(int root, struct naming *naming, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    json_error_t why;
    int result = 0;

    if (member_read(root, "manifest.json", &text, err) < 0)
        return -1;
    json_t *rows = manifest_json(&text, &why);
    if (!rows)
        result = mb_failx(err, "manifest.json is no JSON: %s", why.text);
    else if (json_array_size(rows) == 0)
        result = mb_failx(err, "manifest.json is no list of images");
    for (size_t i = 0; i < json_array_size(rows) && result == 0; i++)
        result = load_row(root, json_array_get(rows, i), naming, err);
    json_decref(rows);
    return result;
}

/* Rule 1. */
static int load_unpacked(const char *dir, struct naming *naming,
                         struct mb_error *err)
{
    mb_autoclose int root = fs_open_dir(AT_FDCWD, dir, err);
    struct stat st;

    if (root < 0)
        return -1;
    if (fstatat(root, "manifest.json", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return load_rows(root, naming, err);
    if (fstatat(root, "index.json", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return layout_load(root, naming, err);
    mb_failx(err, "there is no image in it: no manifest.json, no index.json");
    return mb_hint(err, "a tar of a root file system is for minibox import");
}

int archive_load(const struct store *store, struct reader *from,
                 struct strv *out_lines, struct mb_error *err)
{
    struct naming naming = {.store = store, .lines = out_lines};
    mb_autoclose int hold = store_hold(store, false, err);
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1;

    if (hold < 0 || store_make_temporary(store, &temporary, &lock, err) < 0)
        return -1;
    mb_autofree char *dir = mb_printf("%s/archive", temporary);
    int result = mkdir(dir, 0755) < 0 ? mb_fail(err, "make %s", dir)
                                      : pack_unpack(from, dir, true, err);
    if (result == 0)
        result = load_unpacked(dir, &naming, err);
    store_remove_temporary(store, temporary);
    return result;
}
