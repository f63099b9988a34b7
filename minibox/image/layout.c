/* SPDX-License-Identifier: MIT */
/*
 * layout.c - images out of an archive in OCI's form
 *
 * Problem   skopeo and buildah can write an image layout into a tar, without
 *           docker's manifest.json.
 * Idea      It is what a registry has, as files: an index that names manifests
 *           by their digests, and a directory with everything under the name
 *           of its digest.  So it is read as from a registry (image/receive);
 *           only bringing the bytes is our part:
 *
 *             index.json --> manifest --> config, layers
 *                            blobs/sha256/HEX     each of them
 *
 * Rules     1. A descriptor says digest and size.  What it describes must have
 *              both.
 *           2. Many tools write the tag alone into the index, which says
 *              nothing without the archive's own name.  Only a whole name is
 *              taken for one.
 * Read      OCI image spec, image-layout.md, annotations.md;
 *           lessons/17-archive.md
 */
#include "image/layout.h"

#include <string.h>

#include "base/mem.h"
#include "image/manifest.h"
#include "image/member.h"
#include "image/receive.h"

/* Where receive_image() gets the image from. */
struct layout {
    struct origin origin; /* first: we are given a pointer to this */
    int root;             /* of the archive */
};

/* Where a blob lies; caller frees. */
static char *blob_path(const struct digest *digest)
{
    return mb_printf("blobs/sha256/%s", digest->hex);
}

/* Manifests and configs lie in the same place. */
static int get_document(struct origin *origin, enum document kind,
                        const struct digest *digest, struct buf *out,
                        struct mb_error *err)
{
    const struct layout *l = (struct layout *)origin;
    mb_autofree char *path = blob_path(digest);

    (void)kind;
    return member_read(l->root, path, out, err);
}

/* Rule 1, of a layer; its type must be as said, too. */
static int get_layer(const struct layout *l, const struct store *store,
                     const struct image_layer *layer, struct mb_error *err)
{
    const struct pack_expected expected = {.came = &layer->blob,
                                           .diff_id = &layer->diff_id};
    mb_autofree char *path = blob_path(&layer->blob);
    mb_autoclose int fd = member_open(l->root, path, err);
    struct image_layer got;

    if (fd < 0 || member_take_layer(store, fd, &expected, &got, err) < 0)
        return -1;
    if (got.blob_size != layer->blob_size ||
        got.media_type != layer->media_type)
        return mb_failx(err, "it is not as its manifest says");
    return 0;
}

static int get_layers(struct origin *origin, const struct store *store,
                      const struct image *image, struct mb_error *err)
{
    const struct layout *l = (struct layout *)origin;

    for (size_t i = 0; i < image->n_layers; i++)
        if (receive_needs(store, image, i) &&
            get_layer(l, store, &image->layers[i], err) < 0)
            return mb_wrap(err, "layer %zu", i);
    return 0;
}

/* The name that a row of the index gives (rule 2).  One with a digest in it is
 * no label that could be put on an image. */
static void row_name(const json_t *row, struct strv *out)
{
    const json_t *notes = json_object_get(row, "annotations");
    const char *name =
        json_string_value(json_object_get(notes, "io.containerd.image.name"));

    if (!name)
        name = json_string_value(
            json_object_get(notes, "org.opencontainers.image.ref.name"));
    if (name && strpbrk(name, "/:") && !strchr(name, '@'))
        strv_add(out, name);
}

/* The document at the top of an image, a manifest or an index (rule 1). */
static int read_top(const struct layout *l, const json_t *row, struct buf *out,
                    struct mb_error *err)
{
    struct digest digest;

    if (manifest_digest(row, &digest, err) < 0)
        return -1;
    mb_autofree char *path = blob_path(&digest);
    if (member_read(l->root, path, out, err) < 0)
        return -1;
    struct digest real = digest_of(out->s, out->len);
    if (!digest_equal(&real, &digest))
        return mb_failx(
            err, "manifest " DIGEST_FMT " has another digest, " DIGEST_FMT,
            digest.hex, real.hex);
    return receive_check_size(row, out, err);
}

static int load_row(struct layout *l, struct naming *naming, const json_t *row,
                    struct mb_error *err)
{
    mb_autobuf struct buf top = BUF_INIT;
    mb_autostrv struct strv names = {0};
    struct image image;
    bool known;

    row_name(row, &names);
    if (read_top(l, row, &top, err) < 0 ||
        naming_check(naming, &names, err) < 0 ||
        receive_image(naming->store, &l->origin, &top, &image, &known, err) < 0)
        return -1;
    int result = naming_publish(naming, &image, &names, known, err);
    image_done(&image);
    return result;
}

int layout_load(int root, struct naming *naming, struct mb_error *err)
{
    struct layout l = {.origin = {get_document, get_layers}, .root = root};
    mb_autobuf struct buf text = BUF_INIT;

    if (member_read(root, "index.json", &text, err) < 0)
        return -1;
    json_t *index = manifest_parse(&text, "index.json", err);
    if (!index)
        return -1;
    const json_t *rows = json_object_get(index, "manifests");
    int result = json_array_size(rows) > 0
                     ? 0
                     : mb_failx(err, "index.json names no image");
    for (size_t i = 0; i < json_array_size(rows) && result == 0; i++)
        result = load_row(&l, naming, json_array_get(rows, i), err);
    json_decref(index);
    return result;
}
