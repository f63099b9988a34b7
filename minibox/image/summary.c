/* SPDX-License-Identifier: MIT */
/*
 * summary.c - what a list of images shows, at once
 *
 * Problem   `images` needs three facts of each image, which lie in a config of
 *           kilobytes, behind a manifest, both to be read, hashed and parsed.
 *           With a thousand images that is a noticeable wait.
 * Idea      The facts belong to a digest, so they never change.  Write them
 *           down the first time, all in one file:
 *
 *             summaries.json   { "MANIFEST": ["ID", created, size], ... }
 *
 * Rules     1. The file is a copy.  If it is lost or damaged, it is made anew;
 *              if it can't be written, nobody minds.
 *           2. An image whose documents are gone is not served from it.
 * Read      lessons/16-store.md
 */
#include "image/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"
#include "image/manifest.h"

enum { MAX_FILE = 64 << 20 };
static const char file_name[] = "summaries.json";

void summaries_open(struct summaries *s, const struct store *store)
{
    mb_autobuf struct buf text = BUF_INIT;

    *s = (struct summaries){.store = store};
    if (fs_read(store->fd, file_name, MAX_FILE, &text, NULL) == 0)
        s->known = json_loadb(text.s, text.len, 0, NULL);
    if (!json_is_object(s->known)) {
        json_decref(s->known);
        s->known = json_object();
    }
}

/* Out of the file.  False: not there, or not to be believed. */
static bool recall(const struct summaries *s, const struct digest *manifest,
                   struct summary *out)
{
    const json_t *row = json_object_get(s->known, manifest->hex);
    const char *id = json_string_value(json_array_get(row, 0));

    if (!id || !blob_exists(s->store, manifest))
        return false;
    mb_autofree char *text = mb_printf("sha256:%s", id);
    if (digest_parse(text, &out->id, NULL) < 0 ||
        !blob_exists(s->store, &out->id))
        return false;
    out->created = json_integer_value(json_array_get(row, 1));
    out->size = json_integer_value(json_array_get(row, 2));
    return true;
}

int summaries_get(struct summaries *s, const struct digest *manifest,
                  struct summary *out, struct mb_error *err)
{
    struct image image;

    if (recall(s, manifest, out))
        return 0;
    if (image_load(s->store, manifest, &image, err) < 0)
        return -1;
    *out = (struct summary){.id = image.id,
                            .created = image_time_parse(json_string_value(
                                json_object_get(image.config, "created"))),
                            .size = image_size(s->store, &image)};
    image_done(&image);
    json_object_set_new(s->known, manifest->hex,
                        json_pack("[s, I, I]", out->id.hex,
                                  (json_int_t)out->created,
                                  (json_int_t)out->size));
    s->changed = true;
    return 0;
}

/* Images that are gone need no summary. */
static void forget_gone(struct summaries *s)
{
    const char *hex;
    json_t *row;
    void *next;

    json_object_foreach_safe(s->known, next, hex, row)
    {
        mb_autofree char *text = mb_printf("sha256:%s", hex);
        struct digest manifest;
        if (digest_parse(text, &manifest, NULL) < 0 ||
            !blob_exists(s->store, &manifest))
            json_object_del(s->known, hex);
    }
}

void summaries_close(struct summaries *s)
{
    if (s->changed) {
        forget_gone(s);
        mb_autofree char *text = json_dumps(s->known, JSON_COMPACT);
        (void)fs_write(s->store->fd, file_name, text, strlen(text), NULL);
    }
    json_decref(s->known);
}
