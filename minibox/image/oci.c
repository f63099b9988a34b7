/* SPDX-License-Identifier: MIT */
/*
 * oci.c - what an image is: two JSON documents and some tars
 *
 * Problem   A rootfs alone doesn't say what to run in it, how it was made, or
 *           whether it has arrived undamaged.
 * Idea      A tree of digests.  Whoever has the topmost can check the rest:
 *
 *             manifest -+-> config     what to run, history, diff IDs
 *                       +-> layer 0    a tar
 *                       `-> layer 1    a tar
 *
 *           Images with the same base name the same layer digests, and so
 *           share the files.
 * Rules     1. The manifest names layers as stored (maybe compressed), the
 *              config by their diff IDs; same number, same order.
 *           2. One line of history for each instruction; "empty_layer" marks
 *              those without a layer of their own.
 *           3. Documents from outside have bounds: 4 MiB, 125 layers.
 * Read      OCI image spec, manifest.md, config.md; lessons/16-store.md
 */
#include "image/oci.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/buf.h"
#include "base/explain.h"
#include "base/mem.h"
#include "image/blob.h"
#include "image/index.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar"
enum { MAX_DOCUMENT = 4 << 20 };

/* ---- times -------------------------------------------------------------- */

char *image_time_format(int64_t seconds)
{
    time_t t = seconds;
    struct tm tm;
    char text[64];

    if (!gmtime_r(&t, &tm) ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return mb_strdup("0001-01-01T00:00:00Z");
    return mb_strdup(text);
}

int64_t image_time_parse(const char *text)
{
    struct tm tm = {0};

    return text && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : -1;
}

/* ---- in memory ---------------------------------------------------------- */

/* The names that images use for processors are Go's. */
static const char *architecture(void)
{
    struct utsname u;

    if (uname(&u) == 0 && strcmp(u.machine, "aarch64") == 0)
        return "arm64";
    return "amd64";
}

void image_init(struct image *image)
{
    *image = (struct image){0};
    image->config =
        json_pack("{s:s, s:s, s:{}, s:{s:s, s:[]}, s:[]}", "architecture",
                  architecture(), "os", "linux", "config", "rootfs", "type",
                  "layers", "diff_ids", "history");
}

void image_done(struct image *image)
{
    json_decref(image->config);
    free(image->layers);
    *image = (struct image){0};
}

void image_copy(struct image *to, const struct image *from)
{
    *to = *from;
    to->config = json_deep_copy(from->config);
    to->layers = mb_alloc(from->n_layers * sizeof *to->layers);
    if (from->n_layers)
        memcpy(to->layers, from->layers, from->n_layers * sizeof *to->layers);
}

static void append_layer(struct image *image, const struct image_layer *layer)
{
    image->layers = mb_realloc(image->layers,
                               (image->n_layers + 1) * sizeof *image->layers);
    image->layers[image->n_layers++] = *layer;
}

static json_t *diff_ids(const struct image *image)
{
    return json_object_get(json_object_get(image->config, "rootfs"),
                           "diff_ids");
}

int image_add_layer(struct image *image, const struct digest *diff_id,
                    uint64_t size, struct mb_error *err)
{
    struct image_layer layer = {.diff_id = *diff_id,
                                .blob = *diff_id,
                                .blob_size = size,
                                .media_type = LAYER_TYPE};
    mb_autofree char *text = mb_printf(DIGEST_FMT, diff_id->hex);

    if (image->n_layers == IMAGE_MAX_LAYERS) {
        mb_failx(err, "max depth exceeded: an image has %d layers at most",
                 IMAGE_MAX_LAYERS);
        return mb_hint(err, "join RUN instructions with && to get fewer");
    }
    append_layer(image, &layer);
    json_array_append_new(diff_ids(image), json_string(text));
    return 0;
}

void image_add_history(struct image *image, int64_t created,
                       const char *created_by, bool empty_layer)
{
    mb_autofree char *when = image_time_format(created);
    json_t *history = json_object_get(image->config, "history");
    json_t *line =
        json_pack("{s:s, s:s%, s:s}", "created", when, "created_by", created_by,
                  strlen(created_by), "comment", "buildkit.dockerfile.v0");

    if (!line) /* JSON is UTF-8; what is not can't be told here */
        line = json_pack("{s:s, s:s}", "created", when, "created_by",
                         "(not UTF-8)");
    if (empty_layer)
        json_object_set_new(line, "empty_layer", json_true());
    json_array_append_new(history, line);
    json_object_set_new(image->config, "created", json_string(when));
}

json_t *image_run_config(const struct image *image)
{
    return json_object_get(image->config, "config");
}

uint64_t image_size(const struct store *store, const struct image *image)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < image->n_layers; i++)
        sum += store_layer_size(store, &image->layers[i].diff_id);
    return sum;
}

void image_layer_dirs(const struct store *store, const struct image *image,
                      struct strv *out)
{
    for (size_t i = image->n_layers; i-- > 0;) {
        mb_autofree char *dir =
            store_layer_dir(store, &image->layers[i].diff_id);
        /* Two RUNs that change nothing give the same layer twice, which
         * overlayfs refuses (ELOOP).  Its upper place is enough: there it
         * covers all that it would show further down. */
        if (!strv_has(out, dir))
            strv_add(out, dir);
    }
}

/* ---- reading ------------------------------------------------------------ */

/* Read a JSON document out of a blob.  NULL with *err. */
static json_t *read_document(const struct store *store,
                             const struct digest *digest, const char *what,
                             struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    json_error_t why;

    if (blob_read(store, digest, MAX_DOCUMENT, &text, err) < 0) {
        mb_wrap(err, "%s", what);
        return NULL;
    }
    json_t *document = json_loadb(text.s, text.len, 0, &why);
    if (!json_is_object(document)) {
        json_decref(document);
        mb_failx(err, "%s " DIGEST_FMT " is no JSON object: %s", what,
                 digest->hex, why.text);
        return NULL;
    }
    return document;
}

