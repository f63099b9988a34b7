/* SPDX-License-Identifier: MIT */
/*
 * index.c - names for manifests
 *
 * Problem   People say "busybox"; the store knows digests only.
 * Idea      One small JSON file in between, which any OCI tool can read too:
 *
 *             { "manifests": [ { "digest": "sha256:4e1f...",
 *                                "annotations": { name annotations } }, ... ] }
 *
 *           Two annotations carry the name: the full one, which we go by, and
 *           "org.opencontainers.image.ref.name", which skopeo and umoci go by
 *           when they are told oci:STORE:busybox:latest.
 * Rules     1. Whoever changes the file holds index.lock from reading to
 *              renaming; whoever only reads it needs no lock.
 *           2. People leave ":latest" out, and other tools know no such rule:
 *              these images get a second row, with the short name alone.  Our
 *              own readers pass over it (it has no full name).
 * Read      OCI image spec, image-layout.md; lessons/16-store.md
 */
#include "image/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"

#define FULL_NAME "io.containerd.image.name"
#define REPO_DIGEST "minibox.digest"
#define REF_NAME "org.opencontainers.image.ref.name"
enum { MAX_INDEX = 64 << 20 };

json_t *index_load(const struct store *store, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    json_error_t why;

    if (fs_read(store->fd, "index.json", MAX_INDEX, &text, err) < 0)
        return NULL;
    json_t *index = json_loadb(text.s, text.len, 0, &why);
    if (!index || !json_is_array(json_object_get(index, "manifests"))) {
        mb_failx(err, "%s/index.json is damaged: %s", store->root,
                 index ? "no manifests in it" : why.text);
        json_decref(index);
        return NULL;
    }
    return index;
}

static int index_save(const struct store *store, const json_t *index,
                      struct mb_error *err)
{
    mb_autofree char *text = json_dumps(index, JSON_COMPACT);

    if (!text)
        return mb_failx(err, "index.json can't be written as JSON");
    return fs_write(store->fd, "index.json", text, strlen(text), err);
}

/* An annotation of the row, or NULL. */
static const char *annotation(const json_t *row, const char *key)
{
    return json_string_value(
        json_object_get(json_object_get(row, "annotations"), key));
}

/* A second row, for other tools only (rule 2). */
static bool is_alias(const json_t *row)
{
    return annotation(row, REF_NAME) && !annotation(row, FULL_NAME);
}

bool index_next(const json_t *index, size_t *cursor, struct index_entry *out)
{
    const json_t *rows = json_object_get(index, "manifests");

    while (*cursor < json_array_size(rows)) {
        const json_t *row = json_array_get(rows, (*cursor)++);
        const char *digest = json_string_value(json_object_get(row, "digest"));
        if (is_alias(row) || !digest ||
            digest_parse(digest, &out->manifest, NULL) < 0)
            continue;
        out->name = annotation(row, FULL_NAME);
        out->digest = annotation(row, REPO_DIGEST);
        return true;
    }
    return false;
}

int index_find(const json_t *index, const struct image_ref *ref,
               struct digest *out)
{
    struct index_entry entry;

    for (size_t cursor = 0; index_next(index, &cursor, &entry);) {
        if (entry.name && strcmp(entry.name, ref->canonical) == 0) {
            *out = entry.manifest;
            return 1;
        }
    }
    return 0;
}

/* ---- changing it -------------------------------------------------------- */

static bool has_digest(const json_t *row, const struct digest *manifest)
{
    const char *text = json_string_value(json_object_get(row, "digest"));

    return text && starts_with(text, "sha256:") &&
           strcmp(text + 7, manifest->hex) == 0;
}

/* Does the row, or its alias, carry this name? */
static bool has_name(const json_t *row, const struct image_ref *ref)
{
    const char *full = annotation(row, FULL_NAME);
    const char *name = annotation(row, REF_NAME);

    if (full)
        return strcmp(full, ref->canonical) == 0;
    return name && ref->tag && strcmp(ref->tag, "latest") == 0 &&
           strcmp(name, ref->name) == 0;
}

/* Is there a row of our own for MANIFEST? */
static bool has_row(const json_t *rows, const struct digest *manifest)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row) if (has_digest(row, manifest) &&
                                         !is_alias(row)) return true;
    return false;
}

/* The unnamed row of a manifest. */
static json_t *make_row(const struct digest *manifest, size_t size)
{
    mb_autofree char *digest = mb_printf(DIGEST_FMT, manifest->hex);

    return json_pack("{s:s, s:s, s:I}", "mediaType",
                     "application/vnd.oci.image.manifest.v1+json", "digest",
                     digest, "size", (json_int_t)size);
}

