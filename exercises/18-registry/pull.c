/* SPDX-License-Identifier: MIT */
/* Exercise 18-registry: fill in the blanks (grep TODO).
 * The lesson: lessons/18-registry.md.  Try it: make grade EX=18 */
/*
 * pull.c - an image from a registry
 *
 * Problem   A registry has the pieces of an image, under their digests, and a
 *           list of them, under a tag that may mean something else tomorrow.
 * Idea      Ask for the list by the tag; for everything else by its digest
 *           (image/receive).  What we have already we do not ask for:
 *
 *             GET manifests/v1          the one question that has no digest
 *             GET manifests/sha256:...  if that was an index
 *             GET blobs/sha256:...      the config
 *             GET blobs/sha256:...      layers, three at a time
 *
 *           A layer is hashed, stored and unpacked while it arrives.
 * Rules     1. The name is written down last.  Killed before that, there is
 *              garbage in the store, but no half image.
 * Read      distribution, "HTTP API V2", "Pulling an image";
 *           lessons/18-registry.md
 */
#include "image/pull.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/download.h"
#include "image/index.h"
#include "image/pack.h"
#include "image/receive.h"
#include "image/registry.h"

static const char accept_types[] =
    "Accept: " MANIFEST_OCI_INDEX ", " MANIFEST_DOCKER_LIST ", " MANIFEST_OCI
    ", " MANIFEST_DOCKER;

/* A pull. */
struct pull {
    struct origin origin; /* first: image/receive is given this */
    const struct store *store;
    const struct image_ref *ref;
    const struct pull_watch *watch;
    struct registry registry;
    /* while layers come */
    const struct image *image;
    size_t *wanted; /* numbers of the layers to fetch */
    size_t n_wanted;
};

/* ---- documents ---------------------------------------------------------- */

/* No such thing, in Docker's words. */
static int not_found(const struct pull *p, struct mb_error *err)
{
    mb_autofree char *why = mb_strdup(err ? err->msg : "");

    return mb_failx(err, "manifest for %s not found: %s", p->ref->familiar,
                    *why ? why : "manifest unknown");
}

/* GET PATH, a small document, once. */
static int get_once(struct pull *p, const char *path, struct buf *out,
                    struct digest *out_digest, struct mb_error *err)
{
    const struct registry_request request = {
        .method = "GET", .path = path, .header = accept_types};
    struct http_answer answer;

    if (registry_ask(&p->registry, &request, &answer, err) < 0)
        return mb_code(err, 1); /* it has tried often enough */
    int result =
        answer.status == 200
            ? http_read_all(&p->registry.http, MANIFEST_MAX_SIZE, out, err)
            : registry_fail(&p->registry, &answer, err);
    if (answer.status == 200 && result < 0 && out->len < MANIFEST_MAX_SIZE / 2)
        mb_code(err, REGISTRY_BUSY); /* cut off, and not too long */
    if (answer.status == 404)
        not_found(p, err);
    const char *said = http_header(&answer, "docker-content-digest");
    if (result == 0 && out_digest && *said)
        result = digest_parse(said, out_digest, err);
    http_answer_done(&answer);
    return result;
}

/* GET PATH, and try again when the connection breaks.  *out_digest (NULL:
 * nobody asks): what the server says that it is. */
static int get_document(struct pull *p, const char *path, struct buf *out,
                        struct digest *out_digest, struct mb_error *err)
{
    for (int tries = 1;; tries++) {
        struct mb_error why = {0};
        buf_clear(out);
        if (get_once(p, path, out, out_digest, &why) == 0)
            return 0;
        if (why.code != REGISTRY_BUSY || tries == REGISTRY_TRIES) {
            if (err)
                *err = why;
            return -1;
        }
        registry_back_off(tries, 0);
    }
}

/* For image/receive, which checks the digest. */
static int get_by_digest(struct origin *origin, enum document kind,
                         const struct digest *digest, struct buf *out,
                         struct mb_error *err)
{
    mb_autofree char *path =
        mb_printf("%s/" DIGEST_FMT,
                  kind == DOCUMENT_CONFIG ? "blobs" : "manifests", digest->hex);

    return get_document((struct pull *)origin, path, out, NULL, err);
}

/* The document that the name stands for, and its digest. */
static int get_top(struct pull *p, struct buf *out, struct digest *out_digest,
                   struct mb_error *err)
{
    const char *word = p->ref->digest ? p->ref->digest : p->ref->tag;
    mb_autofree char *path = mb_printf("manifests/%s", word);
    struct digest said = {""};

    if (get_document(p, path, out, &said, err) < 0)
        return -1;
    *out_digest = digest_of(out->s, out->len);
    if (p->ref->digest && digest_parse(p->ref->digest, &said, err) < 0)
        return -1;
    if (*said.hex && !digest_equal(&said, out_digest))
        return mb_failx(err,
                        "manifest verification failed: it is to be " DIGEST_FMT
                        ", and is " DIGEST_FMT,
                        said.hex, out_digest->hex);
    return 0;
}

