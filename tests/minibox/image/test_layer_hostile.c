/* SPDX-License-Identifier: MIT */
/* Applying layers that mean harm.  The fixture asserts after every test that
 * the canary outside the root is untouched; the tests say what else must
 * hold: refused, or contained. */
#include "layer_fixture.h"

/* --- names --------------------------------------------------------------- */

static const char *const bad_names[] = {
    "../canary/secret",
    "..",
    "d/../../canary/secret",
    "/../canary/secret",
    "d/..",
    "../",
    "./..",
    "..//x",
};

START_TEST(test_dotdot)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_dir(&tar, "d/");
    tar_file(&tar, bad_names[_i], "dead");
    must_refuse(&tar, "\"..\" in a name");
    tar_dir(&tar, bad_names[_i]);
    must_refuse(&tar, "\"..\" in a name");
    tar_hardlink(&tar, "h", bad_names[_i]);
    must_refuse(&tar, "\"..\" in a name");
    tar_pax(&tar, "path", bad_names[_i], strlen(bad_names[_i]));
    tar_file(&tar, "x", "dead");
    must_refuse(&tar, "\"..\" in a name");
    tar_extra(&tar, 'L', bad_names[_i], strlen(bad_names[_i]) + 1);
    tar_symlink(&tar, "x", "dead");
    must_refuse(&tar, "\"..\" in a name");
}
END_TEST

START_TEST(test_absolute_is_inside)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autofree char *secret = mb_printf("%s/canary/secret", base_dir);

    tar_file(&tar, secret, "dead");
    must_apply(&tar);
    assert_content(secret + 1, "dead"); /* below the root */
}
END_TEST

START_TEST(test_empty_names)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "", "x");
    must_refuse(&tar, "no name");
    tar_file(&tar, ".", "x");
    must_refuse(&tar, "root is not a directory");
    tar_symlink(&tar, "./", "/etc");
    must_refuse(&tar, "root is not a directory");
    tar_symlink(&tar, "/", "/etc");
    must_refuse(&tar, "root is not a directory");
    tar_hardlink(&tar, ".", "x");
    must_refuse(&tar, "root is not a directory");
    ck_assert(S_ISDIR(look(".").st_mode));
}
END_TEST

START_TEST(test_long_names)
{
    mb_autobuf struct buf tar = BUF_INIT;
    char name[5000];

    memset(name, 'n', sizeof name);
    tar_pax(&tar, "path", name, 4096);
    tar_file(&tar, "x", "");
    must_refuse(&tar, "longer than 4095 bytes");
    tar_pax(&tar, "path", name, 256);
    tar_file(&tar, "x", "");
    must_refuse(&tar, "File name too long");
    tar_pax(&tar, "linkpath", name, 4096);
    tar_symlink(&tar, "x", "y");
    must_refuse(&tar, "File name too long");
    tar_pax(&tar, "path", name, 255);
    tar_file(&tar, "x", "");
    must_apply(&tar);
    name[255] = '\0';
    ck_assert(exists(name));
}
END_TEST

START_TEST(test_deep_names)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autobuf struct buf path = BUF_INIT;

    for (int i = 0; i < 255; i++)
        buf_adds(&path, "d/");
    tar_pax(&tar, "path", path.s, path.len);
    tar_dir(&tar, "x");
    must_apply(&tar);
    ck_assert(exists(path.s));
    buf_adds(&path, "d");
    tar_pax(&tar, "path", path.s, path.len);
    tar_dir(&tar, "x");
    must_refuse(&tar, "deeper than 255");
    for (int i = 0; i < 1000; i++)
        buf_adds(&path, "/d");
    tar_pax(&tar, "path", path.s, path.len);
    tar_dir(&tar, "x");
    must_refuse(&tar, "deeper than 255");
}
END_TEST

