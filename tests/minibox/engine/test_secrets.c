/* SPDX-License-Identifier: MIT */
/* test_secrets.c - where an image leaks: history, config, files of layers */
#include "engine/secrets.h"

#include <sys/stat.h>
#include <unistd.h>

#include "picture_fixture.h"

static struct secrets secrets;

static void secrets_teardown(void)
{
    secrets_done(&secrets);
    picture_teardown();
}

/* A key of the image's config, and of its "config" object. */
static void set_top(const char *key, const char *json)
{
    json_object_set_new(image.config, key, json_loads(json, 0, NULL));
}
static void set(const char *key, const char *json)
{
    json_object_set_new(image_run_config(&image), key,
                        json_loads(json, JSON_DECODE_ANY, NULL));
}

/* Each leak as "PLACE NAME KIND VALUE LINE MORE;", of a file "LAYER:NAME". */
static char *found(void)
{
    struct buf out = BUF_INIT;

    take();
    secrets_done(&secrets);
    ck_assert_ok(secrets_find(&store, &image, &picture, &secrets, &err));
    for (size_t i = 0; i < secrets.n; i++) {
        const struct secrets_leak *l = &secrets.leaks[i];
        buf_addf(&out, "%d ", l->place);
        if (l->place == SECRETS_FILE)
            buf_addf(&out, "%d:", picture.entries[l->entry].layer);
        else
            ck_assert(l->entry == PICTURE_NONE);
        buf_addf(&out, "%s|%s|%s|%zu|%zu;", l->name, l->kind, l->value, l->line,
                 l->more);
    }
    return buf_take(&out);
}

static void expect(const char *expected)
{
    mb_autofree char *is = found();

    ck_assert_str_eq(is, expected);
}

/* ---- documents ----------------------------------------------------------- */

START_TEST(test_history)
{
    set_top("history", "[{\"created_by\": \"ARG TOKEN=hunter2\"}, "
                       "{\"comment\": \"x --password hunter3\"}, {}, 7, "
                       "{\"created_by\": \"RUN |1 TOKEN=hunter2 sh\"}]");
    expect("0 ARG TOKEN=hunter2|token|hunter2|1|1;"
           "0 x --password hunter3|password|hunter3|2|0;");
}
END_TEST

START_TEST(test_config)
{
    set("Env", "[\"A=1\", \"DB_PASSWORD=hunter2\", \"TOKEN=\"]");
    set("Labels", "{\"token\": \"hunter2\", \"n\": 7}");
    set("Cmd", "[\"x\", \"--password\", \"hunter2\"]");
    set("Entrypoint", "[\"curl\", \"-u\", \"me:hunter2\"]");
    set("Healthcheck", "{\"Test\": [\"CMD\", \"x\", \"--token=hunter2\"]}");
    expect("1 DB_PASSWORD|password|hunter2|0|0;2 token|token|hunter2|0|0;"
           "3 Cmd|password|hunter2|0|0;"
           "3 Entrypoint|password of curl -u|hunter2|0|0;"
           "3 Healthcheck|token|hunter2|0|0;");
}
END_TEST

