/* SPDX-License-Identifier: MIT */
/* test_import.c - images out of nothing: a tar, or one static program */
#include "build_fixture.h"

/* Import a tar of TMP/tree. */
static int import(const char *flags, const char *name, struct digest *id)
{
    mb_autofree char *command =
        mb_printf("tar -C %s/tree -c%sf %s/t.tar .", tmp_dir, flags, tmp_dir);
    mb_autostrv struct strv cmd = {0};
    struct image_ref ref = {0};

    ck_assert_int_eq(system(command), 0);
    mb_autoclose int fd = openat(tmp_fd, "t.tar", O_RDONLY | O_CLOEXEC);
    strv_add(&cmd, "/hello");
    if (name)
        ref = make_ref(name);
    const struct import i = {.fd = fd,
                             .command = &cmd,
                             .comment = "imported",
                             .ref = name ? &ref : NULL};
    int result = import_tar(&store, &i, id, &err);
    ref_done(&ref);
    return result;
}

static void tree_setup(void)
{
    build_setup();
    tmp_mkdir("tree");
    tmp_file("tree/hello", "world");
}

START_TEST(test_tar)
{
    ck_assert_ok(import(_i ? "z" : "", "x:v1", &built));
    mb_autofree char *text = file_of_built("hello");
    ck_assert_str_eq(text, "world");
    expect_config("Cmd", "[\"/hello\"]");
    expect_config("Env", "[\"PATH=" CONFIG_DEFAULT_PATH "\"]");
    struct image image;
    ck_assert_ok(lookup_image(&store, "x:v1", &image, &err));
    json_t *line = json_array_get(json_object_get(image.config, "history"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(line, "comment")),
                     "imported");
    image_done(&image);
}
END_TEST

START_TEST(test_nameless_then_named)
{
    struct image_ref ref = make_ref("late");
    struct image image;

    ck_assert_ok(import("", NULL, &built));
    ck_assert_ok(import_name(&store, &built, &ref, &err));
    ck_assert_ok(lookup_image(&store, "late", &image, &err));
    ck_assert(digest_equal(&image.id, &built));
    image_done(&image);
    ref_done(&ref);
}
END_TEST

START_TEST(test_epoch)
{
    struct digest a, b;

    setenv("SOURCE_DATE_EPOCH", "1000", 1);
    ck_assert_ok(import("", NULL, &a));
    poll(NULL, 0, 1100);
    ck_assert_ok(import("", NULL, &b));
    ck_assert(digest_equal(&a, &b));
}
END_TEST

START_TEST(test_rubbish)
{
    mb_autostrv struct strv none = {0};
    struct image_ref ref = make_ref("x");
    struct image image;

    tmp_file("t.tar", "this is no tar, but more than 512 bytes are not there");
    mb_autoclose int fd = openat(tmp_fd, "t.tar", O_RDONLY | O_CLOEXEC);
    const struct import i = {
        .fd = fd, .command = &none, .comment = "", .ref = &ref};
    ck_assert_int_eq(import_tar(&store, &i, &built, &err), -1);
    ck_assert_int_eq(lookup_image(&store, "x", &image, NULL), -1);
    ref_done(&ref);
}
END_TEST

/* ---- busybox ------------------------------------------------------------ */

START_TEST(test_busybox)
{
    struct digest first;

    if (!make_base())
        return skip(NO_BASE);
    struct image image;
    ck_assert_ok(lookup_image(&store, "base", &image, &err));
    built = first = image.id;
    image_done(&image);
    expect_config("Cmd", "[\"sh\"]");
    mb_autofree char *passwd = file_of_built("etc/passwd");
    ck_assert(starts_with(passwd, "root:x:0:0:root:/root:/bin/sh\n"));
    poll(NULL, 0, 1100); /* rule 1: the clock is no part of it */
    ck_assert(make_base());
    ck_assert_ok(lookup_image(&store, "base", &image, &err));
    ck_assert(digest_equal(&image.id, &first));
    mb_autofree char *dir = store_layer_dir(&store, &image.layers[0].diff_id);
    mb_autofree char *sh = mb_printf("%s/bin/sh", dir);
    mb_autofree char *tmp = mb_printf("%s/tmp", dir);
    char link[100] = "";
    struct stat st;
    ck_assert_int_gt(readlink(sh, link, 99), 0);
    ck_assert_str_eq(link, "/bin/busybox");
    ck_assert_int_eq(stat(tmp, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 01777);
    image_done(&image);
}
END_TEST

START_TEST(test_not_static)
{
    struct digest id;

    ck_assert_int_eq(import_busybox(&store, "/bin/bash", NULL, &id, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "not statically linked"));
    ck_assert_ptr_nonnull(strstr(err.hint, "busybox-static"));
    ck_assert_int_eq(import_busybox(&store, "/no/such", NULL, &id, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.hint, "busybox-static"));
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("import");
    TCase *tc = tcase_create("import");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, tree_setup, build_teardown);
    tcase_add_loop_test(tc, test_tar, 0, 2);
    tcase_add_test(tc, test_nameless_then_named);
    tcase_add_test(tc, test_epoch);
    tcase_add_test(tc, test_rubbish);
    tcase_add_test(tc, test_busybox);
    tcase_add_test(tc, test_not_static);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
