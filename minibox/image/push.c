/* SPDX-License-Identifier: MIT */
/*
 * push.c - an image to a registry
 *
 * Problem   Most of an image is its base, which the registry has long had.
 * Idea      Ask before sending: a digest is enough to know.  Then send what is
 *           missing, from the leaves to the root, so that the registry never
 *           has a manifest whose blobs are not there:
 *
 *             HEAD blobs/sha256:...             is it there?
 *             POST blobs/uploads/               no: where may I send it?
 *             PATCH (that place)              the bytes, compressed on the way
 *             PUT (that place)?digest=sha256:...
 *             PUT manifests/v1                  last: the name
 *
 * Rules     1. A layer that was built here is plain, and travels as gzip.  Its
 *              compressed digest is known at the end only; it is written down
 *              beside the layer, so that the next push can ask first.
 *           2. An image that was pulled goes back to the byte, manifest and
 *              all: its digest stays the same.
 * Read      distribution, "HTTP API V2", "Pushing an image";
 *           lessons/18-registry.md
 */
#include "image/push.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/blob.h"
#include "image/gzip.h"
#include "image/index.h"
#include "image/manifest.h"
#include "image/registry.h"
#include "image/url.h"

/* A push. */
struct push {
    const struct store *store;
    const struct image_ref *ref;
    const struct pull_watch *watch;
    struct registry registry;
    struct image image; /* its layers, as the registry is to have them */
};

/* ---- one blob ----------------------------------------------------------- */

/* Does the registry have it?  1, 0, -1. */
static int is_there(struct push *p, const struct digest *digest,
                    struct mb_error *err)
{
    mb_autofree char *path = mb_printf("blobs/" DIGEST_FMT, digest->hex);
    const struct registry_request request = {.method = "HEAD", .path = path};
    struct http_answer answer;

    if (registry_ask(&p->registry, &request, &answer, err) < 0)
        return -1;
    int status = answer.status;
    int result = status == 200 ? 1 : 0;
    if (status != 200 && status != 404)
        result = registry_fail(&p->registry, &answer, err);
    http_answer_done(&answer);
    return result;
}

/* One step of an upload: the answer must have status WANTED.  Its Location is
 * where the next step goes; caller frees *out_next (NULL: there is none). */
static int upload_step(struct push *p, const struct registry_request *request,
                       int wanted, char **out_next, struct mb_error *err)
{
    struct http_answer answer;

    if (registry_ask(&p->registry, request, &answer, err) < 0)
        return -1;
    int result = 0;
    const char *location = http_header(&answer, "location");
    mb_autofree char *base =
        strstr(request->path, "://")
            ? mb_strdup(request->path)
            : mb_printf("%s/v2/%s/", p->registry.base, p->registry.path);
    if (answer.status != wanted)
        result = registry_fail(&p->registry, &answer, err);
    else if (out_next && !*location)
        result = mb_failx(err, "the registry names no place to upload to");
    else if (out_next)
        *out_next = url_resolve(base, location);
    http_answer_done(&answer);
    return result;
}

/* Bytes on their way out: counted, hashed, told of. */
struct outgoing {
    struct reader reader;
    struct reader *inner;
    struct hasher hasher;
    uint64_t size, total;
    struct transfer_line *line; /* NULL: nobody cares */
};

static ssize_t outgoing_read(struct reader *reader, void *data, size_t size,
                             struct mb_error *err)
{
    struct outgoing *o = (struct outgoing *)reader;
    ssize_t n = o->inner->read(o->inner, data, size, err);

    if (n <= 0)
        return n;
    hasher_add(&o->hasher, data, n);
    o->size += n;
    if (o->line &&
        transfer_tell(o->line, TRANSFER_BYTES, o->size, o->total, err) < 0)
        return -1;
    return n;
}

/* Send all of OUT; its digest goes to *out_digest. */
static int upload(struct push *p, struct outgoing *out,
                  struct digest *out_digest, struct mb_error *err)
{
    static const char type[] = "Content-Type: application/octet-stream";
    const struct registry_request post = {.method = "POST",
                                          .path = "blobs/uploads/"};
    mb_autofree char *place = NULL, *next = NULL;