static void add_row(json_t *rows, json_t *row, const char *full,
                    const char *name)
{
    json_t *names = json_object();

    if (full)
        json_object_set_new(names, FULL_NAME, json_string(full));
    json_object_set_new(names, REF_NAME, json_string(name));
    json_object_set_new(row, "annotations", names);
    json_array_append_new(rows, row);
}

/* Remove the rows called REF.  The digest and size of what they named go to
 * *out_old; false if there was none. */
static bool drop_name(json_t *rows, const struct image_ref *ref,
                      struct digest *out_old, size_t *out_size)
{
    bool found = false;

    for (size_t i = json_array_size(rows); i-- > 0;) {
        json_t *row = json_array_get(rows, i);
        const char *digest = json_string_value(json_object_get(row, "digest"));
        if (!has_name(row, ref))
            continue;
        if (digest && digest_parse(digest, out_old, NULL) == 0)
            found = true;
        *out_size = json_integer_value(json_object_get(row, "size"));
        json_array_remove(rows, i);
    }
    return found;
}

/* Remove MANIFEST's rows: all, or only the one without a name. */
static void drop_manifest(json_t *rows, const struct digest *manifest, bool all)
{
    for (size_t i = json_array_size(rows); i-- > 0;) {
        json_t *row = json_array_get(rows, i);
        if (has_digest(row, manifest) && (all || !annotation(row, REF_NAME)))
            json_array_remove(rows, i);
    }
}

/* Put the name on the manifest, in memory. */
static void set_name(json_t *rows, const struct digest *manifest, size_t size,
                     const struct image_ref *ref)
{
    /* STEP 1, 3 points: drop_name() where it is now, and drop_manifest() the
     * row of an image that had no name so far.  Then add_row() the new one, and
     * if the tag is "latest" its alias (rule 2).  An image that has lost its
     * last name stays, with a make_row() of its own
     * else: json_array_append_new(rows, json_string(NOT_WRITTEN)); */
    struct digest old;
    size_t old_size = 0;
    bool moved = drop_name(rows, ref, &old, &old_size);

    drop_manifest(rows, manifest, false);
    add_row(rows, make_row(manifest, size), ref->canonical, ref->familiar);
    if (ref->tag && strcmp(ref->tag, "latest") == 0)
        add_row(rows, make_row(manifest, size), NULL, ref->name);
    if (moved && !has_row(rows, &old))
        json_array_append_new(rows, make_row(&old, old_size));
    /* END STEP 1 */
}

int index_set(const struct store *store, const struct digest *manifest,
              size_t size, const struct image_ref *ref, struct mb_error *err)
{
    mb_autoclose int lock = fs_lock(store->fd, "index.lock", LOCK_EX, err);
    json_t *index = lock < 0 ? NULL : index_load(store, err);

    if (!index)
        return -1;
    json_t *rows = json_object_get(index, "manifests");
    if (ref)
        set_name(rows, manifest, size, ref);
    else if (!has_row(rows, manifest))
        json_array_append_new(rows, make_row(manifest, size));
    int result = index_save(store, index, err);
    json_decref(index);
    return result;
}

int index_note_digest(const struct store *store, const struct image_ref *ref,
                      const struct digest *digest, struct mb_error *err)
{
    mb_autofree char *text = mb_printf(DIGEST_FMT, digest->hex);
    mb_autoclose int lock = fs_lock(store->fd, "index.lock", LOCK_EX, err);
    json_t *index = lock < 0 ? NULL : index_load(store, err);
    size_t i;
    json_t *row;

    if (!index)
        return -1;
    json_array_foreach(json_object_get(index, "manifests"), i, row)
    {
        const char *name = annotation(row, FULL_NAME);
        if (name && strcmp(name, ref->canonical) == 0)
            json_object_set_new(json_object_get(row, "annotations"),
                                REPO_DIGEST, json_string(text));
    }
    int result = index_save(store, index, err);
    json_decref(index);
    return result;
}

int index_remove_name(const struct store *store, const struct image_ref *ref,
                      struct mb_error *err)
{
    mb_autoclose int lock = fs_lock(store->fd, "index.lock", LOCK_EX, err);
    json_t *index = lock < 0 ? NULL : index_load(store, err);
    struct digest old;
    size_t size;

    if (!index)
        return -1;
    (void)drop_name(json_object_get(index, "manifests"), ref, &old, &size);
    int result = index_save(store, index, err);
    json_decref(index);
    return result;
}

int index_remove_manifest(const struct store *store,
                          const struct digest *manifest, struct mb_error *err)
{
    mb_autoclose int lock = fs_lock(store->fd, "index.lock", LOCK_EX, err);
    json_t *index = lock < 0 ? NULL : index_load(store, err);

    if (!index)
        return -1;
    drop_manifest(json_object_get(index, "manifests"), manifest, true);
    int result = index_save(store, index, err);
    json_decref(index);
    return result;
}