/* A stranger's config may hold anything at these keys. */
START_TEST(test_odd_config)
{
    static const char *const keys[] = {"Env", "Labels", "Cmd", "Healthcheck"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        set(keys[i], "\"DB_PASSWORD=hunter2\"");
    set_top("history", "{\"created_by\": \"ARG TOKEN=hunter2\"}");
    mb_autofree char *is = found(); /* whatever: it lives */
    ck_assert_ptr_nonnull(is);
}
END_TEST

/* ---- files --------------------------------------------------------------- */

START_TEST(test_files)
{
    lay("a:x app/ app/.env:A=1\nDB_PASSWORD=hunter2\nX_TOKEN=hunter3");
    lay("b:x app/ -app/.env c.env:A_TOKEN=hunter2\nB_TOKEN=hunter2");
    expect("4 0:/app/.env|password in .env|hunter2|2|0;"
           "4 0:/app/.env|password in .env|hunter3|3|0;"
           "4 1:/c.env|password in .env|hunter2|1|1;");
    ck_assert_int_eq(picture.entries[secrets.leaks[0].entry].wasted_by, 1);
    ck_assert_int_eq(picture.entries[secrets.leaks[2].entry].wasted_by, -1);
}
END_TEST

/* A file with two names is searched once; a link is not followed. */
START_TEST(test_links)
{
    lay("a.env:TOKEN=hunter2 b.env@a.env c.env>a.env d.env>/etc/shadow");
    expect("4 0:/a.env|password in .env|hunter2|1|0;");
}
END_TEST

/* Of one file not more than some are told. */
START_TEST(test_many)
{
    mb_autobuf struct buf words = BUF_INIT;

    buf_adds(&words, "a.env:");
    for (int i = 0; i < 100; i++)
        buf_addf(&words, "TOKEN=hunter%d\n", i);
    lay(words.s);
    mb_autofree char *is = found();
    ck_assert_uint_lt(secrets.n, 100);
    const struct secrets_leak *last = &secrets.leaks[secrets.n - 1];
    ck_assert_uint_eq(last->more, 0);
    ck_assert_uint_eq(last->others, 100 - secrets.n);
    size_t places;
    ck_assert_uint_eq(secrets_count(&secrets, &places), 100);
    ck_assert_uint_eq(places, 100);
}
END_TEST

/* One secret in several places is one. */
START_TEST(test_count)
{
    size_t places;

    set("Env", "[\"A_TOKEN=hunter2\", \"B_TOKEN=hunter2\"]");
    set("Labels", "{\"token\": \"hunter3\"}");
    lay("a.env:TOKEN=hunter2\nX_TOKEN=hunter22 b.env:TOKEN=hunter3");
    mb_autofree char *is = found();
    ck_assert_uint_eq(secrets_count(&secrets, &places), 3);
    ck_assert_uint_eq(places, 6);
    secrets_done(&secrets);
    ck_assert_uint_eq(secrets_count(&secrets, &places), 0);
    ck_assert_uint_eq(places, 0);
}
END_TEST

/* A file of just the size up to which one is searched has no rest. */
START_TEST(test_long_files)
{
    lay("a.env:TOKEN=hunter2");
    take();
    mb_autofree char *dir = store_layer_dir(&store, picture.layers[0].diff_id);
    mb_autofree char *path = mb_printf("%s/a.env", dir);
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(truncate(path, 64 << 20), 0);
    ck_assert_ok(secrets_find(&store, &image, &picture, &secrets, &err));
    ck_assert_uint_eq(secrets.unread, 0);
    secrets_done(&secrets);
    ck_assert_int_eq(truncate(path, (64 << 20) + 1), 0);
    ck_assert_ok(secrets_find(&store, &image, &picture, &secrets, &err));
    ck_assert_uint_eq(secrets.unread, 1);
}
END_TEST

START_TEST(test_missing_layer)
{

    lay("a.env:TOKEN=hunter2");
    take();
    mb_autofree char *dir = store_layer_dir(&store, picture.layers[0].diff_id);
    ck_assert_ok(fs_remove_tree(AT_FDCWD, dir, &err));
    ck_assert_int_eq(secrets_find(&store, &image, &picture, &secrets, &err),
                     -1);
    ck_assert_ptr_nonnull(strstr(err.msg, dir));
}
END_TEST

/* ---- hiding -------------------------------------------------------------- */

START_TEST(test_hide)
{
    lay("a.env:TOKEN=correct-horse");
    mb_autofree char *is = found();
    /* What was found somewhere is hidden everywhere, and what looks like one
     * is in any case. */
    mb_autofree char *hidden =
        secrets_hide(&secrets, "echo correct-horse --password hunter2 end");
    ck_assert_str_eq(hidden, "echo cor**** --password h**** end");
    mb_autofree char *plain = secrets_hide(&secrets, "correct horse");
    ck_assert_str_eq(plain, "correct horse");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secrets");
    TCase *tests = tcase_create("secrets");

    tcase_add_checked_fixture(tests, picture_setup, secrets_teardown);
    tcase_add_test(tests, test_history);
    tcase_add_test(tests, test_config);
    tcase_add_test(tests, test_odd_config);
    tcase_add_test(tests, test_files);
    tcase_add_test(tests, test_links);
    tcase_add_test(tests, test_many);
    tcase_add_test(tests, test_count);
    tcase_add_test(tests, test_long_files);
    tcase_add_test(tests, test_missing_layer);
    tcase_add_test(tests, test_hide);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
