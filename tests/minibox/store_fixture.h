/* SPDX-License-Identifier: MIT */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

/* A store of the test's own, in its directory: TMP/store. */

#include "image/blob.h"
#include "image/index.h"
#include "image/oci.h"
#include "image/store.h"
#include "sandbox.h"

static struct store store;

static inline void store_setup(void)
{
    tmp_setup();
    mb_autofree char *root = mb_printf("%s/store", tmp_dir);
    ck_assert_int_eq(setenv("MINIBOX_ROOT", root, 1), 0);
    ck_assert_ok(store_open(&store, &err));
}

/* The same as root, in a user namespace if need be: for containers. */
static inline void root_store_setup(void)
{
    tmp_setup();
    if (can_be_root())
        be_root();
    mb_autofree char *root = mb_printf("%s/store", tmp_dir);
    ck_assert_int_eq(setenv("MINIBOX_ROOT", root, 1), 0);
    ck_assert_ok(store_open(&store, &err));
}

static inline void store_teardown(void)
{
    store_close(&store);
    tmp_teardown();
}

/* Store TEXT as a blob. */
static inline struct digest put_text(const char *text)
{
    struct digest digest;

    ck_assert_ok(blob_put(&store, text, strlen(text), &digest, &err));
    return digest;
}

/* A reference that must be right. */
static inline struct image_ref make_ref(const char *text)
{
    struct image_ref ref;

    ck_assert_ok(ref_parse(text, &ref, &err));
    return ref;
}

/* A layer that holds one file F with TEXT, blob and all (the blob is no real
 * tar: who reads it makes his own). */
static inline struct digest make_layer(const char *text)
{
    struct digest digest = put_text(text);
    mb_autofree char *dir = mb_printf("%s/new-layer", tmp_dir);
    mb_autofree char *file = mb_printf("%s/f", dir);

    ck_assert_ok(fs_mkdirs(AT_FDCWD, dir, &err));
    ck_assert_ok(fs_write(AT_FDCWD, file, text, strlen(text), &err));
    ck_assert_ok(store_adopt_layer(&store, &digest, dir, strlen(text), &err));
    return digest;
}

/* An image of the layers with these texts (NULL ends), called NAME. */
static inline struct image make_image(const char *name,
                                      const char *const *texts)
{
    struct image image;

    image_init(&image);
    for (; texts && *texts; texts++) {
        struct digest layer = make_layer(*texts);
        ck_assert_ok(image_add_layer(&image, &layer, strlen(*texts), &err));
        image_add_history(&image, 1000, *texts, false);
    }
    if (name) {
        struct image_ref ref = make_ref(name);
        ck_assert_ok(image_save(&store, &image, &ref, &err));
        ref_done(&ref);
    } else {
        ck_assert_ok(image_save(&store, &image, NULL, &err));
    }
    return image;
}

#endif