    hasher_init(&out->hasher);
    out->size = 0;
    out->reader.read = outgoing_read;
    if (upload_step(p, &post, 202, &place, err) < 0)
        return -1;
    const struct registry_request patch = {
        .method = "PATCH", .path = place, .header = type, .body = &out->reader};
    if (upload_step(p, &patch, 202, &next, err) < 0)
        return -1;
    *out_digest = hasher_finish(&out->hasher);
    mb_autofree char *end =
        mb_printf("%s%cdigest=" DIGEST_FMT, next, strchr(next, '?') ? '&' : '?',
                  out_digest->hex);
    const struct registry_request put = {.method = "PUT", .path = end};
    return upload_step(p, &put, 201, NULL, err);
}

/* Upload blob FROM, as it is or compressed; try again when it is worth it. */
static int upload_blob(struct push *p, const struct digest *from, bool compress,
                       struct outgoing *out, struct digest *out_digest,
                       struct mb_error *err)
{
    for (int tries = 1;; tries++) {
        mb_autoclose int fd = blob_open(p->store, from, err);
        struct reader plain = reader_from_fd(fd);
        struct gzip *gzip = fd >= 0 && compress ? gzip_open(&plain, err) : NULL;
        if (fd < 0 || (compress && !gzip))
            return -1;
        out->inner = gzip ? gzip_reader(gzip) : &plain;
        int result = upload(p, out, out_digest, err);
        gzip_free(gzip);
        if (result == 0 || (err && err->code != REGISTRY_BUSY) ||
            tries == REGISTRY_TRIES)
            return result;
        registry_back_off(tries, 0);
    }
}

/* ---- layers ------------------------------------------------------------- */

static bool is_plain(const struct image_layer *layer)
{
    return layer->media_type == image_layer_type(COMPRESSION_NONE);
}

/* What is known of the layer's compressed form: rule 1.  False: nothing. */
static bool known_form(const struct push *p, const struct image_layer *layer,
                       struct digest *out, uint64_t *out_size)
{
    if (is_plain(layer))
        return store_packed_form(p->store, &layer->diff_id, out, out_size);
    *out = layer->blob;
    *out_size = layer->blob_size;
    return true;
}

/* In a child: send one layer, unless it is there. */
static int send_layer(void *argument, struct transfer_line *line,
                      struct mb_error *err)
{
    struct push *p = argument;
    const struct image_layer *layer = &p->image.layers[line->job];
    struct outgoing out = {.line = line, .total = layer->blob_size};
    struct digest digest;
    uint64_t size;

    if (registry_reopen(&p->registry, err) < 0)
        return -1;
    if (known_form(p, layer, &digest, &size)) {
        int there = is_there(p, &digest, err);
        if (there < 0)
            return -1;
        if (there)
            return transfer_tell_result(line, TRANSFER_EXISTS, &digest, size,
                                        err);
    }
    if (upload_blob(p, &layer->blob, is_plain(layer), &out, &digest, err) < 0)
        return mb_wrap(err, "layer " DIGEST_SHORT, layer->diff_id.hex);
    http_stop(&p->registry.http);
    if (is_plain(layer) && store_note_packed_form(p->store, &layer->diff_id,
                                                  &digest, out.size, err) < 0)
        return -1;
    return transfer_tell_result(line, TRANSFER_DONE, &digest, out.size, err);
}

static void tell_layer(const struct push *p, const struct transfer_news *news)
{
    char id[13];

    snprintf(id, sizeof id, DIGEST_SHORT,
             p->image.layers[news->job].diff_id.hex);
    p->watch->layer(p->watch->argument, id, news);
}

/* From now on the manifest knows the layer as the registry does. */
static void on_news(void *argument, const struct transfer_news *news)
{
    struct push *p = argument;
    struct image_layer *layer = &p->image.layers[news->job];

    tell_layer(p, news);
    if (news->state != TRANSFER_EXISTS && news->state != TRANSFER_DONE)
        return;
    if (is_plain(layer))
        layer->media_type = image_layer_type(COMPRESSION_GZIP);
    layer->blob = news->digest;
    layer->blob_size = news->total;
}

static int send_layers(struct push *p, struct mb_error *err)
{
    const struct transfer transfer = {.n = p->image.n_layers,
                                      .work = send_layer,
                                      .show = on_news,
                                      .argument = p};

    for (size_t i = 0; i < p->image.n_layers; i++)
        tell_layer(p, &(struct transfer_news){.job = i});
    return transfer_run(&transfer, err);
}

/* ---- documents ---------------------------------------------------------- */

static int send_config(struct push *p, struct mb_error *err)
{
    struct outgoing out = {0};
    struct digest sent;
    int there = is_there(p, &p->image.id, err);

    if (there != 0)
        return there < 0 ? -1 : 0;
    return upload_blob(p, &p->image.id, false, &out, &sent, err);
}

