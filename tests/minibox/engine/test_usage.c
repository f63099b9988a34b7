/* SPDX-License-Identifier: MIT */
/* test_usage.c - how much space all of it takes */
#include "engine/usage.h"

#include "engine/cache.h"
#include "store_fixture.h"

static struct usage usage;

static void usage_teardown(void)
{
    usage_done(&usage);
    store_teardown();
}

static void measure(void)
{
    usage_done(&usage);
    ck_assert_ok(usage_measure(&store, &usage, &err));
}

static const char *const ab[] = {"a", "bb", NULL};
static const char *const ac[] = {"a", "cccc", NULL};

/* Bytes of an image's two documents. */
static uint64_t documents(const struct image *image)
{
    return blob_size(&store, &image->manifest) + blob_size(&store, &image->id);
}

/* A container of the image that has written TEXT; running as PID if not 0. */
static void make_container(const struct image *image, const char *name,
                           const char *text, int pid)
{
    mb_autofree char *id = mb_printf("sha256:%s", image->id.hex);
    struct container c;
    json_t *layers = json_array();

    for (size_t i = 0; i < image->n_layers; i++)
        json_array_append_new(layers,
                              json_string(image->layers[i].diff_id.hex));
    ck_assert_ok(state_create(store.root, name, &c, &err));
    ck_assert_ok(state_write(&c, "config.json",
                             json_pack("{s:s,s:s,s:o}", "name", name, "imageId",
                                       id, "layers", layers),
                             &err));
    mb_autofree char *dir = mb_printf("%s/upper/d", c.dir);
    mb_autofree char *path = mb_printf("%s/f", dir);
    ck_assert_ok(fs_mkdirs(AT_FDCWD, dir, &err));
    ck_assert_ok(fs_write(AT_FDCWD, path, text, strlen(text), &err));
    if (pid)
        ck_assert_ok(state_set_running(&c, pid, &err));
    ck_assert_uint_eq(usage_of_container(&c), strlen(text));
    container_done(&c);
}

START_TEST(test_empty)
{
    measure();
    ck_assert_uint_eq(usage.n_images + usage.n_containers + usage.n_records, 0);
    ck_assert_uint_eq(usage.images_size + usage.containers_size, 0);
}
END_TEST

/* Rule 1: twice a layer, once packed.  The fixture's "tar" is the text. */
START_TEST(test_one_image)
{
    struct image image = make_image("a", ab);

    measure();
    ck_assert_uint_eq(usage.n_images, 1);
    ck_assert_uint_eq(usage.n_used, 0);
    ck_assert_uint_eq(usage.images_size, 2 * 3 + documents(&image));
    ck_assert_uint_eq(usage.images_free, usage.images_size);
    ck_assert_uint_eq(usage.images[0].size, usage.images_size);
    ck_assert_uint_eq(usage.images[0].shared, 0);
    ck_assert_str_eq(usage.images[0].name, "a:latest");
    image_done(&image);
}
END_TEST

/* Several names are one image; without any it is one, too. */
START_TEST(test_names)
{
    struct image image = make_image("a", ab), other = make_image("b", ab);

    measure();
    ck_assert_uint_eq(usage.n_images, 1);
    ck_assert_uint_eq(usage.images[0].shared, 0);
    image_done(&image);
    image_done(&other);
    other = make_image(NULL, ac);
    measure();
    ck_assert_uint_eq(usage.n_images, 2);
    ck_assert_ptr_null(usage.images[1].name);
    image_done(&other);
}
END_TEST

START_TEST(test_shared_layer)
{
    struct image b = make_image("b", ab), c = make_image("c", ac);

    measure();
    ck_assert_uint_eq(usage.images_size,
                      2 * (1 + 2 + 4) + documents(&b) + documents(&c));
    ck_assert_uint_eq(usage.images[0].size, 2 * 3 + documents(&b));
    ck_assert_uint_eq(usage.images[0].shared, 2);
    ck_assert_uint_eq(usage.images[1].size, 2 * 5 + documents(&c));
    ck_assert_uint_eq(usage.images[1].shared, 2);
    image_done(&b);
    image_done(&c);
}
END_TEST

/* The same layer twice in one image is there once, and not shared. */
START_TEST(test_layer_twice)
{
    static const char *const aa[] = {"a", "a", NULL};
    struct image image = make_image("a", aa);

    measure();
    ck_assert_uint_eq(usage.images_size, 2 + documents(&image));
    ck_assert_uint_eq(usage.images[0].size, usage.images_size);
    ck_assert_uint_eq(usage.images[0].shared, 0);
    image_done(&image);
}
END_TEST

