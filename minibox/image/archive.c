/* SPDX-License-Identifier: MIT */
/*
 * archive.c - images out of one file
 *
 * Problem   docker save writes an image into a tar, and so do skopeo, podman
 *           and buildah, each in its own way.  And anybody can write a tar.
 * Idea      Unpack the archive into a directory, as if it were a layer: all
 *           that protects us from evil layers protects us here as well.  Then
 *           read the list that lies in it:
 *
 *             manifest.json   Docker's: [{"Config": "9f3c.json",
 *                                         "RepoTags": ["spam:v1"],
 *                                         "Layers": ["2a1b/layer.tar", ...]}]
 *             index.json      OCI's: digests of manifests (image/receive)
 *
 *           A layer's file needs no copying: once its digest is known, the
 *           store takes over the file itself.
 * Rules     1. With both lists in it we go by manifest.json, as docker does.
 *           2. A path in the archive is followed inside the archive only.
 *           3. A file that is named by its digest must have that digest.
 * Read      docker-image-load(1); OCI image spec, image-layout.md;
 *           lessons/17-archive.md
 */
#include "image/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/pack.h"
#include "image/receive.h"

enum { MAX_TAGS = 100 };

/* An archive being loaded. */
struct archive {
    struct origin origin; /* first: for the OCI form */
    const struct store *store;
    int root;           /* the directory that it was unpacked into */
    struct strv *lines; /* what to tell the user */
};

/* Open a regular file of the archive: rule 2. */
static int open_member(const struct archive *a, const char *path,
                       struct mb_error *err)
{
    struct stat st;
    /* O_NONBLOCK: a fifo of that name would wait for a writer. */
    int fd = fs_open_in_root(a->root, path, O_RDONLY | O_NONBLOCK, 0);

    if (fd < 0)
        return mb_fail(err, "open %.200s in the archive", path);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return mb_failx(err, "%.200s in the archive is no regular file", path);
}

/* Append the whole of a small file to *out. */
static int read_member(const struct archive *a, const char *path,
                       struct buf *out, struct mb_error *err)
{
    mb_autoclose int fd = open_member(a, path, err);
    mb_autofree char *open_file = mb_printf("/proc/self/fd/%d", fd);

    if (fd < 0)
        return -1;
    if (fs_read(AT_FDCWD, open_file, MANIFEST_MAX_SIZE, out, err) < 0)
        return mb_wrap(err, "%.200s in the archive", path);
    return 0;
}

/* Rule 3: the digest that "blobs/sha256/HEX" or "HEX.json" promises.  False if
 * the name is of another kind. */
static bool promised_digest(const char *path, struct digest *out)
{
    const char *slash = strrchr(path, '/');
    mb_autofree char *text =
        mb_printf("sha256:%.64s", slash ? slash + 1 : path);
    const char *rest = (slash ? slash + 1 : path) + strlen(text) - 7;

    return digest_parse(text, out, NULL) == 0 &&
           (!*rest || strcmp(rest, ".json") == 0);
}

/* Take the layer at PATH into the store.  Its diff ID must be as said, and its
 * digest CAME, unless that is NULL. */
static int take_layer(const struct archive *a, const char *path,
                      const struct digest *diff_id, const struct digest *came,
                      struct image_layer *out, struct mb_error *err)
{
    const struct pack_expected expected = {.came = came, .diff_id = diff_id};
    struct packed packed = {.came = *diff_id};

    /* Both forms are here: then there is nothing to take. */
    if ((!came || digest_equal(came, diff_id)) &&
        store_has_layer(a->store, diff_id) && blob_exists(a->store, diff_id)) {
        packed.came_size = blob_size(a->store, diff_id);
    } else {
        mb_autoclose int fd = open_member(a, path, err);
        struct reader reader = reader_from_fd(fd);
        if (fd < 0 ||
            pack_intake(a->store, &reader, KEEP_NOTHING, &expected, &packed,
                        err) < 0 ||
            blob_adopt(a->store, fd, &packed.came, err) < 0)
            return -1;
    }
    *out = (struct image_layer){.diff_id = *diff_id,
                                .blob = packed.came,
                                .blob_size = packed.came_size,
                                .media_type =
                                    image_layer_type(packed.compression)};
    return 0;
}

/* ---- names -------------------------------------------------------------- */

/* Docker's word for a name that moves. */
static void note_moved_name(struct archive *a, const struct image *image,
                            const struct image_ref *ref)
{
    json_t *index = index_load(a->store, NULL);
    struct digest old;
    struct image other;

    if (index && index_find(index, ref, &old) &&
        !digest_equal(&old, &image->manifest) &&
        image_load(a->store, &old, &other, NULL) == 0) {
        if (!digest_equal(&other.id, &image->id))
            strv_addf(a->lines,
                      "The image %s already exists, renaming the old one with "
                      "ID " DIGEST_FMT " to empty string",
                      ref->familiar, other.id.hex);
        image_done(&other);
    }
    json_decref(index);
}

