/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - which image does the user mean?
 *
 * Problem   People type "busybox", "busybox:1.36" or the first digits of an
 *           ID that they have just seen in a table.
 * Idea      A name first: the index knows it.  If it is none and could be the
 *           beginning of an ID, look at each image's ID.
 * Rules     1. A prefix that fits two images names neither.
 * Read      docker-image-ls(1); lessons/15-reference.md
 */
#include "image/lookup.h"

#include <string.h>

#include "base/buf.h"
#include "image/index.h"
#include "image/ref.h"

/* Look for the one image whose ID starts with PREFIX.  1 found, 0 not, -1. */
static int find_by_id(const struct store *store, const json_t *index,
                      const char *prefix, struct image *out,
                      struct mb_error *err)
{
    struct index_entry entry;
    struct image image;
    int found = 0;

    for (size_t cursor = 0; index_next(index, &cursor, &entry);) {
        if (image_load(store, &entry.manifest, &image, NULL) < 0)
            continue;
        bool same = found && digest_equal(&image.id, &out->id);
        if (!starts_with(image.id.hex, prefix) || same) {
            image_done(&image);
        } else if (found) {
            image_done(&image);
            image_done(out);
            return mb_failx(err, "multiple IDs found with provided prefix: %s",
                            prefix);
        } else {
            *out = image;
            found = 1;
        }
    }
    return found;
}

/* Could NAME be an image ID?  Then where its hex digits begin, else NULL. */
static const char *id_digits(const char *name)
{
    const char *hex = starts_with(name, "sha256:") ? name + 7 : name;
    size_t len = strspn(hex, "0123456789abcdef");

    return len >= 1 && len <= 64 && hex[len] == '\0' ? hex : NULL;
}

static int no_such_image(const char *name, struct mb_error *err)
{
    mb_failx(err, "No such image: %s", name);
    return mb_hint(err, "minibox images lists those that are here");
}

int lookup_image(const struct store *store, const char *name, struct image *out,
                 struct mb_error *err)
{
    const char *digits = id_digits(name);
    struct image_ref ref = {0};
    struct digest manifest;
    int found = 0;

    if (ref_parse(name, &ref, err) < 0 && !digits)
        return mb_code(err, 1);
    ref_favor_digest(&ref);
    json_t *index = index_load(store, err);
    if (index && ref.canonical && index_find(index, &ref, &manifest))
        found = image_load(store, &manifest, out, err) < 0 ? -1 : 1;
    else if (index && digits)
        found = find_by_id(store, index, digits, out, err);
    if (found == 0 && index)
        no_such_image(ref.familiar ? ref.familiar : name, err);
    json_decref(index);
    ref_done(&ref);
    return found == 1 ? 0 : -1;
}
