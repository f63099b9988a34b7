/* SPDX-License-Identifier: MIT */
/* test_oci.c - two documents and some tars: written, read, and lied about */
#include "image/manifest.h"
#include "store_fixture.h"

static const char *const two[] = {"lower", "upper", NULL};

START_TEST(test_round_trip)
{
    struct image made = make_image("a:v1", two), back;
    mb_autostrv struct strv dirs = {0};

    ck_assert_ok(image_load(&store, &made.manifest, &back, &err));
    ck_assert(digest_equal(&made.id, &back.id));
    ck_assert_uint_eq(back.n_layers, 2);
    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(back.layers[i].diff_id.hex, digest_of(two[i], 5).hex);
    ck_assert_int_eq(json_equal(made.config, back.config), 1);
    ck_assert_uint_eq(image_size(&store, &back), 10);
    image_layer_dirs(&store, &back, &dirs);
    ck_assert_uint_eq(dirs.n, 2);
    ck_assert(ends_with(dirs.v[0], digest_of("upper", 5).hex)); /* topmost */
    image_done(&made);
    image_done(&back);
}
END_TEST

/* The documents are what the specification says they are. */
START_TEST(test_documents)
{
    struct image image = make_image("a", two);
    mb_autobuf struct buf text = BUF_INIT;

    ck_assert_ok(blob_read(&store, &image.manifest, 1 << 20, &text, &err));
    json_t *m = json_loads(text.s, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(m, "schemaVersion")),
                     2);
    ck_assert_str_eq(json_string_value(json_object_get(m, "mediaType")),
                     "application/vnd.oci.image.manifest.v1+json");
    ck_assert_uint_eq(json_array_size(json_object_get(m, "layers")), 2);
    json_t *c = image.config;
    ck_assert_str_eq(json_string_value(json_object_get(c, "os")), "linux");
    ck_assert_ptr_nonnull(json_object_get(c, "architecture"));
    ck_assert_str_eq(json_string_value(
                         json_object_get(json_object_get(c, "rootfs"), "type")),
                     "layers");
    ck_assert_uint_eq(json_array_size(json_object_get(c, "history")), 2);
    json_decref(m);
    image_done(&image);
}
END_TEST

/* Same content, same digests, whenever it is made. */
START_TEST(test_deterministic)
{
    struct image a = make_image("a", two), b = make_image("b", two);

    ck_assert(digest_equal(&a.manifest, &b.manifest));
    ck_assert(digest_equal(&a.id, &b.id));
    image_done(&a);
    image_done(&b);
}
END_TEST

START_TEST(test_copy_is_deep)
{
    struct image a = make_image(NULL, two), b;
    struct digest third = make_layer("third");

    image_copy(&b, &a);
    ck_assert_ok(image_add_layer(&b, &third, 5, &err));
    image_add_history(&b, 1, "x", true);
    ck_assert_uint_eq(a.n_layers, 2);
    ck_assert_uint_eq(json_array_size(json_object_get(a.config, "history")), 2);
    image_done(&a);
    ck_assert_uint_eq(b.n_layers, 3);
    image_done(&b);
    struct image none, copy;
    image_init(&none);
    image_copy(&copy, &none);
    ck_assert_uint_eq(copy.n_layers, 0);
    image_done(&none);
    image_done(&copy);
}
END_TEST

START_TEST(test_history)
{
    struct image image;

    image_init(&image);
    image_add_history(&image, 1000, "ENV A=b", true);
    image_add_history(&image, 2000, "\xff not UTF-8", false);
    json_t *h = json_object_get(image.config, "history");
    ck_assert(
        json_is_true(json_object_get(json_array_get(h, 0), "empty_layer")));
    ck_assert_ptr_null(json_object_get(json_array_get(h, 1), "empty_layer"));
    ck_assert_str_eq(
        json_string_value(json_object_get(json_array_get(h, 0), "created")),
        "1970-01-01T00:16:40Z");
    ck_assert_str_eq(
        json_string_value(json_object_get(image.config, "created")),
        "1970-01-01T00:33:20Z");
    ck_assert_ptr_nonnull(json_object_get(json_array_get(h, 1), "created_by"));
    image_done(&image);
}
END_TEST

/* Rule 3: as many as Docker, and one more. */
START_TEST(test_max_layers)
{
    struct image image;
    struct digest d = digest_of("x", 1);

    image_init(&image);
    for (int i = 0; i < IMAGE_MAX_LAYERS; i++)
        ck_assert_ok(image_add_layer(&image, &d, 1, &err));
    ck_assert_int_eq(image_add_layer(&image, &d, 1, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "max depth exceeded"));
    ck_assert_uint_eq(image.n_layers, 125);
    image_done(&image);
}
END_TEST

/* ---- times -------------------------------------------------------------- */

static const struct {
    int64_t seconds;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00Z"},
    {1700000000, "2023-11-14T22:13:20Z"},
    {-1, "1969-12-31T23:59:59Z"},
    {4102444800, "2100-01-01T00:00:00Z"},
};

START_TEST(test_times)
{
    setenv("TZ", "Asia/Tokyo", 1);
    mb_autofree char *text = image_time_format(times[_i].seconds);
    ck_assert_str_eq(text, times[_i].text);
    ck_assert_int_eq(image_time_parse(text), times[_i].seconds);
}
END_TEST

START_TEST(test_odd_times)
{
    mb_autofree char *far = image_time_format(INT64_MAX);

    ck_assert_str_eq(far, "0001-01-01T00:00:00Z");
    ck_assert_int_eq(image_time_parse("2023-11-14T22:13:20.123456789Z"),
                     1700000000);
    ck_assert_int_eq(image_time_parse(""), -1);
    ck_assert_int_eq(image_time_parse(NULL), -1);
    ck_assert_int_eq(image_time_parse("yesterday"), -1);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("oci");
    TCase *tc = tcase_create("oci");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_round_trip);
    tcase_add_test(tc, test_documents);
    tcase_add_test(tc, test_deterministic);
    tcase_add_test(tc, test_copy_is_deep);
    tcase_add_test(tc, test_history);
    tcase_add_test(tc, test_max_layers);
    tcase_add_loop_test(tc, test_times, 0, N(times));
    tcase_add_test(tc, test_odd_times);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