/* Publish the image by all NAMES, or by none. */
static int publish(struct archive *a, const struct image *image,
                   const struct strv *names, bool known, struct mb_error *err)
{
    if (names->n == 0) {
        strv_addf(a->lines, "Loaded image ID: " DIGEST_FMT, image->id.hex);
        return image_publish(a->store, image, NULL, known, err);
    }
    for (size_t i = 0; i < names->n; i++) {
        struct image_ref ref;
        if (ref_parse(names->v[i], &ref, err) < 0)
            return -1;
        note_moved_name(a, image, &ref);
        int result = image_publish(a->store, image, &ref, known, err);
        strv_addf(a->lines, "Loaded image: %s", ref.familiar);
        ref_done(&ref);
        if (result < 0)
            return -1;
        known = true; /* the first time all was written to disk */
    }
    return 0;
}

/* Are all of them names?  Asked before anything is published. */
static int check_names(const struct strv *names, struct mb_error *err)
{
    if (names->n > MAX_TAGS)
        return mb_failx(err, "%zu names for an image, the limit is %d",
                        names->n, MAX_TAGS);
    for (size_t i = 0; i < names->n; i++) {
        struct image_ref ref;
        if (ref_parse(names->v[i], &ref, err) < 0)
            return -1;
        ref_done(&ref);
    }
    return 0;
}

/* ---- manifest.json ------------------------------------------------------ */

/* The strings of a JSON array; null counts as an empty one. */
static int read_strings(const json_t *array, const char *what, struct strv *out,
                        struct mb_error *err)
{
    size_t i;
    json_t *one;

    if (array && !json_is_null(array) && !json_is_array(array))
        return mb_failx(err, "manifest.json: %s is no list", what);
    json_array_foreach(array, i, one)
    {
        if (!json_is_string(one))
            return mb_failx(err, "manifest.json: %s holds what is no text",
                            what);
        strv_add(out, json_string_value(one));
    }
    return 0;
}

/* The config of a row of manifest.json.  Its digest is the image's ID. */
static int read_config(const struct archive *a, const char *path,
                       struct buf *text, struct image *image,
                       struct mb_error *err)
{
    struct digest promised;

    if (read_member(a, path, text, err) < 0)
        return -1;
    image->id = digest_of(text->s, text->len);
    if (promised_digest(path, &promised) &&
        !digest_equal(&promised, &image->id))
        return mb_failx(err, "%.100s has another digest, " DIGEST_FMT, path,
                        image->id.hex);
    return image_read_config(image, text, err);
}

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

static int take_layers(const struct archive *a, const struct strv *paths,
                       struct image *image, struct mb_error *err)
{
    for (size_t i = 0; i < paths->n; i++) {
        const struct digest diff_id = image->layers[i].diff_id;
        struct digest promised;
        /* In Docker's own archives "blobs/sha256/HEX" is the plain layer. */
        bool named = promised_digest(paths->v[i], &promised);
        if (take_layer(a, paths->v[i], &diff_id, named ? &promised : NULL,
                       &image->layers[i], err) < 0)
            return mb_wrap(err, "invalid diffID for layer %zu", i);
    }
    return 0;
}

/* Load one row of manifest.json. */
static int load_row(struct archive *a, const json_t *row, struct image *image,
                    struct mb_error *err)
{
    mb_autostrv struct strv paths = {0}, names = {0};
    mb_autobuf struct buf config = BUF_INIT;
    const char *path = json_string_value(json_object_get(row, "Config"));

    if (!path)
        return mb_failx(err, "manifest.json names no Config");
    if (read_strings(json_object_get(row, "Layers"), "Layers", &paths, err) <
            0 ||
        read_strings(json_object_get(row, "RepoTags"), "RepoTags", &names,
                     err) < 0 ||
        check_names(&names, err) < 0 ||
        expect_layers(image, paths.n, err) < 0 ||
        read_config(a, path, &config, image, err) < 0 ||
        take_layers(a, &paths, image, err) < 0 ||
        blob_put(a->store, config.s, config.len, &image->id, err) < 0)
        return -1;
    mb_autofree char *text = image_manifest(a->store, image);
    struct digest expected = digest_of(text, strlen(text));
    bool known = blob_exists(a->store, &expected);
    if (blob_put(a->store, text, strlen(text), &image->manifest, err) < 0)
        return -1;
    return publish(a, image, &names, known, err);
}

