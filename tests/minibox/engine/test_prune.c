/* SPDX-License-Identifier: MIT */
/* test_prune.c - which images and containers prune takes, and what it says */
#include "engine/prune.h"

#include "image/lookup.h"
#include "runtime/state.h"
#include "store_fixture.h"

static const char *const ab[] = {"a", "b", NULL};
static const char *const ac[] = {"a", "c", NULL};
static struct prune prune;

static void prune_teardown(void)
{
    strv_done(&prune.deleted);
    store_teardown();
}

static int prune_with(bool all)
{
    strv_done(&prune.deleted);
    prune = (struct prune){.all = all};
    return prune_images(&store, &prune, &err);
}

static bool has_image(const char *name)
{
    struct image image;

    if (lookup_image(&store, name, &image, NULL) < 0)
        return false;
    image_done(&image);
    return true;
}

static bool has_layer(const char *text)
{
    struct digest d = digest_of(text, strlen(text));

    return store_has_layer(&store, &d) && blob_exists(&store, &d);
}

/* The image gets one more name. */
static void tag(const struct image *image, const char *name)
{
    struct image_ref ref = make_ref(name);

    ck_assert_ok(index_set(&store, &image->manifest,
                           blob_size(&store, &image->manifest), &ref, &err));
    ref_done(&ref);
}

/* A container that was started by typing NAME.  Its ID is lent. */
static const char *make_container(const struct image *image, const char *name)
{
    static char new_id[65];
    struct container c;
    mb_autofree char *id = mb_printf(DIGEST_FMT, image->id.hex);
    json_t *layers = json_array();

    for (size_t i = 0; i < image->n_layers; i++)
        json_array_append_new(layers,
                              json_string(image->layers[i].diff_id.hex));
    ck_assert_ok(state_create(store.root, NULL, &c, &err));
    ck_assert_ok(
        state_write(&c, "config.json",
                    json_pack("{s:s,s:s,s:s,s:o}", "name", c.name, "image",
                              name, "imageId", id, "layers", layers),
                    &err));
    memcpy(new_id, c.id, sizeof new_id);
    container_done(&c);
    return new_id;
}

START_TEST(test_dangling_only)
{
    struct image old = make_image("x", ab), new = make_image("x", ac);
    mb_autofree char *deleted = mb_printf("deleted: sha256:%s", old.id.hex);

    ck_assert_ok(prune_with(false));
    ck_assert_int_eq(prune.deleted.n, 2); /* the image, and layer b */
    ck_assert_str_eq(prune.deleted.v[0], deleted);
    ck_assert_uint_gt(prune.freed, 0);
    ck_assert(has_image("x"));
    ck_assert(has_layer("a") && has_layer("c") && !has_layer("b"));
    ck_assert_ok(prune_with(false));
    ck_assert_int_eq(prune.deleted.n, 0);
    ck_assert_uint_eq(prune.freed, 0);
    image_done(&old);
    image_done(&new);
}
END_TEST

/* Rules 1 and 2. */
START_TEST(test_all_keeps_what_is_used)
{
    struct image used = make_image("used", ab), other = make_image("other", ac);

    tag(&used, "second");
    make_container(&used, "used");
    ck_assert_ok(prune_with(true));
    ck_assert(has_image("used"));
    ck_assert(!has_image("second"));
    ck_assert(!has_image("other"));
    ck_assert(strv_has(&prune.deleted, "untagged: second:latest"));
    ck_assert(strv_has(&prune.deleted, "untagged: other:latest"));
    ck_assert(!strv_has(&prune.deleted, "untagged: used:latest"));
    ck_assert(has_layer("a") && has_layer("b") && !has_layer("c"));
    image_done(&used);
    image_done(&other);
}
END_TEST

/* Started by ID: no name of it is in use, but the image is. */
START_TEST(test_all_keeps_what_was_started_by_id)
{
    struct image used = make_image("used", ab);

    make_container(&used, used.id.hex);
    ck_assert_ok(prune_with(true));
    ck_assert(has_image("used"));
    tag(&used, "second");
    ck_assert_ok(prune_with(true));
    ck_assert_int_eq(prune.deleted.n, 1); /* one of the names */
    ck_assert(has_image(used.id.hex));
    image_done(&used);
}
END_TEST

START_TEST(test_dangling_in_use)
{
    struct image old = make_image("x", ab), new = make_image("x", ac);

    make_container(&old, "x");
    ck_assert_ok(prune_with(true));
    ck_assert(has_image(old.id.hex));
    image_done(&old);
    image_done(&new);
}
END_TEST

START_TEST(test_damaged_neighbour)
{
    struct image old = make_image("x", ab), new = make_image("x", ac);
    struct image bad = make_image("bad", NULL);

    blob_remove(&store, &bad.id);
    ck_assert_int_eq(prune_with(false), -1);
    ck_assert_str_eq(err.hint, "minibox rmi it first");
    ck_assert(has_layer("a") && has_layer("b") && has_layer("c"));
    image_done(&old);
    image_done(&new);
    image_done(&bad);
}
END_TEST

/* Rule 3: who knows which image it uses?  Not even a name goes. */
START_TEST(test_damaged_container)
{
    struct image image = make_image("x", ab);
    mb_autofree char *path = mb_printf("%s/containers/%s/config.json",
                                       store.root, make_container(&image, "x"));

    ck_assert_ok(fs_write(AT_FDCWD, path, "{", 1, &err));
    ck_assert_int_eq(prune_with(true), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "config.json is damaged"));
    ck_assert(has_image("x"));
    ck_assert(has_layer("a") && has_layer("b"));
    ck_assert_int_eq(prune.deleted.n, 0);
    image_done(&image);
}
END_TEST

START_TEST(test_containers)
{
    struct image image = make_image("x", ab);
    mb_autostrv struct strv deleted = {0};
    mb_autofree char *stopped = mb_strdup(make_container(&image, "x"));
    mb_autofree char *running = mb_strdup(make_container(&image, "x"));
    struct container c;
    uint64_t freed = 0;

    ck_assert_ok(state_find(store.root, running, &c, &err));
    ck_assert_ok(state_set_running(&c, getpid(), &err));
    container_done(&c);
    ck_assert_ok(prune_containers(&store, &deleted, &freed, &err));
    ck_assert_int_eq(deleted.n, 1);
    ck_assert_str_eq(deleted.v[0], stopped);
    ck_assert_int_lt(state_find(store.root, stopped, &c, &err), 0);
    ck_assert_ok(state_find(store.root, running, &c, &err));
    container_done(&c);
    image_done(&image);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prune");
    TCase *tc = tcase_create("prune");

    tcase_add_checked_fixture(tc, store_setup, prune_teardown);
    tcase_add_test(tc, test_dangling_only);
    tcase_add_test(tc, test_all_keeps_what_is_used);
    tcase_add_test(tc, test_all_keeps_what_was_started_by_id);
    tcase_add_test(tc, test_dangling_in_use);
    tcase_add_test(tc, test_damaged_neighbour);
    tcase_add_test(tc, test_damaged_container);
    tcase_add_test(tc, test_containers);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
