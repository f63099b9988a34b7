/* SPDX-License-Identifier: MIT */
/* test_cache.c - results that are remembered, as long as they are there */
#include "engine/cache.h"

#include "store_fixture.h"

/* The key of a step that depends on one thing. */
static struct key key(const char *text)
{
    struct key key;

    key_begin(&key, "RUN");
    key_add_plain(&key, "command", NULL, text);
    key_finish(&key);
    return key;
}

START_TEST(test_metadata_step)
{
    struct cache_record record = {.created = 1234}, got;
    mb_autokey struct key k = key("a"), other = key("b");

    ck_assert(!cache_get(&store, &k.digest, &got));
    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert(cache_get(&store, &k.digest, &got));
    ck_assert_int_eq(got.created, 1234);
    ck_assert(!got.has_layer);
    ck_assert(!cache_get(&store, &other.digest, &got));
}
END_TEST

START_TEST(test_layer_step)
{
    struct digest layer = make_layer("layer");
    mb_autokey struct key k = key("a");
    struct cache_record got, record = {
                                 .created = -5,
                                 .has_layer = true,
                                 .diff_id = layer,
                                 .size = 1ULL << 40,
                             };

    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert(cache_get(&store, &k.digest, &got));
    ck_assert(got.has_layer);
    ck_assert(digest_equal(&got.diff_id, &layer));
    ck_assert_uint_eq(got.size, 1ULL << 40);
    ck_assert_int_eq(got.created, -5);
}
END_TEST

/* Rule 2: half of it gone, all of it unknown. */
START_TEST(test_layer_is_gone)
{
    struct digest layer = make_layer("layer");
    mb_autokey struct key k = key("a");
    struct cache_record got,
        record = {.has_layer = true, .diff_id = layer, .size = 5};

    ck_assert_ok(cache_put(&store, &k, &record, &err));
    if (_i)
        blob_remove(&store, &layer);
    else
        ck_assert_ok(store_remove_layer(&store, &layer, &err));
    ck_assert(!cache_get(&store, &k.digest, &got));
}
END_TEST

static const char *const damaged[] = {
    "",
    "{",
    "[]",
    "7",
    "{\"created\":\"x\"}",
    "{\"created\":1,\"layer\":\"../../x\"}",
    "{\"layer\":\"sha256:x\"}\n",
    "{\"created\":1", /* half a line */
    "{\"created\":1,\n}",
};

/* A digest and a result do not pass for each other. */
START_TEST(test_digest)
{
    mb_autokey struct key k = key("k"), other = key("o");
    struct digest value = digest_of("v", 1), got;
    struct cache_record record = {.created = 7};

    ck_assert(!cache_get_digest(&store, &k.digest, &got));
    ck_assert_ok(cache_put_digest(&store, &k, &value, &err));
    ck_assert(cache_get_digest(&store, &k.digest, &got));
    ck_assert(digest_equal(&got, &value));
    ck_assert(!cache_get(&store, &k.digest, &record));
    ck_assert_ok(cache_put(&store, &other, &record, &err));
    ck_assert(!cache_get_digest(&store, &other.digest, &got));
}
END_TEST

START_TEST(test_damaged)
{
    mb_autokey struct key k = key("a");
    struct cache_record got;
    mb_autofree char *path = mb_printf("cache/%s", k.digest.hex);

    ck_assert_ok(
        fs_write(store.fd, path, damaged[_i], strlen(damaged[_i]), &err));
    ck_assert(!cache_get(&store, &k.digest, &got));
}
END_TEST

/* What the key was made from is there to be read again, and a long text does
 * not keep the record from being found. */
START_TEST(test_key_text)
{
    struct cache_record record = {.created = 7}, got;
    mb_autokey struct key k = KEY_INIT;
    mb_autobuf struct buf text = BUF_INIT;

    key_begin(&k, "COPY");
    for (int i = 0; i < 1000; i++) {
        mb_autofree char *name = mb_printf("src/%d", i);
        key_add(&k, "file", name, "content");
    }
    key_finish(&k);
    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert(cache_get(&store, &k.digest, &got));
    ck_assert(cache_read_key(&store, k.digest.hex, &text));
    ck_assert_str_eq(text.s, k.text.s);
    struct digest again = digest_of(text.s, text.len);
    ck_assert(digest_equal(&again, &k.digest));
    ck_assert(!cache_read_key(&store, "none", &text));
}
END_TEST

/* The layer is gone, but the record still says what there was. */
START_TEST(test_read_without_layer)
{
    struct cache_record got, record = {.has_layer = true, .size = 5};
    mb_autokey struct key k = key("a");

    record.diff_id = make_layer("layer");
    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert_ok(store_remove_layer(&store, &record.diff_id, &err));
    ck_assert(!cache_get(&store, &k.digest, &got));
    ck_assert(cache_read(&store, k.digest.hex, &got));
    ck_assert(digest_equal(&got.diff_id, &record.diff_id));
}
END_TEST

START_TEST(test_replaced)
{
    struct cache_record record = {.created = 1}, got;
    mb_autokey struct key k = key("a");

    ck_assert_ok(cache_put(&store, &k, &record, &err));
    record.created = 2;
    ck_assert_ok(cache_put(&store, &k, &record, &err));
    ck_assert(cache_get(&store, &k.digest, &got));
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
    tcase_add_test(tc, test_key_text);
    tcase_add_test(tc, test_read_without_layer);
    tcase_add_test(tc, test_replaced);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