/* Rule 2: of an image that is not in use, what another needs is not free. */
START_TEST(test_free)
{
    struct image b = make_image("b", ab), c = make_image("c", ac);

    make_container(&b, "one", "12345", 0);
    make_container(&b, "two", "123", getpid());
    measure();
    ck_assert_uint_eq(usage.n_used, 1);
    ck_assert_uint_eq(usage.images[0].containers, 2);
    ck_assert_uint_eq(usage.images[1].containers, 0);
    ck_assert_uint_eq(usage.images_free, 2 * 4 + documents(&c));
    ck_assert_uint_eq(usage.n_containers, 2);
    ck_assert_uint_eq(usage.n_running, 1);
    ck_assert_uint_eq(usage.containers_size, 8);
    ck_assert_uint_eq(usage.containers_free, 5);
    image_done(&b);
    image_done(&c);
}
END_TEST

/* A layer that a container stands on is not free, though its image is gone. */
START_TEST(test_container_without_image)
{
    struct image b = make_image("b", ab), c = make_image("c", ac);
    struct image_ref ref = make_ref("b");

    make_container(&b, "one", "", 0);
    ck_assert_ok(index_remove_name(&store, &ref, &err));
    measure();
    ck_assert_uint_eq(usage.n_images, 1);
    ck_assert_uint_eq(usage.images_free, 2 * 4 + documents(&c));
    ref_done(&ref);
    image_done(&b);
    image_done(&c);
}
END_TEST

/* Records for a layer that an image has, for one that none has (twice), and for
 * a step that made none. */
START_TEST(test_cache)
{
    struct image image = make_image("a", ab);
    struct digest alone = make_layer("only the cache has it");
    struct cache_record record = {.created = 1, .has_layer = true};
    const struct digest *layers[] = {&image.layers[1].diff_id, &alone, &alone};

    for (int i = 0; i < 3; i++) {
        const struct key key = {.text = BUF_INIT,
                                .digest = digest_of(&i, sizeof i)};
        record.diff_id = *layers[i];
        ck_assert_ok(cache_put(&store, &key, &record, &err));
    }
    const struct key key = {.text = BUF_INIT, .digest = digest_of("x", 1)};
    record.has_layer = false;
    ck_assert_ok(cache_put(&store, &key, &record, &err));
    measure();
    ck_assert_uint_eq(usage.n_records, 4);
    ck_assert_uint_eq(usage.n_records_used, 1);
    ck_assert_uint_eq(usage.cache_size, 2 * strlen("only the cache has it"));
    image_done(&image);
}
END_TEST

/* What can't be read is left out, with a warning, and the rest is measured. */
START_TEST(test_damaged_image)
{
    struct image b = make_image("b", ab), c = make_image("c", ac);

    blob_remove(&store, &b.id);
    measure();
    ck_assert_uint_eq(usage.n_images, 1);
    ck_assert_str_eq(usage.images[0].name, "c:latest");
    ck_assert_ok(fs_write(store.fd, "index.json", "{", 1, &err));
    usage_done(&usage);
    ck_assert_int_eq(usage_measure(&store, &usage, &err), -1);
    image_done(&b);
    image_done(&c);
}
END_TEST

START_TEST(test_layers)
{
    struct image b = make_image("b", ab);
    json_t *layers = json_pack("[s, s, s, i, n]", b.layers[0].diff_id.hex,
                               b.layers[1].diff_id.hex, "../../x", 7);

    ck_assert_uint_eq(usage_of_layers(&store, layers), 3);
    ck_assert_uint_eq(usage_of_layers(&store, NULL), 0);
    json_decref(layers);
    image_done(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("usage");
    TCase *tc = tcase_create("usage");

    tcase_add_checked_fixture(tc, store_setup, usage_teardown);
    tcase_add_test(tc, test_empty);
    tcase_add_test(tc, test_one_image);
    tcase_add_test(tc, test_names);
    tcase_add_test(tc, test_shared_layer);
    tcase_add_test(tc, test_layer_twice);
    tcase_add_test(tc, test_free);
    tcase_add_test(tc, test_container_without_image);
    tcase_add_test(tc, test_cache);
    tcase_add_test(tc, test_damaged_image);
    tcase_add_test(tc, test_layers);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