/* Read one layer's descriptor. */
static int read_layer(const json_t *descriptor, const json_t *diff_id,
                      struct image_layer *out, struct mb_error *err)
{
    const char *digest =
        json_string_value(json_object_get(descriptor, "digest"));
    const char *type =
        json_string_value(json_object_get(descriptor, "mediaType"));
    const char *diff = json_string_value(diff_id);

    *out = (struct image_layer){
        .blob_size = json_integer_value(json_object_get(descriptor, "size"))};
    snprintf(out->media_type, sizeof out->media_type, "%s", type ? type : "");
    if (digest_parse(digest ? digest : "", &out->blob, err) < 0)
        return -1;
    return digest_parse(diff ? diff : "", &out->diff_id, err);
}

/* Rule 1. */
static int read_layers(struct image *image, const json_t *manifest,
                       struct mb_error *err)
{
    const json_t *descriptors = json_object_get(manifest, "layers");
    size_t n = json_array_size(descriptors);

    if (n != json_array_size(diff_ids(image)))
        return mb_failx(err, "layers length mismatch: expected %zu, got %zu",
                        json_array_size(diff_ids(image)), n);
    if (n > IMAGE_MAX_LAYERS)
        return mb_failx(err, "max depth exceeded: %zu layers, the limit is %d",
                        n, IMAGE_MAX_LAYERS);
    for (size_t i = 0; i < n; i++) {
        struct image_layer layer;
        if (read_layer(json_array_get(descriptors, i),
                       json_array_get(diff_ids(image), i), &layer, err) < 0)
            return mb_wrap(err, "layer %zu", i);
        append_layer(image, &layer);
    }
    return 0;
}

/* What other modules rely on is there, and of the right type. */
static int check_config(const struct image *image, struct mb_error *err)
{
    static const char *const arrays[] = {"history"};

    if (!json_is_object(image_run_config(image)))
        json_object_set_new(image->config, "config", json_object());
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (!json_is_array(json_object_get(image->config, arrays[i])))
            json_object_set_new(image->config, arrays[i], json_array());
    if (!json_is_array(diff_ids(image)))
        return mb_failx(err,
                        "image config " DIGEST_FMT " has no "
                        "rootfs.diff_ids",
                        image->id.hex);
    return 0;
}

int image_load(const struct store *store, const struct digest *manifest,
               struct image *out, struct mb_error *err)
{
    struct image image = {.manifest = *manifest};
    json_t *document = read_document(store, manifest, "manifest", err);

    if (!document)
        return -1;
    const char *id = json_string_value(
        json_object_get(json_object_get(document, "config"), "digest"));
    int result = digest_parse(id ? id : "", &image.id, err);
    /* Two readers could take it for two things (CVE-2021-41190). */
    if (json_object_get(document, "manifests"))
        result = mb_failx(err, "it is a manifest and an index in one");
    if (result == 0) {
        image.config = read_document(store, &image.id, "image config", err);
        result = image.config ? check_config(&image, err) : -1;
    }
    if (result == 0)
        result = read_layers(&image, document, err);
    json_decref(document);
    if (result < 0) {
        image_done(&image);
        return mb_wrap(err, "image " DIGEST_SHORT, manifest->hex);
    }
    *out = image;
    return 0;
}

/* ---- writing ------------------------------------------------------------ */

static json_t *describe(const char *type, const struct digest *digest,
                        uint64_t size)
{
    mb_autofree char *text = mb_printf(DIGEST_FMT, digest->hex);

    return json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", text,
                     "size", (json_int_t)size);
}

/* Store a document.  Fills *out_digest and *out_size. */
static int put_document(const struct store *store, const json_t *document,
                        struct digest *out_digest, size_t *out_size,
                        struct mb_error *err)
{
    mb_autofree char *text = json_dumps(document, JSON_COMPACT);

    if (!text)
        return mb_failx(err, "the document can't be written as JSON");
    *out_size = strlen(text);
    return blob_put(store, text, *out_size, out_digest, err);
}

static json_t *make_manifest(const struct image *image, size_t config_size)
{
    json_t *layers = json_array();

    for (size_t i = 0; i < image->n_layers; i++)
        json_array_append_new(layers, describe(image->layers[i].media_type,
                                               &image->layers[i].blob,
                                               image->layers[i].blob_size));
    return json_pack("{s:i, s:s, s:o, s:o}", "schemaVersion", 2, "mediaType",
                     MANIFEST_TYPE, "config",
                     describe(CONFIG_TYPE, &image->id, config_size), "layers",
                     layers);
}

int image_save(const struct store *store, struct image *image,
               const struct image_ref *ref, struct mb_error *err)
{
    size_t config_size, manifest_size;

    if (put_document(store, image->config, &image->id, &config_size, err) < 0)
        return -1;
    json_t *manifest = make_manifest(image, config_size);
    /* Known already: then all of it is on disk, and there is nothing to wait
     * for. */
    mb_autofree char *text = json_dumps(manifest, JSON_COMPACT);
    struct digest expected = digest_of(text, strlen(text));
    bool known = blob_exists(store, &expected);
    int result =
        put_document(store, manifest, &image->manifest, &manifest_size, err);
    json_decref(manifest);
    if (result < 0 || (!known && store_sync(store, err) < 0))
        return -1;
    explain("16", "rename(\"index.json\")", "image " DIGEST_SHORT "%s%s",
            image->id.hex, ref ? " is now called " : "",
            ref ? ref->familiar : "");
    return index_set(store, &image->manifest, manifest_size, ref, err);
}
