/* SPDX-License-Identifier: MIT */
/*
 * fuzz_manifest.c - feed manifests, indexes and configs to image/manifest
 *
 * Input: two documents with a NUL between them.  Beyond "does not crash": what
 * is taken has as many layers as diff IDs, all of them real digests.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct image *image)
{
    if (json_array_size(image_diff_ids(image)) != image->n_layers ||
        image->n_layers > IMAGE_MAX_LAYERS)
        abort();
    for (size_t i = 0; i < image->n_layers; i++)
        if (strlen(image->layers[i].blob.hex) != 64 ||
            strlen(image->layers[i].diff_id.hex) != 64 ||
            image->layers[i].blob_size == 0)
            abort();
    if (!json_is_object(image_run_config(image)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = memchr(data, '\0', size);
    size_t first = nul ? (size_t)(nul - data) : size;
    mb_autobuf struct buf manifest = BUF_INIT, config = BUF_INIT;
    struct image image = {0};
    struct mb_error err = {0};

    buf_add(&manifest, data, first);
    if (nul)
        buf_add(&config, nul + 1, size - first - 1);
    if (image_read_manifest(&image, &manifest, &err) == 0 &&
        image_read_config(&image, &config, &err) == 0)
        check(&image);
    image_done(&image);
    json_t *index = manifest_parse(&manifest, "index", &err);
    struct digest digest;
    if (index && manifest_is_index(index)) {
        const json_t *row = manifest_choose(index, &err);
        if (row && manifest_digest(row, &digest, &err) == 0 &&
            strlen(digest.hex) != 64)
            abort();
    }
    json_decref(index);
    return 0;
}