static int load_docker(struct archive *a, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    json_error_t why;
    size_t i;
    json_t *row;
    int result = 0;

    if (read_member(a, "manifest.json", &text, err) < 0)
        return -1;
    json_t *rows = json_loadb(text.s, text.len, 0, &why);
    if (!json_is_array(rows) || json_array_size(rows) == 0)
        result = mb_failx(err, "manifest.json is no list of images%s%s",
                          rows ? "" : ": ", rows ? "" : why.text);
    json_array_foreach(rows, i, row)
    {
        struct image image = {0};
        if (result == 0)
            result = load_row(a, row, &image, err);
        image_done(&image);
    }
    json_decref(rows);
    return result;
}

/* ---- index.json --------------------------------------------------------- */

static int get_document(struct origin *origin, enum document kind,
                        const struct digest *digest, struct buf *out,
                        struct mb_error *err)
{
    (void)kind; /* both lie in blobs/ */
    mb_autofree char *path = mb_printf("blobs/sha256/%s", digest->hex);

    return read_member((struct archive *)origin, path, out, err);
}

static int get_layers(struct origin *origin, const struct store *store,
                      const struct image *image, struct mb_error *err)
{
    for (size_t i = 0; i < image->n_layers; i++) {
        const struct image_layer *layer = &image->layers[i];
        mb_autofree char *path = mb_printf("blobs/sha256/%s", layer->blob.hex);
        struct image_layer got;
        if (!receive_needs(store, image, i))
            continue;
        if (take_layer((struct archive *)origin, path, &layer->diff_id,
                       &layer->blob, &got, err) < 0)
            return mb_wrap(err, "layer %zu", i);
        if (got.blob_size != layer->blob_size ||
            got.media_type != layer->media_type)
            return mb_failx(err, "layer %zu is not as its manifest says", i);
    }
    return 0;
}

/* The name that a row of the index gives, if it is a whole one: many tools
 * write the tag alone, which says nothing without the archive's own name. */
static void row_name(const json_t *row, struct strv *out)
{
    static const char *const keys[] = {"io.containerd.image.name",
                                       "org.opencontainers.image.ref.name"};
    const json_t *notes = json_object_get(row, "annotations");

    for (size_t i = 0; i < 2 && out->n == 0; i++) {
        const char *name = json_string_value(json_object_get(notes, keys[i]));
        if (name && (i == 0 || strpbrk(name, "/:")))
            strv_add(out, name);
    }
}

static int load_oci_row(struct archive *a, const json_t *row,
                        struct mb_error *err)
{
    mb_autobuf struct buf top = BUF_INIT;
    mb_autostrv struct strv names = {0};
    struct digest digest;
    struct image image;
    bool known;

    row_name(row, &names);
    if (manifest_digest(row, &digest, err) < 0 ||
        get_document(&a->origin, DOCUMENT_MANIFEST, &digest, &top, err) < 0 ||
        check_names(&names, err) < 0)
        return -1;
    struct digest real = digest_of(top.s, top.len);
    if (!digest_equal(&real, &digest))
        return mb_failx(
            err, "manifest " DIGEST_FMT " has another digest, " DIGEST_FMT,
            digest.hex, real.hex);
    if (receive_image(a->store, &a->origin, &top, &image, &known, err) < 0)
        return -1;
    int result = publish(a, &image, &names, known, err);
    image_done(&image);
    return result;
}

static int load_oci(struct archive *a, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    size_t i;
    json_t *row;
    int result = 0;

    a->origin = (struct origin){get_document, get_layers};
    if (read_member(a, "index.json", &text, err) < 0)
        return -1;
    json_t *index = manifest_parse(&text, "index.json", err);
    const json_t *rows = json_object_get(index, "manifests");
    if (!index)
        return -1;
    if (json_array_size(rows) == 0)
        result = mb_failx(err, "index.json names no image");
    json_array_foreach(rows, i, row) if (result == 0) result =
        load_oci_row(a, row, err);
    json_decref(index);
    return result;
}

/* ---- both --------------------------------------------------------------- */

/* Rule 1. */
static int load_unpacked(struct archive *a, struct mb_error *err)
{
    struct stat st;

    if (fstatat(a->root, "manifest.json", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return load_docker(a, err);
    if (fstatat(a->root, "index.json", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return load_oci(a, err);
    mb_failx(err, "there is no image in it: no manifest.json, no index.json");
    return mb_hint(err, "a tar of a root file system is for minibox import");
}

int archive_load(const struct store *store, struct reader *from,
                 struct strv *out_lines, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1, root = -1;
    struct archive a = {.store = store, .lines = out_lines};

    if (hold < 0 || store_make_temporary(store, &temporary, &lock, err) < 0)
        return -1;
    mb_autofree char *dir = mb_printf("%s/archive", temporary);
    int result = mkdir(dir, 0755) < 0 ? mb_fail(err, "make %s", dir)
                                      : pack_unpack(from, dir, true, err);
    if (result == 0)
        result = a.root = root = fs_open_dir(AT_FDCWD, dir, err);
    if (result >= 0)
        result = load_unpacked(&a, err);
    store_remove_temporary(store, temporary);
    return result;
}