/* ---- layers ------------------------------------------------------------- */

/* Bytes have come. */
static int on_bytes(struct download *d, struct mb_error *err)
{
    return transfer_tell(d->argument, TRANSFER_BYTES, d->offset, d->size, err);
}

/* In a child: fetch one layer. */
static int fetch_layer(void *argument, struct transfer_line *line,
                       struct mb_error *err)
{
    struct pull *p = argument;
    const struct image_layer *layer = &p->image->layers[p->wanted[line->job]];
    const struct pack_expected expected = {.came = &layer->blob,
                                           .diff_id = &layer->diff_id};
    struct packed packed;

    if (registry_reopen(&p->registry, err) < 0)
        return -1;
    struct download d =
        download_blob(&p->registry, &layer->blob, layer->blob_size);
    d.progress = on_bytes;
    d.argument = line;
    int result =
        pack_intake(p->store, &d.reader, KEEP_AS_CAME, &expected, &packed, err);
    http_stop(&p->registry.http);
    if (result < 0)
        return mb_wrap(err, "layer " DIGEST_SHORT, layer->blob.hex);
    return transfer_tell_result(line, TRANSFER_DONE, &layer->blob,
                                layer->blob_size, err);
}

static void tell_layer(const struct pull *p, size_t i,
                       const struct transfer_news *news)
{
    char id[13];

    snprintf(id, sizeof id, DIGEST_SHORT, p->image->layers[i].blob.hex);
    p->watch->layer(p->watch->argument, id, news);
}

static void on_news(void *argument, const struct transfer_news *news)
{
    const struct pull *p = argument;

    tell_layer(p, p->wanted[news->job], news);
}

/* Is the same layer there twice?  Once is enough. */
static bool is_wanted_already(const struct pull *p, const struct digest *blob)
{
    for (size_t i = 0; i < p->n_wanted; i++)
        if (digest_equal(&p->image->layers[p->wanted[i]].blob, blob))
            return true;
    return false;
}

static int get_layers(struct origin *origin, const struct store *store,
                      const struct image *image, struct mb_error *err)
{
    struct pull *p = (struct pull *)origin;

    p->image = image;
    p->wanted = mb_alloc((image->n_layers + 1) * sizeof *p->wanted);
    // TODO step 4: put the numbers of the layers to fetch into p->wanted, each
    //   blob once. tell_layer() once of each layer in p->wanted, as
    //   TRANSFER_WAITING, and of each that need not come, as TRANSFER_EXISTS;
    //   news has no more to say than its state
    return mb_failx(err, "exercise 18 step 4: not written yet");
    const struct transfer transfer = {
        .n = p->n_wanted, .work = fetch_layer, .show = on_news, .argument = p};
    int result = transfer_run(&transfer, err);
    free(p->wanted);
    return result;
}

/* ---- all of it ---------------------------------------------------------- */

/* The image is here: let the name mean it. */
static int publish(struct pull *p, const struct image *image, bool known,
                   struct pull_result *out, struct mb_error *err)
{
    json_t *index = index_load(p->store, err);
    struct digest before;

    if (!index)
        return -1;
    out->newer = !index_find(index, p->ref, &before) ||
                 !digest_equal(&before, &image->manifest);
    json_decref(index);
    if (image_publish(p->store, image, p->ref, known, err) < 0)
        return -1;
    return index_note_digest(p->store, p->ref, &out->digest, err);
}

static int pull_opened(struct pull *p, struct pull_result *out,
                       struct mb_error *err)
{
    mb_autobuf struct buf top = BUF_INIT;
    struct image image;
    bool known;

    mb_autofree char *line =
        mb_printf("%s: Pulling from %s",
                  p->ref->tag ? p->ref->tag : p->ref->digest, p->registry.path);
    p->watch->line(p->watch->argument, line);
    if (get_top(p, &top, &out->digest, err) < 0 ||
        receive_image(p->store, &p->origin, &top, &image, &known, err) < 0)
        return -1;
    int result = publish(p, &image, known, out, err);
    image_done(&image);
    return result;
}

int pull_image(const struct store *store, const struct image_ref *ref,
               const struct strv *insecure, const struct pull_watch *watch,
               struct pull_result *out, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    struct pull p = {.origin = {get_by_digest, get_layers},
                     .store = store,
                     .ref = ref,
                     .watch = watch};

    if (hold < 0 || registry_open(&p.registry, ref, "pull", insecure, err) < 0)
        return mb_code(err, 1);
    int result = pull_opened(&p, out, err);
    registry_close(&p.registry);
    return result < 0 ? mb_code(err, 1) : 0;
}