/* A reader of a string. */
struct text_reader {
    struct reader reader;
    const char *text;
};

static ssize_t text_read(struct reader *reader, void *data, size_t size,
                         struct mb_error *err)
{
    struct text_reader *t = (struct text_reader *)reader;
    size_t n = strlen(t->text);

    (void)err;
    n = n < size ? n : size;
    memcpy(data, t->text, n);
    t->text += n;
    return n;
}

/* The manifest that the image came with, if it can go as it came: rule 2.  Its
 * media type goes to *out_type. */
static char *original_manifest(const struct push *p, const char **out_type)
{
    mb_autobuf struct buf text = BUF_INIT;

    if (blob_read(p->store, &p->image.manifest, MANIFEST_MAX_SIZE, &text,
                  NULL) < 0)
        return NULL;
    json_t *document = manifest_parse(&text, "manifest", NULL);
    const char *type =
        json_string_value(json_object_get(document, "mediaType"));
    bool docker = type && strcmp(type, MANIFEST_DOCKER) == 0;
    json_decref(document);
    *out_type = docker ? MANIFEST_DOCKER : MANIFEST_OCI;
    return buf_take(&text);
}

static int send_manifest(struct push *p, bool unchanged,
                         struct push_result *out, struct mb_error *err)
{
    const char *type = MANIFEST_OCI;
    mb_autofree char *text = unchanged ? original_manifest(p, &type)
                                       : image_manifest(p->store, &p->image);
    mb_autofree char *path = mb_printf("manifests/%s", p->ref->tag);
    mb_autofree char *header = mb_printf("Content-Type: %s", type);

    if (!text)
        return mb_failx(err, "the manifest can't be read");
    out->size = strlen(text);
    out->digest = digest_of(text, out->size);
    for (int tries = 1;; tries++) {
        struct text_reader body = {{.read = text_read}, text};
        const struct registry_request put = {.method = "PUT",
                                             .path = path,
                                             .header = header,
                                             .body = &body.reader};
        int result = upload_step(p, &put, 201, NULL, err);
        if (result == 0 || (err && err->code != REGISTRY_BUSY) ||
            tries == REGISTRY_TRIES)
            return result;
        registry_back_off(tries, 0);
    }
}

/* ---- all of it ---------------------------------------------------------- */

static int push_opened(struct push *p, struct push_result *out,
                       struct mb_error *err)
{
    bool unchanged = true;

    for (size_t i = 0; i < p->image.n_layers; i++)
        unchanged &= !is_plain(&p->image.layers[i]);
    if (send_layers(p, err) < 0 || send_config(p, err) < 0 ||
        send_manifest(p, unchanged, out, err) < 0)
        return -1;
    return index_note_digest(p->store, p->ref, &out->digest, err);
}

/* The image of exactly this name. */
static int find_image(struct push *p, struct mb_error *err)
{
    json_t *index = index_load(p->store, err);
    struct digest manifest;
    int result = -1;

    if (index && index_find(index, p->ref, &manifest))
        result = image_load(p->store, &manifest, &p->image, err);
    else if (index) {
        mb_failx(err, "An image does not exist locally with the tag: %s",
                 p->ref->name);
        mb_hint(err, "minibox tag IMAGE %s gives one this name",
                p->ref->familiar);
    }
    json_decref(index);
    return result;
}

int push_image(const struct store *store, const struct image_ref *ref,
               const struct strv *insecure, const struct pull_watch *watch,
               struct push_result *out, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    struct push p = {.store = store, .ref = ref, .watch = watch};
    size_t domain = strcspn(ref->canonical, "/");
    const char *path = ref->canonical + domain + 1;

    if (hold < 0)
        return -1;
    if (!ref->tag || ref->digest)
        return mb_failx(err, "cannot push a digest reference");
    mb_autofree char *line =
        mb_printf("The push refers to repository [%.*s/%.*s]", (int)domain,
                  ref->canonical, (int)strcspn(path, ":"), path);
    watch->line(watch->argument, line);
    int result = find_image(&p, err);
    if (result == 0)
        result = registry_open(&p.registry, ref, "pull,push", insecure, err);
    if (result == 0) {
        result = push_opened(&p, out, err);
        registry_close(&p.registry);
    }
    image_done(&p.image);
    return result < 0 ? mb_code(err, 1) : 0;
}
