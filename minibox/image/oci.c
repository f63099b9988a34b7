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

const char *image_architecture(void)
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
                  image_architecture(), "os", "linux", "config", "rootfs",
                  "type", "layers", "diff_ids", "history");
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

const char *image_layer_type(enum compression compression)
{
    static const char *const types[] = {
        [COMPRESSION_NONE] = "application/vnd.oci.image.layer.v1.tar",
        [COMPRESSION_GZIP] = "application/vnd.oci.image.layer.v1.tar+gzip",
        [COMPRESSION_ZSTD] = "application/vnd.oci.image.layer.v1.tar+zstd",
    };

    return types[compression];
}

void image_append_layer(struct image *image, const struct image_layer *layer)
{
    image->layers = mb_realloc(image->layers,
                               (image->n_layers + 1) * sizeof *image->layers);
    image->layers[image->n_layers++] = *layer;
}

json_t *image_diff_ids(const struct image *image)
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
                                .media_type =
                                    image_layer_type(COMPRESSION_NONE)};
    mb_autofree char *text = mb_printf(DIGEST_FMT, diff_id->hex);

    if (image->n_layers == IMAGE_MAX_LAYERS) {
        mb_failx(err, "max depth exceeded: an image has %d layers at most",
                 IMAGE_MAX_LAYERS);
        return mb_hint(err, "join RUN instructions with && to get fewer");
    }
    image_append_layer(image, &layer);
    json_array_append_new(image_diff_ids(image), json_string(text));
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

/* ---- writing ------------------------------------------------------------ */

static json_t *describe(const char *type, const struct digest *digest,
                        uint64_t size)
{
    mb_autofree char *text = mb_printf(DIGEST_FMT, digest->hex);

    return json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", text,
                     "size", (json_int_t)size);
}

char *image_manifest(const struct store *store, const struct image *image)
{
    json_t *layers = json_array();

    for (size_t i = 0; i < image->n_layers; i++)
        json_array_append_new(layers, describe(image->layers[i].media_type,
                                               &image->layers[i].blob,
                                               image->layers[i].blob_size));
    json_t *manifest = json_pack(
        "{s:i, s:s, s:o, s:o}", "schemaVersion", 2, "mediaType", MANIFEST_TYPE,
        "config",
        describe(CONFIG_TYPE, &image->id, blob_size(store, &image->id)),
        "layers", layers);
    char *text = json_dumps(manifest, JSON_COMPACT);
    json_decref(manifest);
    return text;
}

int image_publish(const struct store *store, const struct image *image,
                  const struct image_ref *ref, bool known, struct mb_error *err)
{
    if (!known && store_sync(store, err) < 0)
        return -1;
    explain("16", "rename(\"index.json\")", "image " DIGEST_SHORT "%s%s",
            image->id.hex, ref ? " is now called " : "",
            ref ? ref->familiar : "");
    return index_set(store, &image->manifest,
                     blob_size(store, &image->manifest), ref, err);
}

int image_save_manifest(const struct store *store, struct image *image,
                        const struct image_ref *ref, struct mb_error *err)
{
    mb_autofree char *text = image_manifest(store, image);
    struct digest expected = digest_of(text, strlen(text));
    /* Known already: then all of it is on disk, and there is nothing to wait
     * for. */
    bool known = blob_exists(store, &expected);

    if (blob_put(store, text, strlen(text), &image->manifest, err) < 0)
        return -1;
    return image_publish(store, image, ref, known, err);
}

int image_save(const struct store *store, struct image *image,
               const struct image_ref *ref, struct mb_error *err)
{
    mb_autofree char *text = json_dumps(image->config, JSON_COMPACT);

    if (!text)
        return mb_failx(err, "the image's config can't be written as JSON");
    if (blob_put(store, text, strlen(text), &image->id, err) < 0)
        return -1;
    return image_save_manifest(store, image, ref, err);
}
