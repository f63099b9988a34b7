/* SPDX-License-Identifier: MIT */
/*
 * manifest.c - reading documents that strangers wrote
 *
 * Problem   A manifest and a config come from a registry or an archive.  They
 *           say which bytes are an image, and may say anything.
 * Idea      Read both once, into a struct whose every field was checked.  No
 *           other module reads these documents:
 *
 *             index  --choose-->  manifest --+--> config --> diff IDs
 *            (several machines)              `--> layers: digest, size, type
 *
 * Rules     1. Manifest and config must agree: as many layers as diff IDs.
 *           2. A document is a manifest or an index, never both: two readers
 *              could take it for two things (CVE-2021-41190).
 *           3. A media type that we don't know is refused, not guessed at.
 *           4. Documents have bounds: 4 MiB, 125 layers; jansson adds 2,048
 *              levels of nesting.  And 50,000 parts: "{}" are two bytes, and
 *              more than 200 once jansson has read them.
 * Read      OCI image spec, manifest.md, image-index.md, config.md;
 *           distribution, "Image Manifest Version 2, Schema 2";
 *           lessons/16-store.md
 */
#include "image/manifest.h"

#include <stdio.h>
#include <string.h>

#include "image/blob.h"

enum { MAX_MARKS = 50000 }; /* the marks that part values: ,:[{ */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

json_t *manifest_json(const struct buf *text, json_error_t *why)
{
    size_t marks = 0;

    for (size_t i = 0; i < text->len; i++)
        marks += memchr(",:[{", text->s[i], 4) != NULL;
    if (marks <= MAX_MARKS)
        return json_loadb(text->s, text->len, 0, why);
    snprintf(why->text, sizeof why->text, "it has too many parts");
    return NULL;
}

json_t *manifest_parse(const struct buf *text, const char *what,
                       struct mb_error *err)
{
    json_error_t why;
    json_t *document = manifest_json(text, &why);

    if (json_is_object(document))
        return document;
    mb_failx(err, "the %s is no JSON object: %s", what,
             document ? "it is something else" : why.text);
    json_decref(document);
    return NULL;
}

int manifest_digest(const json_t *descriptor, struct digest *out,
                    struct mb_error *err)
{
    return digest_parse(text_of(descriptor, "digest"), out, err);
}

bool manifest_is_index(const json_t *document)
{
    return json_object_get(document, "manifests") != NULL;
}

json_t *manifest_choose(const json_t *index, struct mb_error *err)
{
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(index, "manifests"), i, row)
    {
        const json_t *platform = json_object_get(row, "platform");
        if (!platform || (strcmp(text_of(platform, "os"), "linux") == 0 &&
                          strcmp(text_of(platform, "architecture"),
                                 image_architecture()) == 0))
            return row;
    }
    mb_failx(err,
             "no matching manifest for linux/%s in the manifest list "
             "entries",
             image_architecture());
    return NULL;
}

/* ---- manifest ----------------------------------------------------------- */

/* Rule 3. */
static int check_type(const char *type, const char *const *known,
                      const char *what, struct mb_error *err)
{
    for (; *known; known++)
        if (strcmp(*known, type) == 0)
            return 0;
    if (strstr(type, "foreign") || strstr(type, "nondistributable"))
        return mb_failx(err, "the %s is not in the registry (media type %.80s)",
                        what, type);
    return mb_failx(err, "unknown media type \"%.80s\" of the %s", type, what);
}

/* One layer's descriptor.  Docker and OCI have different words for the same
 * thing; from here on we use OCI's. */
static int read_layer(const json_t *descriptor, struct image_layer *out,
                      struct mb_error *err)
{
    static const char *const known[] = {
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.diff.tar.zstd",
        NULL};
    const char *type = text_of(descriptor, "mediaType");
    json_int_t size = json_integer_value(json_object_get(descriptor, "size"));
    enum compression compression = ends_with(type, "gzip")   ? COMPRESSION_GZIP
                                   : ends_with(type, "zstd") ? COMPRESSION_ZSTD
                                                             : COMPRESSION_NONE;

    *out = (struct image_layer){.blob_size = size,
                                .media_type = image_layer_type(compression)};
    if (check_type(type, known, "layer", err) < 0)
        return -1;
    if (size <= 0)
        return mb_failx(err, "impossible size %lld", (long long)size);
    return manifest_digest(descriptor, &out->blob, err);
}

static int read_layers(struct image *image, const json_t *document,
                       struct mb_error *err)
{
    const json_t *layers = json_object_get(document, "layers");
    size_t n = json_array_size(layers);