/* A symlink to the deepest directory, and on from there. */
START_TEST(test_deep_through_symlinks)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autobuf struct buf path = BUF_INIT;

    for (int i = 0; i < 200; i++)
        buf_adds(&path, "d/");
    tar_pax(&tar, "path", path.s, path.len);
    tar_dir(&tar, "x");
    tar_pax(&tar, "linkpath", path.s, path.len);
    tar_symlink(&tar, "l", "x");
    tar_file(&tar, "l/fine", "");
    buf_clear(&path);
    buf_adds(&path, "l/");
    for (int i = 0; i < 100; i++)
        buf_adds(&path, "e/");
    tar_pax(&tar, "path", path.s, path.len);
    tar_dir(&tar, "x");
    must_refuse(&tar, "File name too long");
}
END_TEST

/* NUL in a PAX value: cut there or refused, but never the rest. */
START_TEST(test_nul_in_name)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_pax(&tar, "path", "good\0/../../canary/secret", 25);
    tar_file(&tar, "x", "dead");
    if (apply(&tar) == 0)
        assert_content("good", "dead");
}
END_TEST

/* --- links --------------------------------------------------------------- */

START_TEST(test_file_through_symlink)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autofree char *canary = mb_printf("%s/canary", base_dir);
    const char *targets[] = {canary, "../canary", "../../../../../../.."};

    for (size_t i = 0; i < 3; i++) {
        tar_symlink(&tar, "l", targets[i]);
        tar_file(&tar, "l/secret", "dead");
        int r = apply(&tar);
        /* The first two dangle inside the root, the third is the root. */
        ck_assert_int_eq(r, i < 2 ? -1 : 0);
    }
    assert_content("secret", "dead");
    tar_symlink(&tar, "l", canary);
    tar_file(&tar, "l", "dead"); /* replaces the link */
    tar_symlink(&tar, "m", canary);
    tar_add(&tar, .name = "m/", .type = '5', .mode = 0777); /* so does it */
    must_apply(&tar);
    ck_assert(S_ISREG(look("l").st_mode));
    ck_assert(S_ISDIR(look("m").st_mode));
}
END_TEST

START_TEST(test_symlink_in_the_middle)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autofree char *canary = mb_printf("%s/canary", base_dir);

    tar_dir(&tar, "a/");
    tar_symlink(&tar, "a/b", "..");
    tar_symlink(&tar, "a/b/c", canary); /* is c, at the root */
    tar_file(&tar, "a/b/c/secret", "dead");
    must_refuse(&tar, "c");
    tar_symlink(&tar, "x", "y");
    tar_symlink(&tar, "y", "x");
    tar_file(&tar, "x/z", "dead");
    must_refuse(&tar, "symbolic links");
    tar_file(&tar, "plain", "");
    tar_file(&tar, "plain/z", "dead");
    must_refuse(&tar, "plain");
}
END_TEST

/* What this process can see by magic must not be reachable. */
START_TEST(test_proc_magic_links)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autofree char *self = mb_printf("/proc/self/fd/%d", base_fd);

    tar_symlink(&tar, "m", self);
    tar_file(&tar, "m/canary/secret", "dead");
    must_refuse(&tar, "m/canary/secret");
}
END_TEST

START_TEST(test_hardlinks)
{
    mb_autobuf struct buf tar = BUF_INIT;
    mb_autofree char *secret = mb_printf("%s/canary/secret", base_dir);
    mb_autofree char *canary = mb_printf("%s/canary", base_dir);

    tar_hardlink(&tar, "h", "/etc/passwd");
    must_refuse(&tar, "directory etc: No such file");
    tar_hardlink(&tar, "h", secret);
    must_refuse(&tar, "No such file");
    tar_hardlink(&tar, "h", "nothing");
    must_refuse(&tar, "nothing");
    tar_symlink(&tar, "s", secret);
    tar_hardlink(&tar, "h", "s");
    must_refuse(&tar, "not a regular file");
    tar_symlink(&tar, "l", canary);
    tar_hardlink(&tar, "h", "l/secret");
    must_refuse(&tar, "No such file");
    tar_dir(&tar, "d/");
    tar_hardlink(&tar, "h", "d");
    must_refuse(&tar, "not a regular file");
    tar_hardlink(&tar, "h", "/");
    must_refuse(&tar, "the root");
    tar_hardlink(&tar, "h", "./");
    must_refuse(&tar, "the root");
    tar_file(&tar, ".wh.w", "");
    tar_hardlink(&tar, "h", "w");
    must_refuse(&tar, "not a regular file");
    tar_file(&tar, "t/f", "");
    tar_hardlink(&tar, "t", "t/f"); /* makes room by removing the target */
    must_refuse(&tar, "hard link");
    ck_assert(!exists("h"));
    tar_hardlink(&tar, "h", ""); /* no link, and no type either */
    must_refuse(&tar, "no name");
    ck_assert(!exists("h"));
}
END_TEST

