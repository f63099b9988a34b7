/* SPDX-License-Identifier: MIT */
/*
 * save.c - images into one file
 *
 * Problem   docker load wants a manifest.json, OCI tools want an image layout.
 * Idea      Both at once.  The store is an image layout already, so a part of
 *           it is one too: gather the blobs of the chosen images in a
 *           directory (as hard links: nothing is copied, but the files are
 *           the store's own), write the lists beside them, and pack the
 *           directory as if it were a layer:
 *
 *             blobs/sha256/...   linked from the store
 *             oci-layout  index.json          for OCI tools
 *             manifest.json  repositories     for docker
 *
 * Rules     1. The same images, named in the same order, give the same archive,
 *              to the byte.  So all times in it are 1970, and through the links
 *              also those of the store's blobs, which nobody reads.
 *           2. A layer stands in it as the store has it: plain when it was
 *              built here, compressed when it was pulled so.
 * Read      docker-image-save(1); OCI image spec, image-layout.md;
 *           lessons/17-archive.md
 */
#include "image/save.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/lookup.h"
#include "image/pack.h"

/* An image to save, and its names. */
struct saved {
    struct image image;
    struct strv names; /* canonical */
};

/* All that goes into the archive. */
struct save {
    const struct store *store;
    struct saved *images;
    size_t n;
    int root; /* the directory that is going to be the archive */
};

static void save_done(struct save *s)
{
    for (size_t i = 0; i < s->n; i++) {
        image_done(&s->images[i].image);
        strv_done(&s->images[i].names);
    }
    free(s->images);
}

/* ---- which images ------------------------------------------------------- */

/* Add the image, which *image is emptied into, by this name (NULL: none). */
static void add_image(struct save *s, struct image *image, const char *name)
{
    struct saved *one = s->images, *end = s->images + s->n;

    while (one < end && !digest_equal(&one->image.id, &image->id))
        one++;
    if (one == end) {
        s->images = mb_realloc(s->images, (s->n + 1) * sizeof *s->images);
        one = &s->images[s->n++];
        *one = (struct saved){.image = *image};
        *image = (struct image){0};
    }
    if (name && !strv_has(&one->names, name))
        strv_add(&one->names, name);
    image_done(image);
}

/* Is this a tag of the repository NAME? */
static bool is_tag_of(const char *canonical, const char *name)
{
    struct image_ref ref;

    if (!canonical || ref_parse(canonical, &ref, NULL) < 0)
        return false;
    bool result = ref.tag && strcmp(ref.name, name) == 0;
    ref_done(&ref);
    return result;
}

/* Every tag of the repository NAME.  How many, or -1. */
static int add_repository(struct save *s, const char *name,
                          struct mb_error *err)
{
    json_t *index = index_load(s->store, err);
    struct index_entry entry;
    int n = index ? 0 : -1;

    for (size_t cursor = 0; n >= 0 && index_next(index, &cursor, &entry);) {
        struct image image;
        if (!is_tag_of(entry.name, name))
            continue;
        if (image_load(s->store, &entry.manifest, &image, err) < 0) {
            n = -1;
        } else {
            add_image(s, &image, entry.name);
            n++;
        }
    }
    json_decref(index);
    return n;
}

/* Did the user leave the tag out? */
static bool is_repository(const char *typed)
{
    const char *slash = strrchr(typed, '/');

    return !strpbrk(slash ? slash : typed, ":@");
}

/* The name that goes into the archive: none for who typed an ID or a digest. */
static const char *name_to_keep(const struct save *s,
                                const struct image_ref *ref)
{
    json_t *index = index_load(s->store, NULL);
    struct digest ignored;
    bool found = index && ref->tag && index_find(index, ref, &ignored);

    json_decref(index);
    return found ? ref->canonical : NULL;
}

static int add_typed(struct save *s, const char *typed, struct mb_error *err)
{
    struct image_ref ref = {0};
    struct image image;
    int found = 0;

    bool is_name = ref_parse(typed, &ref, NULL) == 0;
    if (is_name && is_repository(typed))
        found = add_repository(s, ref.name, err);
    if (found == 0) {
        found = lookup_image(s->store, typed, &image, err);
        if (found == 0)
            add_image(s, &image, is_name ? name_to_keep(s, &ref) : NULL);
    }
    ref_done(&ref);
    return found < 0 ? -1 : 0;
}

/* ---- the directory ------------------------------------------------------ */

/* Write TEXT as a blob of the archive's. */
static int write_blob(const struct save *s, const char *text,
                      struct digest *out, struct mb_error *err)
{
    *out = digest_of(text, strlen(text));
    mb_autofree char *path = mb_printf("blobs/sha256/%s", out->hex);

    return fs_write(s->root, path, text, strlen(text), err);
}

static int link_blob(const struct save *s, const struct digest *digest,
                     struct mb_error *err)
{
    mb_autofree char *path = mb_printf("blobs/sha256/%s", digest->hex);

    return blob_link(s->store, digest, s->root, path, err);
}

/* Config and layers as they are; the manifest in OCI's words, whatever words
 * the image came with.  Its digest is another one then: image->manifest becomes
 * that of the archive's, which oci_row() goes by. */
static int gather(const struct save *s, struct image *image,
                  struct mb_error *err)
{
    mb_autofree char *manifest = image_manifest(s->store, image);

    if (link_blob(s, &image->id, err) < 0)
        return -1;
    for (size_t i = 0; i < image->n_layers; i++)
        if (link_blob(s, &image->layers[i].blob, err) < 0)
            return -1;
    return write_blob(s, manifest, &image->manifest, err);
}

/* ---- the lists ---------------------------------------------------------- */