    if (!json_is_array(layers))
        return mb_failx(err, "it has no layers");
    if (n > IMAGE_MAX_LAYERS)
        return mb_failx(err, "max depth exceeded: %zu layers, the limit is %d",
                        n, IMAGE_MAX_LAYERS);
    for (size_t i = 0; i < n; i++) {
        struct image_layer layer;
        if (read_layer(json_array_get(layers, i), &layer, err) < 0)
            return mb_wrap(err, "layer %zu", i);
        image_append_layer(image, &layer);
    }
    return 0;
}

/* What is in a manifest, and that nothing else is (rule 2). */
static int read_manifest(struct image *image, const json_t *document,
                         struct mb_error *err)
{
    static const char *const configs[] = {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json", NULL};
    static const char *const manifests[] = {MANIFEST_OCI, MANIFEST_DOCKER, "",
                                            NULL};
    const json_t *config = json_object_get(document, "config");

    if (manifest_is_index(document))
        return mb_failx(err, "it is a manifest and an index in one");
    if (json_integer_value(json_object_get(document, "schemaVersion")) != 2)
        return mb_failx(err, "it is not of schema version 2");
    if (check_type(text_of(document, "mediaType"), manifests, "manifest", err) <
            0 ||
        check_type(text_of(config, "mediaType"), configs, "config", err) < 0 ||
        manifest_digest(config, &image->id, err) < 0)
        return -1;
    return read_layers(image, document, err);
}

int image_read_manifest(struct image *image, const struct buf *text,
                        struct mb_error *err)
{
    json_t *document = manifest_parse(text, "manifest", err);
    int result = document ? read_manifest(image, document, err) : -1;

    image->manifest = digest_of(text->s, text->len);
    json_decref(document);
    return result;
}

/* ---- config ------------------------------------------------------------- */

/* Rule 1, for a history too: one line for each layer, and lines without. */
static int check_history(const struct image *image, struct mb_error *err)
{
    const json_t *history = json_object_get(image->config, "history");
    size_t i, n = 0;
    json_t *line;

    json_array_foreach(history, i, line) n +=
        !json_is_true(json_object_get(line, "empty_layer"));
    if (n > image->n_layers)
        return mb_failx(err, "too many non-empty layers in History section");
    return 0;
}

/* Rule 1. */
static int read_diff_ids(struct image *image, struct mb_error *err)
{
    const json_t *ids = image_diff_ids(image);

    if (!json_is_array(ids))
        return mb_failx(err, "it has no rootfs.diff_ids");
    if (json_array_size(ids) != image->n_layers)
        return mb_failx(err,
                        "invalid manifest, layers length mismatch: expected "
                        "%zu, got %zu",
                        json_array_size(ids), image->n_layers);
    for (size_t i = 0; i < image->n_layers; i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        if (digest_parse(id ? id : "", &image->layers[i].diff_id, err) < 0)
            return mb_wrap(err, "diff ID %zu", i);
    }
    return 0;
}

int image_read_config(struct image *image, const struct buf *text,
                      struct mb_error *err)
{
    image->config = manifest_parse(text, "image config", err);
    if (!image->config)
        return -1;
    /* What others rely on is there, and of the right type. */
    if (!json_is_object(image_run_config(image)))
        json_object_set_new(image->config, "config", json_object());
    if (!json_is_array(json_object_get(image->config, "history")))
        json_object_set_new(image->config, "history", json_array());
    if (read_diff_ids(image, err) < 0 || check_history(image, err) < 0)
        return -1;
    return 0;
}

/* ---- both, from the store ----------------------------------------------- */

/* Read a document's blob, and let FN make something of it. */
static int read_blob(const struct store *store, const struct digest *digest,
                     int (*fn)(struct image *, const struct buf *,
                               struct mb_error *),
                     struct image *image, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    if (blob_read(store, digest, MANIFEST_MAX_SIZE, &text, err) < 0)
        return -1;
    return fn(image, &text, err);
}

int image_load(const struct store *store, const struct digest *manifest,
               struct image *out, struct mb_error *err)
{
    struct image image = {0};
    struct digest id;

    int result = read_blob(store, manifest, image_read_manifest, &image, err);
    id = image.id; /* the function below is given the image to fill */
    if (result == 0 &&
        read_blob(store, &id, image_read_config, &image, err) < 0)
        result = mb_wrap(err, "image config");
    if (result < 0) {
        image_done(&image);
        return mb_wrap(err, "image " DIGEST_SHORT, manifest->hex);
    }
    *out = image;
    return 0;
}