/* --- marks --------------------------------------------------------------- */

static const char *const bad_marks[] = {
    ".wh.",      "d/.wh.",     "d/.wh..",          "d/.wh...",
    ".wh..",     ".wh...",     ".wh..wh.",         ".wh..wh.x",
    ".wh.x/f",   "d/.wh.x/f",  ".wh..wh.plnk/1.2", ".wh..wh..opq/x",
    "d/.wh.../", "d/.wh..wh.", ".wh..wh..opq.x",
};

START_TEST(test_whiteout_tricks)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "d/kept", "");
    must_apply(&tar);
    tar_file(&tar, bad_marks[_i], "");
    must_refuse(&tar, "whiteout");
    ck_assert(exists("d/kept"));
    tar_dir(&tar, bad_marks[_i]);
    must_refuse(&tar, "whiteout");
}
END_TEST

/* What hides files in overlayfs must not come in by another door. */
START_TEST(test_smuggled_marks)
{
    mb_autobuf struct buf tar = BUF_INIT;
    const char *names[] = {"trusted.overlay.opaque",  "user.overlay.opaque",
                           "user.overlay.redirect",   "trusted.other",
                           "system.posix_acl_access", "security.selinux"};
    char value[64];

    for (size_t i = 0; i < 6; i++) {
        mb_autofree char *key = mb_printf("SCHILY.xattr.%s", names[i]);
        mb_autofree char *key2 = mb_printf("LIBARCHIVE.xattr.%s", names[i]);
        tar_pax(&tar, key, "y", 1);
        tar_dir(&tar, "d/");
        tar_pax(&tar, key2, "eQ", 2);
        tar_dir(&tar, "e/");
    }
    tar_add(&tar, .name = "etc", .type = '3'); /* a char device 0:0 */
    must_apply(&tar);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_lt(get_xattr("d", names[i], value, 64), 0);
        ck_assert_int_lt(get_xattr("e", names[i], value, 64), 0);
    }
    ck_assert(!exists("etc"));
    ck_assert_uint_eq(stats.skipped, 1);
}
END_TEST

START_TEST(test_devices)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "null", "stays");
    tar_add(&tar, .name = "dev/mem", .type = '3', .mode = 0666);
    tar_add(&tar, .name = "dev/sda", .type = '4', .mode = 0666);
    tar_add(&tar, .name = "null", .type = '3');
    must_apply(&tar);
    ck_assert(!exists("dev"));
    assert_content("null", "stays");
    ck_assert_uint_eq(stats.skipped, 3);
    ck_assert_uint_eq(stats.entries, 4);
}
END_TEST

static Suite *hostile_suite(void)
{
    Suite *suite = suite_create("layer_hostile");
    TCase *tc = tcase_create("refuse");

    tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_dotdot, 0,
                        sizeof bad_names / sizeof *bad_names);
    tcase_add_test(tc, test_absolute_is_inside);
    tcase_add_test(tc, test_empty_names);
    tcase_add_test(tc, test_long_names);
    tcase_add_test(tc, test_deep_names);
    tcase_add_test(tc, test_deep_through_symlinks);
    tcase_add_test(tc, test_nul_in_name);
    tcase_add_test(tc, test_file_through_symlink);
    tcase_add_test(tc, test_symlink_in_the_middle);
    tcase_add_test(tc, test_proc_magic_links);
    tcase_add_test(tc, test_hardlinks);
    tcase_add_loop_test(tc, test_whiteout_tricks, 0,
                        sizeof bad_marks / sizeof *bad_marks);
    tcase_add_test(tc, test_smuggled_marks);
    tcase_add_test(tc, test_devices);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return check_main(hostile_suite());
}