/* A row of manifest.json. */
static json_t *docker_row(const struct saved *one)
{
    json_t *tags = one->names.n ? json_array() : json_null();
    json_t *layers = json_array();
    mb_autofree char *config = mb_printf("blobs/sha256/%s", one->image.id.hex);

    for (size_t i = 0; i < one->names.n; i++) {
        struct image_ref ref;
        if (ref_parse(one->names.v[i], &ref, NULL) < 0)
            continue;
        json_array_append_new(tags, json_string(ref.familiar));
        ref_done(&ref);
    }
    for (size_t i = 0; i < one->image.n_layers; i++)
        json_array_append_new(
            layers,
            json_sprintf("blobs/sha256/%s", one->image.layers[i].blob.hex));
    return json_pack("{s:s, s:o, s:o}", "Config", config, "RepoTags", tags,
                     "Layers", layers);
}

/* A row of index.json: once for each name. */
static json_t *oci_row(const struct save *s, const struct saved *one,
                       const char *name)
{
    mb_autofree char *digest = mb_printf(DIGEST_FMT, one->image.manifest.hex);
    /* Made again, as gather() did: the row tells its size. */
    mb_autofree char *text = image_manifest(s->store, &one->image);
    json_t *row = json_pack("{s:s, s:s, s:I}", "mediaType", MANIFEST_OCI,
                            "digest", digest, "size", (json_int_t)strlen(text));
    struct image_ref ref;

    if (!name || ref_parse(name, &ref, NULL) < 0)
        return row;
    json_object_set_new(
        row, "annotations",
        json_pack("{s:s, s:s*}", "io.containerd.image.name", ref.canonical,
                  "org.opencontainers.image.ref.name", ref.tag));
    ref_done(&ref);
    return row;
}

/* The oldest list: {"repository": {"tag": "the topmost layer"}}. */
static void add_repositories(json_t *repositories, const struct saved *one)
{
    const struct image *image = &one->image;

    for (size_t i = 0; i < one->names.n && image->n_layers > 0; i++) {
        const char *top = image->layers[image->n_layers - 1].diff_id.hex;
        struct image_ref ref;
        if (ref_parse(one->names.v[i], &ref, NULL) < 0)
            continue;
        json_t *tags = json_object_get(repositories, ref.name);
        if (!tags) {
            tags = json_object();
            json_object_set_new(repositories, ref.name, tags);
        }
        if (ref.tag)
            json_object_set_new(tags, ref.tag, json_string(top));
        ref_done(&ref);
    }
}

/* Write and release DOCUMENT. */
static int write_list(const struct save *s, const char *path, json_t *document,
                      struct mb_error *err)
{
    mb_autofree char *text =
        json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(document);
    return fs_write(s->root, path, text, strlen(text), err);
}

/* What docker goes by. */
static int write_docker_lists(const struct save *s, struct mb_error *err)
{
    json_t *rows = json_array(), *repositories = json_object();

    for (size_t i = 0; i < s->n; i++) {
        json_array_append_new(rows, docker_row(&s->images[i]));
        add_repositories(repositories, &s->images[i]);
    }
    int result = write_list(s, "manifest.json", rows, err);
    /* Called in any case, as it releases the list. */
    return write_list(s, "repositories", repositories, err) < 0 ? -1 : result;
}

/* What OCI tools go by. */
static int write_oci_lists(const struct save *s, struct mb_error *err)
{
    json_t *version = json_pack("{s:s}", "imageLayoutVersion", "1.0.0");
    json_t *rows = json_array();

    for (size_t i = 0; i < s->n; i++) {
        const struct saved *one = &s->images[i];
        for (size_t k = 0; k < one->names.n; k++)
            json_array_append_new(rows, oci_row(s, one, one->names.v[k]));
        if (one->names.n == 0)
            json_array_append_new(rows, oci_row(s, one, NULL));
    }
    json_t *index =
        json_pack("{s:i, s:s, s:o}", "schemaVersion", 2, "mediaType",
                  MANIFEST_OCI_INDEX, "manifests", rows);
    int result = write_list(s, "index.json", index, err);
    return write_list(s, "oci-layout", version, err) < 0 ? -1 : result;
}

/* ---- all of it ---------------------------------------------------------- */

static int fill(struct save *s, struct mb_error *err)
{
    if (fs_mkdirs(s->root, "blobs/sha256", err) < 0)
        return -1;
    for (size_t i = 0; i < s->n; i++)
        if (gather(s, &s->images[i].image, err) < 0)
            return -1;
    if (write_docker_lists(s, err) < 0)
        return -1;
    return write_oci_lists(s, err);
}

/* Make the directory, fill it, pack it. */
static int write_archive(struct save *s, int fd, struct mb_error *err)
{
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1, root = -1;

    if (store_make_temporary(s->store, &temporary, &lock, err) < 0)
        return -1;
    mb_autofree char *dir = mb_printf("%s/archive", temporary);
    if (mkdir(dir, 0755) < 0)
        mb_fail(err, "make %s", dir);
    else
        root = fs_open_dir(AT_FDCWD, dir, err);
    s->root = root;
    int result = root < 0 ? -1 : fill(s, err);
    if (result == 0)
        result = pack_directory(dir, 0, fd, err); /* 0: rule 1 */
    store_remove_temporary(s->store, temporary);
    return result;
}

int save_images(const struct store *store, const struct strv *names, int fd,
                struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    struct save s = {.store = store};
    int result = hold < 0 ? -1 : 0;

    for (size_t i = 0; i < names->n && result == 0; i++)
        result = add_typed(&s, names->v[i], err);
    if (result == 0)
        result = write_archive(&s, fd, err);
    save_done(&s);
    return result;
}
