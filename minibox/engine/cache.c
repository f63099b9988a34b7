/* SPDX-License-Identifier: MIT */
/*
 * cache.c - not doing a step again
 *
 * Problem   A build of ten minutes, and one letter has changed in the last
 *           line of the Dockerfile.
 * Idea      Give each step a key: the digest of everything that its result
 *           depends on.  Same key, same result, so look it up:
 *
 *             key = SHA-256( layers so far + instruction + its inputs )
 *             cache/KEY: {"layer": the one that came out, ...}
 *                        all that the key was made from  (engine/key)
 *
 *           The layers so far are named by their content.  A step that gives
 *           other files than last time makes all after it miss; one that is
 *           done again and gives the same lets them hit.  engine/step makes
 *           the keys.  What they were made from is only kept to be able to say
 *           why another key is another one (engine/misses).
 * Rules     1. Only what is in the key is noticed.  `RUN apt-get update` has
 *              the same text every day, so the cache gives yesterday's answer.
 *           2. A record is a hint, never a reference: its layer may have been
 *              removed.  Then the step counts as unknown.
 * Read      Docker's manual, "Build cache invalidation"; lessons/22-build.md
 */
#include "engine/cache.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"

enum {
    MAX_RECORD = 4096,   /* of the first line */
    MAX_FILE = 64 << 20, /* with what the key was made from: 500,000 files */
};

/* Read a record's fields. */
static bool decode(const json_t *document, struct cache_record *out)
{
    const char *layer = json_string_value(json_object_get(document, "layer"));
    const json_t *created = json_object_get(document, "created");

    if (!json_is_integer(created))
        return false;
    *out = (struct cache_record){
        .created = json_integer_value(created),
        .has_layer = layer != NULL,
        .size = json_integer_value(json_object_get(document, "size"))};
    return !layer || digest_parse(layer, &out->diff_id, NULL) == 0;
}

/* The first line of cache/NAME, which is all that most want to know; NULL if
 * there is none.  The caller json_decref()s. */
static json_t *read_line(const struct store *store, const char *name)
{
    mb_autofree char *path = mb_printf("cache/%s", name);
    mb_autoclose int fd = openat(store->fd, path, O_RDONLY | O_CLOEXEC);
    char line[MAX_RECORD];
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line);
    const char *end = n < 0 ? NULL : memchr(line, '\n', n);

    if (!end && n >= 0 && n < MAX_RECORD) /* a record alone is fine, too */
        end = line + n;
    return end ? json_loadb(line, end - line, 0, NULL) : NULL;
}

/* Write the record of KEY, and json_decref() it. */
static int save(const struct store *store, const struct key *key,
                json_t *document, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("cache/%s", key->digest.hex);
    mb_autofree char *line = json_dumps(document, JSON_COMPACT);
    mb_autobuf struct buf file = BUF_INIT;

    json_decref(document);
    buf_addf(&file, "%s\n", line);
    buf_add(&file, key->text.s, key->text.len);
    return fs_write(store->fd, path, file.s, file.len, err);
}

bool cache_read(const struct store *store, const char *name,
                struct cache_record *out)
{
    json_t *document = read_line(store, name);
    bool found = decode(document, out);

    json_decref(document);
    return found;
}

bool cache_read_key(const struct store *store, const char *name,
                    struct buf *out)
{
    mb_autofree char *path = mb_printf("cache/%s", name);
    mb_autobuf struct buf file = BUF_INIT;

    if (fs_read(store->fd, path, MAX_FILE, &file, NULL) < 0)
        return false;
    const char *line_end = memchr(file.s, '\n', file.len);
    if (line_end)
        buf_add(out, line_end + 1, file.s + file.len - line_end - 1);
    return line_end != NULL;
}

bool cache_get(const struct store *store, const struct digest *key,
               struct cache_record *out)
{
    /* STEP 4, 2 points: read the record; what can't be read is unknown, and so
     * is a layer of which the tree or the tar is gone (rule 2)
     * else: return false; */
    if (!cache_read(store, key->hex, out))
        return false;
    /* Rule 2.  The tree is to build on, the tar is for the manifest. */
    return !out->has_layer || (store_has_layer(store, &out->diff_id) &&
                               blob_exists(store, &out->diff_id));
    /* END STEP 4 */
}

int cache_put(const struct store *store, const struct key *key,
              const struct cache_record *record, struct mb_error *err)
{
    json_t *document =
        json_pack("{s:I}", "created", (json_int_t)record->created);

    if (record->has_layer) {
        mb_autofree char *layer = mb_printf(DIGEST_FMT, record->diff_id.hex);
        json_object_set_new(document, "layer", json_string(layer));
        json_object_set_new(document, "size", json_integer(record->size));
    }
    return save(store, key, document, err);
}

bool cache_get_digest(const struct store *store, const struct digest *key,
                      struct digest *out)
{
    json_t *document = read_line(store, key->hex);
    const char *text = json_string_value(json_object_get(document, "digest"));
    bool found = text && digest_parse(text, out, NULL) == 0;

    json_decref(document);
    return found;
}

int cache_put_digest(const struct store *store, const struct key *key,
                     const struct digest *value, struct mb_error *err)
{
    mb_autofree char *text = mb_printf(DIGEST_FMT, value->hex);

    return save(store, key, json_pack("{s:s}", "digest", text), err);
}
