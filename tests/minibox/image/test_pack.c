/* SPDX-License-Identifier: MIT */
/* test_pack.c - layers in and out of the store, by way of minibox-layer */
#include "image/pack.h"

#include "programs.h"
#include "store_fixture.h"

/* A tar of TMP/tree, as tar(1) makes it. */
static int make_tar(const char *flags)
{
    mb_autofree char *command =
        mb_printf("tar -C %s/tree -c%sf %s/t.tar .", tmp_dir, flags, tmp_dir);

    ck_assert_int_eq(system(command), 0);
    return openat(tmp_fd, "t.tar", O_RDONLY | O_CLOEXEC);
}

/* The text of the file NAME of a layer. */
static char *layer_text(const struct digest *layer, const char *name)
{
    mb_autofree char *dir = store_layer_dir(&store, layer);
    mb_autofree char *path = mb_printf("%s/%s", dir, name);

    return text_of(path);
}

/* Names in the store's tmp/ */
static bool tmp_is_empty(void)
{
    mb_autofree char *path = mb_printf("%s/tmp", store.root);

    return rmdir(path) == 0 && mkdir(path, 0700) == 0;
}

static void tree_setup(void)
{
    root_store_setup();
    tmp_mkdir("tree/d");
    tmp_file("tree/d/f", "content");
}

/* Plain or gzip: one layer, named by its plain bytes. */
START_TEST(test_import)
{
    struct digest plain, packed;
    uint64_t size;

    mb_autoclose int a = make_tar("");
    ck_assert_ok(pack_import(&store, a, &plain, &size, &err));
    ck_assert(store_has_layer(&store, &plain));
    ck_assert_uint_eq(blob_size(&store, &plain), size);
    ck_assert_uint_eq(store_layer_size(&store, &plain), 7);
    mb_autofree char *text = layer_text(&plain, "d/f");
    ck_assert_str_eq(text, "content");
    mb_autoclose int b = make_tar("z");
    ck_assert_ok(pack_import(&store, b, &packed, &size, &err));
    ck_assert(digest_equal(&plain, &packed));
    ck_assert(tmp_is_empty());
}
END_TEST

/* Rule 1: rubbish leaves neither layer nor blob. */
static const char *const rubbish[] = {"", "rubbish", "\x1f\x8b\x08 broken"};

START_TEST(test_rubbish)
{
    struct digest layer;
    uint64_t size;

    tmp_file("t.tar", rubbish[_i]);
    mb_autoclose int fd = openat(tmp_fd, "t.tar", O_RDONLY | O_CLOEXEC);
    if (pack_import(&store, fd, &layer, &size, &err) == 0) {
        ck_assert_str_eq(rubbish[_i], ""); /* an empty tar is empty */
        return;
    }
    ck_assert_str_ne(err.msg, "");
    layer = digest_of(rubbish[_i], strlen(rubbish[_i]));
    ck_assert(!blob_exists(&store, &layer));
    ck_assert(!store_has_layer(&store, &layer));
    ck_assert(tmp_is_empty());
}
END_TEST

/* A tar whose entry climbs out: nothing outside may be made. */
START_TEST(test_climbing_tar)
{
    struct digest layer;
    uint64_t size;

    tmp_file("evil", "x");
    mb_autofree char *command =
        mb_printf("tar -C %s/tree -P -cf %s/t.tar ../evil", tmp_dir, tmp_dir);
    ck_assert_int_eq(system(command), 0);
    mb_autoclose int fd = openat(tmp_fd, "t.tar", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(pack_import(&store, fd, &layer, &size, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, ".."));
    ck_assert(tmp_is_empty());
}
END_TEST

/* Rule 2: a program that reports nothing has failed. */
static void use_a_fake(const char *script)
{
    mb_autofree char *program = program_sibling("minibox-layer");
    mb_autofree char *saved = mb_printf("%s.saved", program);

    ck_assert_int_eq(rename(program, saved), 0);
    ck_assert_ok(fs_write(AT_FDCWD, program, script, strlen(script), &err));
    ck_assert_int_eq(chmod(program, 0755), 0);
}

static void put_back(void)
{
    mb_autofree char *program = program_sibling("minibox-layer");
    mb_autofree char *saved = mb_printf("%s.saved", program);

    ck_assert_int_eq(rename(saved, program), 0);
}

START_TEST(test_no_report)
{
    struct digest layer;
    uint64_t size;

    use_a_fake("#!/bin/sh\nexit 0\n");
    mb_autoclose int fd = make_tar("");
    int result = pack_import(&store, fd, &layer, &size, &err);
    put_back();
    ck_assert_int_eq(result, -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "minibox-layer apply died"));
}
END_TEST

