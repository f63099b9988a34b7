/* SPDX-License-Identifier: MIT */
/* test_index.c - names for manifests, also those that other tools read */
#include "store_fixture.h"

/* All rows as "digest name", short, in order: "11 a:latest;22 -". */
static char *rows(void)
{
    json_t *index = index_load(&store, &err);
    struct index_entry entry;
    struct buf out = BUF_INIT;

    ck_assert_msg(index != NULL, "%s", err.msg);
    for (size_t cursor = 0; index_next(index, &cursor, &entry);)
        buf_addf(&out, "%s%.2s %s", out.len ? ";" : "", entry.manifest.hex,
                 entry.name ? entry.name : "-");
    json_decref(index);
    return buf_take(&out);
}

static void expect_rows(const char *expected)
{
    mb_autofree char *is = rows();

    ck_assert_str_eq(is, expected);
}

/* A made-up digest of one repeated digit. */
static struct digest fake(char digit)
{
    struct digest d;

    memset(d.hex, digit, 64);
    d.hex[64] = '\0';
    return d;
}

/* Name the manifest of that digit. */
static void set(char digit, const char *name)
{
    struct digest d = fake(digit);
    struct image_ref ref;

    if (!name) {
        ck_assert_ok(index_set(&store, &d, 100, NULL, &err));
        return;
    }
    ref = make_ref(name);
    ck_assert_ok(index_set(&store, &d, 100, &ref, &err));
    ref_done(&ref);
}

static void drop(const char *name)
{
    struct image_ref ref = make_ref(name);

    ck_assert_ok(index_remove_name(&store, &ref, &err));
    ref_done(&ref);
}

#define LIB "docker.io/library/"

START_TEST(test_names)
{
    expect_rows("");
    set('1', "a");
    expect_rows("11 " LIB "a:latest");
    set('1', "a"); /* again */
    expect_rows("11 " LIB "a:latest");
    set('1', "b:v1");
    set('2', "c");
    expect_rows("11 " LIB "a:latest;11 " LIB "b:v1;22 " LIB "c:latest");
    drop("a");
    expect_rows("11 " LIB "b:v1;22 " LIB "c:latest");
    drop("nosuch");
    drop("b:v1");
    expect_rows("22 " LIB "c:latest");
}
END_TEST

/* A name that moves leaves its old image without one, not without a row. */
START_TEST(test_moved_name)
{
    set('1', "a");
    set('2', "a");
    expect_rows("22 " LIB "a:latest;11 -");
    set('1', "a");
    expect_rows("11 " LIB "a:latest;22 -");
    set('2', "b");
    expect_rows("11 " LIB "a:latest;22 " LIB "b:latest");
}
END_TEST

START_TEST(test_moved_name_of_many)
{
    set('1', "a");
    set('1', "b");
    set('2', "a");
    expect_rows("11 " LIB "b:latest;22 " LIB "a:latest");
}
END_TEST

START_TEST(test_dangling)
{
    set('1', NULL);
    set('1', NULL);
    expect_rows("11 -");
    set('1', "a");
    expect_rows("11 " LIB "a:latest");
    set('1', NULL); /* has a name: no second row */
    expect_rows("11 " LIB "a:latest");
}
END_TEST

START_TEST(test_remove_manifest)
{
    struct digest d = fake('1');

    set('1', "a");
    set('1', "b");
    set('2', "c");
    ck_assert_ok(index_remove_manifest(&store, &d, &err));
    expect_rows("22 " LIB "c:latest");
    ck_assert_ok(index_remove_manifest(&store, &d, &err));
}
END_TEST

START_TEST(test_find)
{
    struct image_ref a = make_ref("a"), v1 = make_ref("a:v1");
    struct digest found;

    set('1', "a");
    json_t *index = index_load(&store, &err);
    ck_assert_int_eq(index_find(index, &a, &found), 1);
    ck_assert_str_eq(found.hex, fake('1').hex);
    ck_assert_int_eq(index_find(index, &v1, &found), 0);
    json_decref(index);
    ref_done(&a);
    ref_done(&v1);
}
END_TEST

/* Rule 2: `skopeo inspect oci:STORE:a` needs a row called "a", and one called
 * "a:latest"; neither may stay behind. */
START_TEST(test_short_names_for_others)
{
    mb_autofree char *path = mb_printf("%s/index.json", store.root);

    set('1', "a");
    set('1', "b:v1");
    mb_autofree char *text = text_of(path);
    ck_assert_ptr_nonnull(strstr(text, "ref.name\":\"a\""));
    ck_assert_ptr_nonnull(strstr(text, "ref.name\":\"a:latest\""));
    ck_assert_ptr_nonnull(strstr(text, "ref.name\":\"b:v1\""));
    drop("a");
    drop("b:v1");
    mb_autofree char *after = text_of(path);
    ck_assert_ptr_nonnull(strstr(after, "\"manifests\":[]"));
}
END_TEST

/* ---- damage ------------------------------------------------------------- */

static const char *const damaged[] = {
    "",
    "{",
    "[]",
    "null",
    "{\"manifests\":7}",
    "{\"manifests\":{}}",
    "{\"schemaVersion\":2}",
    "\xff\xff",
};

START_TEST(test_damaged)
{
    struct digest d = fake('1');
    mb_autofree char *path = mb_printf("%s/index.json", store.root);

    ck_assert_ok(fs_write(store.fd, "index.json", damaged[_i],
                          strlen(damaged[_i]), &err));
    ck_assert_ptr_null(index_load(&store, &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "damaged"));
    ck_assert_int_eq(index_set(&store, &d, 1, NULL, &err), -1);
    mb_autofree char *text = text_of(path);
    ck_assert_str_eq(text, damaged[_i]); /* not made worse */
}
END_TEST

/* Rows that make no sense are passed over. */
START_TEST(test_odd_rows)
{
    static const char odd[] =
        "{\"manifests\":[7,null,{},{\"digest\":1},{\"digest\":\"md5:x\"},"
        "{\"digest\":\"sha256:../../x\"},{\"annotations\":3}]}";

    ck_assert_ok(fs_write(store.fd, "index.json", odd, strlen(odd), &err));
    expect_rows("");
    set('1', "a");
    expect_rows("11 " LIB "a:latest");
}
END_TEST

/* Rule 1: many writers, no change gets lost. */
START_TEST(test_many_writers)
{
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            for (int k = 0; k < 10; k++) {
                mb_autofree char *name = mb_printf("i%d:t%d", i, k);
                set('1' + i, name);
            }
            _exit(0);
        }
    for (int i = 0, status; i < 8; i++) {
        wait(&status);
        ck_assert_int_eq(status, 0);
    }
    mb_autofree char *all = rows();
    int n = 1;
    for (const char *p = all; (p = strchr(p, ';')); p++)
        n++;
    ck_assert_int_eq(n, 80);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("index");
    TCase *tc = tcase_create("index");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_names);
    tcase_add_test(tc, test_moved_name);
    tcase_add_test(tc, test_moved_name_of_many);
    tcase_add_test(tc, test_dangling);
    tcase_add_test(tc, test_remove_manifest);
    tcase_add_test(tc, test_find);
    tcase_add_test(tc, test_short_names_for_others);
    tcase_add_loop_test(tc, test_damaged, 0, sizeof damaged / sizeof *damaged);
    tcase_add_test(tc, test_odd_rows);
    tcase_add_test(tc, test_many_writers);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
