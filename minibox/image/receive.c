/* SPDX-License-Identifier: MIT */
/*
 * receive.c - an image comes in from elsewhere
 *
 * Problem   An archive and a registry hold the same tree of digests, and both
 *           may lie at any point of it.
 * Idea      Walk the tree from its top.  Each document says which digest the
 *           next one has, so that every byte is checked by one that was
 *           checked before:
 *
 *             index -> manifest -> config    documents, asked for one by one
 *                          `-----> layers    the origin brings those we lack
 *
 * Rules     1. Nobody can name the image before all of it is there: the
 *              caller publishes it last.
 *           2. The documents stay as they are, to the byte: their digests are
 *              the names that others know.
 *           3. An index may name an index, which may name ...: four levels.
 * Read      OCI image spec, image-index.md, manifest.md;
 *           lessons/17-archive.md
 */
#include "image/receive.h"

#include "image/blob.h"

enum { MAX_DEPTH = 4 };

bool receive_needs(const struct store *store, const struct image *image,
                   size_t n)
{
    const struct image_layer *layer = &image->layers[n];

    return !store_has_layer(store, &layer->diff_id) ||
           !blob_exists(store, &layer->blob);
}

int receive_check_size(const json_t *descriptor, const struct buf *text,
                       struct mb_error *err)
{
    json_int_t size = json_integer_value(json_object_get(descriptor, "size"));

    if (size >= 0 && (size_t)size == text->len)
        return 0;
    return mb_failx(err, "a document of %zu bytes is said to have %lld",
                    text->len, (long long)size);
}

/* Ask for the document behind a descriptor, and check that it is the one. */
static int get_document(struct origin *origin, enum document kind,
                        const json_t *descriptor, struct buf *out,
                        struct mb_error *err)
{
    struct digest digest;

    if (manifest_digest(descriptor, &digest, err) < 0)
        return -1;
    buf_clear(out);
    if (origin->document(origin, kind, &digest, out, err) < 0)
        return -1;
    struct digest real = digest_of(out->s, out->len);
    if (!digest_equal(&real, &digest))
        return mb_failx(
            err, "document " DIGEST_FMT " has another digest, " DIGEST_FMT,
            digest.hex, real.hex);
    return receive_check_size(descriptor, out, err);
}

/* If *text is an index, its manifest for this machine takes its place: 1.  0 if
 * it is none. */
static int enter_index(struct origin *origin, struct buf *text,
                       struct mb_error *err)
{
    json_t *document = manifest_parse(text, "manifest", err);
    int result = -1;

    if (document && !manifest_is_index(document))
        result = 0;
    else if (document && json_object_get(document, "layers"))
        mb_failx(err, "it is a manifest and an index in one");
    else if (document) {
        const json_t *row = manifest_choose(document, err);
        if (row && get_document(origin, DOCUMENT_MANIFEST, row, text, err) == 0)
            result = 1;
    }
    json_decref(document);
    return result;
}

/* From TOP down to the text of a manifest. */
static int find_manifest(struct origin *origin, const struct buf *top,
                         struct buf *out, struct mb_error *err)
{
    int result = 1;

    buf_add(out, top->s, top->len);
    for (int depth = 0; result == 1; depth++) {
        if (depth > MAX_DEPTH)
            return mb_failx(err, "an index in an index, %d times over",
                            MAX_DEPTH);
        result = enter_index(origin, out, err);
    }
    return result;
}

/* Which layers does the store have?  Those are not asked for, and so nobody
 * else will compare their sizes. */
static int check_known(const struct store *store, const struct image *image,
                       bool *out_all, struct mb_error *err)
{
    *out_all = true;
    for (size_t i = 0; i < image->n_layers; i++) {
        const struct image_layer *layer = &image->layers[i];
        if (receive_needs(store, image, i))
            *out_all = false;
        else if (blob_size(store, &layer->blob) != layer->blob_size)
            return mb_failx(err, "layer " DIGEST_SHORT " has another size",
                            layer->blob.hex);
    }
    return 0;
}

/* Fill *image from both documents. */
static int read_documents(struct origin *origin, const struct buf *manifest,
                          struct buf *config, struct image *image,
                          struct mb_error *err)
{
    if (image_read_manifest(image, manifest, err) < 0)
        return -1;
    json_t *document = manifest_parse(manifest, "manifest", err);
    int result = get_document(origin, DOCUMENT_CONFIG,
                              json_object_get(document, "config"), config, err);
    json_decref(document);
    return result < 0 ? -1 : image_read_config(image, config, err);
}

int receive_image(const struct store *store, struct origin *origin,
                  const struct buf *top, struct image *out, bool *out_known,
                  struct mb_error *err)
{
    mb_autobuf struct buf manifest = BUF_INIT, config = BUF_INIT;
    struct image image = {0};
    struct digest ignored;
    bool all = false;

    int result = find_manifest(origin, top, &manifest, err);
    if (result == 0)
        result = read_documents(origin, &manifest, &config, &image, err);
    if (result == 0)
        result = check_known(store, &image, &all, err);
    if (result == 0) {
        *out_known = all && blob_exists(store, &image.manifest);
        result = origin->layers(origin, store, &image, err);
    }
    if (result == 0)
        result = blob_put(store, config.s, config.len, &ignored, err);
    if (result == 0)
        result = blob_put(store, manifest.s, manifest.len, &ignored, err);
    if (result == 0)
        *out = image;
    else
        image_done(&image);
    return result;
}