/* ---- the way back ------------------------------------------------------- */

START_TEST(test_upper)
{
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1;
    struct digest layer;
    struct stat st;
    uint64_t size;

    ck_assert_ok(store_make_temporary(&store, &temporary, &lock, &err));
    mb_autofree char *dir = mb_printf("%s/upper", temporary);
    mb_autofree char *file = mb_printf("%s/f", dir);
    ck_assert_ok(fs_mkdirs(AT_FDCWD, dir, &err));
    ck_assert_ok(fs_write(AT_FDCWD, file, "new", 3, &err));
    ck_assert_ok(pack_upper(&store, dir, 1000, &layer, &size, &err));
    ck_assert_int_eq(access(dir, F_OK), -1); /* it is the layer now */
    mb_autofree char *text = layer_text(&layer, "f");
    ck_assert_str_eq(text, "new");
    mb_autofree char *layer_dir = store_layer_dir(&store, &layer);
    mb_autofree char *in_layer = mb_printf("%s/f", layer_dir);
    ck_assert_int_eq(stat(in_layer, &st), 0);
    ck_assert_int_eq(st.st_mtime, 1000);
    ck_assert_uint_eq(blob_size(&store, &layer), size);
    store_remove_temporary(&store, temporary);
}
END_TEST

/* Same files, same bytes. */
START_TEST(test_upper_is_deterministic)
{
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1;
    struct digest layers[2];
    uint64_t size;

    ck_assert_ok(store_make_temporary(&store, &temporary, &lock, &err));
    for (int i = 0; i < 2; i++) {
        mb_autofree char *dir = mb_printf("%s/upper%d", temporary, i);
        for (int k = 0; k < 5; k++) {
            mb_autofree char *sub = mb_printf("%s/%d/x", dir, i ? k : 4 - k);
            ck_assert_ok(fs_mkdirs(AT_FDCWD, sub, &err));
        }
        ck_assert_ok(pack_upper(&store, dir, 1000, &layers[i], &size, &err));
    }
    ck_assert(digest_equal(&layers[0], &layers[1]));
    store_remove_temporary(&store, temporary);
}
END_TEST

/* A step that does nothing takes a short cut (without a limit for times), to
 * where minibox-layer gets as well. */
START_TEST(test_upper_empty)
{
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1;
    struct digest layers[2];
    uint64_t sizes[2];

    ck_assert_ok(store_make_temporary(&store, &temporary, &lock, &err));
    for (int i = 0; i < 2; i++) {
        mb_autofree char *dir = mb_printf("%s/upper%d", temporary, i);
        ck_assert_ok(fs_mkdirs(AT_FDCWD, dir, &err));
        ck_assert_ok(
            pack_upper(&store, dir, i - 1, &layers[i], &sizes[i], &err));
    }
    ck_assert(digest_equal(&layers[0], &layers[1]));
    ck_assert_uint_eq(sizes[0], sizes[1]);
    ck_assert_uint_eq(blob_size(&store, &layers[0]), sizes[0]);
    ck_assert(store_has_layer(&store, &layers[0]));
    store_remove_temporary(&store, temporary);
}
END_TEST

START_TEST(test_upper_missing)
{
    struct digest layer;
    uint64_t size;

    ck_assert_int_eq(
        pack_upper(&store, "/no/such/dir", -1, &layer, &size, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/dir"));
    ck_assert(tmp_is_empty());
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("pack");
    TCase *tc = tcase_create("pack");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, tree_setup, store_teardown);
    tcase_add_test(tc, test_import);
    tcase_add_loop_test(tc, test_rubbish, 0, sizeof rubbish / sizeof *rubbish);
    tcase_add_test(tc, test_climbing_tar);
    tcase_add_test(tc, test_no_report);
    tcase_add_test(tc, test_upper);
    tcase_add_test(tc, test_upper_is_deterministic);
    tcase_add_test(tc, test_upper_empty);
    tcase_add_test(tc, test_upper_missing);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
