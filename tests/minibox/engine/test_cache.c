/* SPDX-License-Identifier: MIT */
/* test_cache.c - results that are remembered, as long as they are there */
#include "engine/cache.h"

#include "store_fixture.h"

static struct digest key(const char *text)
{
    return digest_of(text, strlen(text));
}

START_TEST(test_metadata_step)
{
    struct cache_record record = {.created = 1234}, got;
    struct digest k = key("a"), other = key("b");

    ck_assert(!cache_get(&store, &k, &got));
    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert(cache_get(&store, &k, &got));
    ck_assert_int_eq(got.created, 1234);
    ck_assert(!got.has_layer);
    ck_assert(!cache_get(&store, &other, &got));
}
END_TEST

START_TEST(test_layer_step)
{
    struct digest layer = make_layer("layer"), k = key("a");
    struct cache_record got, record = {
                                 .created = -5,
                                 .has_layer = true,
                                 .diff_id = layer,
                                 .size = 1ULL << 40,
                             };

    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert(cache_get(&store, &k, &got));
    ck_assert(got.has_layer);
    ck_assert(digest_equal(&got.diff_id, &layer));
    ck_assert_uint_eq(got.size, 1ULL << 40);
    ck_assert_int_eq(got.created, -5);
}
END_TEST

/* Rule 2: half of it gone, all of it unknown. */
START_TEST(test_layer_is_gone)
{
    struct digest layer = make_layer("layer"), k = key("a");
    struct cache_record got,
        record = {.has_layer = true, .diff_id = layer, .size = 5};

    ck_assert_ok(cache_put(&store, &k, &record, &err));
    if (_i)
        blob_remove(&store, &layer);
    else
        ck_assert_ok(store_remove_layer(&store, &layer, &err));
    ck_assert(!cache_get(&store, &k, &got));
}
END_TEST

static const char *const damaged[] = {
    "",
    "{",
    "[]",
    "7",
    "{\"created\":\"x\"}",
    "{\"created\":1,\"layer\":\"../../x\"}",
    "{\"layer\":\"sha256:x\"}",
};

/* A digest and a result do not pass for each other. */
START_TEST(test_digest)
{
    struct digest key = digest_of("k", 1), value = digest_of("v", 1), got;
    struct digest other = digest_of("o", 1);
    struct cache_record record = {.created = 7};

    ck_assert(!cache_get_digest(&store, &key, &got));
    ck_assert_ok(cache_put_digest(&store, &key, &value, &err));
    ck_assert(cache_get_digest(&store, &key, &got));
    ck_assert(digest_equal(&got, &value));
    ck_assert(!cache_get(&store, &key, &record));
    ck_assert_ok(cache_put(&store, &other, &record, &err));
    ck_assert(!cache_get_digest(&store, &other, &got));
}
END_TEST

START_TEST(test_damaged)
{
    struct digest k = key("a");
    struct cache_record got;
    mb_autofree char *path = mb_printf("cache/%s", k.hex);

    ck_assert_ok(
        fs_write(store.fd, path, damaged[_i], strlen(damaged[_i]), &err));
    ck_assert(!cache_get(&store, &k, &got));
}
END_TEST

START_TEST(test_replaced)
{
    struct cache_record record = {.created = 1}, got;
    struct digest k = key("a");

    ck_assert_ok(cache_put(&store, &k, &record, &err));
    record.created = 2;
    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert(cache_get(&store, &k, &got));
    ck_assert_int_eq(got.created, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache");
    TCase *tc = tcase_create("cache");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_metadata_step);
    tcase_add_test(tc, test_layer_step);
    tcase_add_loop_test(tc, test_layer_is_gone, 0, 2);
    tcase_add_loop_test(tc, test_damaged, 0, sizeof damaged / sizeof *damaged);
    tcase_add_test(tc, test_digest);
    tcase_add_test(tc, test_replaced);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
