/* SPDX-License-Identifier: MIT */
/*
 * naming.c - the names that an archive brings along
 *
 * Problem   An archive says what its images are called.  An image of this
 *           store may be called the same, and an archive may hold a million
 *           names, each of which means rewriting index.json.
 * Idea      First look at all names, then publish.  A name is a label on one
 *           image: it moves to the image that came last, and the one that had
 *           it stays in the store without it.
 *
 *             before    spam:v1 --> 9f3c      after    spam:v1 --> 41d0
 *                                                      (none)  --> 9f3c
 *
 * Rules     1. What is refused is refused before anything has a name.
 *           2. An image has 100 names at most, an archive 1,000.
 *           3. The user is told when a name moves: he may want the old image.
 * Read      docker-image-load(1); lessons/17-archive.md
 */
#include "image/naming.h"

#include "image/index.h"
#include "image/manifest.h"
#include "image/ref.h"

enum { MAX_PER_IMAGE = 100, MAX_PER_ARCHIVE = 1000 };

/* Rule 1: a name with a tag, so that it can be moved. */
static int check_one(const char *name, struct mb_error *err)
{
    struct image_ref ref;

    if (ref_parse(name, &ref, err) < 0)
        return -1;
    bool pinned = ref.digest != NULL;
    ref_done(&ref);
    return pinned ? mb_failx(err, "invalid tag \"%.200s\"", name) : 0;
}

int naming_check(struct naming *naming, const struct strv *names,
                 struct mb_error *err)
{
    if (names->n > MAX_PER_IMAGE)
        return mb_failx(err, "%zu names for an image, the limit is %d",
                        names->n, MAX_PER_IMAGE);
    naming->seen += names->n ? names->n : 1; /* it takes a row all the same */
    if (naming->seen > MAX_PER_ARCHIVE)
        return mb_failx(err, "too many images and names, the limit is %d",
                        MAX_PER_ARCHIVE);
    for (size_t i = 0; i < names->n; i++)
        if (check_one(names->v[i], err) < 0)
            return -1;
    return 0;
}

/* Which image is called REF now?  False: none. */
static bool find_owner(const struct store *store, const struct image_ref *ref,
                       struct image *out)
{
    json_t *index = index_load(store, NULL);
    struct digest manifest;
    bool found = index && index_find(index, ref, &manifest);

    json_decref(index);
    return found && image_load(store, &manifest, out, NULL) == 0;
}

/* Rule 3, in docker's words. */
static void note_move(const struct naming *naming, const struct image *image,
                      const struct image_ref *ref)
{
    struct image owner;

    if (!find_owner(naming->store, ref, &owner))
        return;
    if (!digest_equal(&owner.id, &image->id))
        strv_addf(naming->lines,
                  "The image %s already exists, renaming the old one with "
                  "ID " DIGEST_FMT " to empty string",
                  ref->familiar, owner.id.hex);
    image_done(&owner);
}

/* Put one name on it. */
static int publish_as(struct naming *naming, const struct image *image,
                      const char *name, bool known, struct mb_error *err)
{
    struct image_ref ref;

    if (ref_parse(name, &ref, err) < 0)
        return -1;
    note_move(naming, image, &ref);
    int result = image_publish(naming->store, image, &ref, known, err);
    if (result == 0)
        strv_addf(naming->lines, "Loaded image: %s", ref.familiar);
    ref_done(&ref);
    return result;
}

int naming_publish(struct naming *naming, const struct image *image,
                   const struct strv *names, bool known, struct mb_error *err)
{
    if (names->n == 0) {
        strv_addf(naming->lines, "Loaded image ID: " DIGEST_FMT, image->id.hex);
        return image_publish(naming->store, image, NULL, known, err);
    }
    for (size_t i = 0; i < names->n; i++) {
        /* After the first time all of it is on disk. */
        if (publish_as(naming, image, names->v[i], known || i > 0, err) < 0)
            return -1;
    }
    return 0;
}
