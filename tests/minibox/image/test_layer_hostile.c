/* SPDX-License-Identifier: MIT */
/* Applying layers that mean harm.  The fixture asserts after every test that
 * the canary outside the root is untouched; the tests say what else must
 * hold: refused, or contained. */
#include "layer_fixture.h"

#include <sys/resource.h>

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
    must_apply(&tar);
    ck_assert_uint_eq(stats.skipped, 1);
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

/* --- numbers ------------------------------------------------------------- */

START_TEST(test_owners)
{
    mb_autobuf struct buf tar = BUF_INIT;
    const char *bad[] = {"4294967296", "4294967295", "9223372036854775807",
                         "18446744073709551616"};

    for (size_t i = 0; i < 4; i++) {
        tar_pax(&tar, "uid", bad[i], strlen(bad[i]));
        tar_add(&tar, .name = "f", .mode = 04755);
        must_refuse(&tar, "impossible owner");
        tar_pax(&tar, "gid", bad[i], strlen(bad[i]));
        tar_add(&tar, .name = "f", .mode = 02755);
        must_refuse(&tar, "impossible owner");
    }
    tar_add(&tar, .name = "f", .raw_uid = "\xff\xff\xff\xff\xff\xff\xff\xff");
    must_refuse(&tar, "impossible owner"); /* -1 in base 256 */
    tar_add(&tar, .name = "f", .raw_uid = "\x80\0\0\1\0\0\0\0");
    must_refuse(&tar, "impossible owner"); /* 2^32 in base 256 */
    ck_assert(!exists("f"));
    if (may_chown) {
        tar_pax(&tar, "uid", "4294967294", 10);
        tar_file(&tar, "f", "");
        must_apply(&tar);
        ck_assert_uint_eq(look("f").st_uid, 4294967294u);
    }
}
END_TEST

START_TEST(test_times)
{
    mb_autobuf struct buf tar = BUF_INIT;
    const char *odd[] = {"4611686018427387904", "-4611686018427387904", "-1",
                         "1.999999999999", "1e9"};

    for (size_t i = 0; i < 5; i++) {
        tar_pax(&tar, "mtime", odd[i], strlen(odd[i]));
        tar_file(&tar, "f", "x");
        if (apply(&tar) == 0)
            assert_content("f", "x");
    }
    tar_pax(&tar, "mtime", "-86400", 6);
    tar_file(&tar, "f", "x");
    must_apply(&tar);
    ck_assert_int_eq(look("f").st_mtime, -86400);
}
END_TEST

START_TEST(test_limits)
{
    mb_autobuf struct buf tar = BUF_INIT;
    const struct layer_limits small = {.bytes = 10, .entries = 3, .file = 8};

    options.limits = &small;
    tar_file(&tar, "a", "12345678");
    tar_file(&tar, "b", "12");
    tar_dir(&tar, "c");
    must_apply(&tar);
    ck_assert_uint_eq(stats.bytes, 10);
    tar_file(&tar, "a", "123456789");
    must_refuse(&tar, "more than 8");
    tar_file(&tar, "a", "12345678");
    tar_file(&tar, "a", "123");
    must_refuse(&tar, "more than 10 bytes in all");
    for (int i = 0; i < 4; i++)
        tar_dir(&tar, "c");
    must_refuse(&tar, "more than 3 entries");
    tar_dir(&tar, "1/2/3/4/5"); /* one entry, five directories */
    must_refuse(&tar, "too many directories");
}
END_TEST

/* Sizes that are promised and not there: nothing may be allocated first. */
START_TEST(test_huge_sizes)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_add(&tar, .name = "f",
            .raw_size = "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff");
    ck_assert_int_eq(apply(&tar), -1);
    tar_add(&tar, .name = "f", .size = 077777777777);
    must_refuse(&tar, "more than 2147483648");
    tar_pax(&tar, "size", "9223372036854775807", 19);
    tar_file(&tar, "f", "");
    ck_assert_int_eq(apply(&tar), -1);
    /* Sparse, 8 TiB, one byte stored (PAX format 0.1). */
    mb_autobuf struct buf pax = BUF_INIT;
    buf_adds(&pax, "33 GNU.sparse.size=8796093022208\n");
    buf_adds(&pax, "26 GNU.sparse.numblocks=1\n");
    buf_adds(&pax, "22 GNU.sparse.map=0,1\n");
    tar_extra(&tar, 'x', pax.s, pax.len);
    tar_file(&tar, "h", "x");
    must_refuse(&tar, "8796093022208");
    ck_assert(!exists("h"));
    for (const char *name = "fg"; *name; name++) {
        char path[2] = {*name};
        ck_assert(!exists(path) || look(path).st_blocks < 100);
    }
}
END_TEST

/* 4 GiB of zeros in 4 MiB of gzip, where no limit on files looks: after the
 * end of the archive, and in a header. */
START_TEST(test_bomb)
{
    const struct layer_limits small = {
        .bytes = 1 << 20, .entries = 100, .file = 1 << 20};

    options.limits = &small;
    ck_assert_int_eq(
        shell("head -c 1200M /dev/zero | gzip -1 >zeros.gz && "
              "touch f && tar -c f | gzip -1 | cat - zeros.gz >bomb.gz"),
        0);
    ck_assert_int_eq(apply_file("bomb.gz"), -1);
    ck_assert_msg(strstr(err.msg, "unpacks to more than"), "%s", err.msg);
    ck_assert_int_eq(apply_file("zeros.gz"), -1);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    ck_assert_int_lt(usage.ru_maxrss, 512 * 1024); /* KiB; ASan is fat */
}
END_TEST

/* --- broken archives ----------------------------------------------------- */

START_TEST(test_truncated)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "a", "some content, less than a block");
    tar_pax(&tar, "path", "longer-name", 11);
    tar_file(&tar, "b", "more");
    /* Every cut but those between two entries: there it may just end. */
    for (size_t size = 0; size < tar.len; size += 128) {
        mb_autoclose int fd = memory_file(tar.s, size);
        int r = layer_apply(fd, root_fd, &options, &stats, &err);
        ck_assert_msg(r == (size == 1024 ? 0 : -1), "cut at %zu: %d", size, r);
    }
}
END_TEST

START_TEST(test_truncated_gzip)
{
    ck_assert_int_eq(shell("head -c 200000 /dev/urandom >f && "
                           "tar -czf whole.gz f && "
                           "head -c 150000 whole.gz >cut.gz && "
                           "head -c 5 whole.gz >head.gz"),
                     0);
    ck_assert_msg(apply_file("whole.gz") == 0, "%s", err.msg);
    ck_assert_int_eq(apply_file("cut.gz"), -1);
    ck_assert_int_eq(apply_file("head.gz"), -1);
}
END_TEST

START_TEST(test_garbage_after_the_end)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "a", "");
    tar_end(&tar);
    tar_end(&tar);
    must_apply(&tar); /* zeros are fine: blocking factors */
    tar_file(&tar, "a", "");
    tar_end(&tar);
    buf_adds(&tar, "x");
    must_refuse(&tar, "garbage after the end");
    tar_file(&tar, "a", "");
    tar_end(&tar);
    tar_file(&tar, "hidden", "a second archive"); /* tar -A */
    must_refuse(&tar, "garbage after the end");
    ck_assert(!exists("hidden"));
}
END_TEST

START_TEST(test_bad_headers)
{
    mb_autobuf struct buf tar = BUF_INIT;

    buf_adds(&tar, "this is no archive at all");
    must_refuse(&tar, "");
    tar_file(&tar, "a", "");
    tar_file(&tar, "skipped", "");
    tar.s[512 + 148]++; /* the second checksum */
    must_refuse(&tar, "damaged");
    ck_assert(!exists("skipped"));
    tar_extra(&tar, 'x', "7 nonsense\n", 11);
    tar_file(&tar, "a", "");
    must_refuse(&tar, "damaged");
    tar_extra(&tar, 'x', "99999999999999999999 path=x\n", 28);
    tar_file(&tar, "a", "");
    must_refuse(&tar, "damaged");
    mb_autoclose int fd = memory_file("", 0);
    ck_assert_int_eq(layer_apply(fd, root_fd, &options, NULL, NULL), -1);
}
END_TEST

/* Only tar and gzip are read, nothing else that libarchive can. */
START_TEST(test_other_formats)
{
    ck_assert_int_eq(shell("echo x >f && tar -cf f.tar f && xz -k f.tar && "
                           "bzip2 -k f.tar"),
                     0);
    ck_assert_int_eq(apply_file("f.tar.xz"), -1);
    ck_assert_int_eq(apply_file("f.tar.bz2"), -1);
    ck_assert_int_eq(apply_file("f.tar"), 0);
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
    tcase_add_test(tc, test_owners);
    tcase_add_test(tc, test_times);
    tcase_add_test(tc, test_limits);
    tcase_add_test(tc, test_huge_sizes);
    tcase_add_test(tc, test_bomb);
    tcase_add_test(tc, test_truncated);
    tcase_add_test(tc, test_truncated_gzip);
    tcase_add_test(tc, test_garbage_after_the_end);
    tcase_add_test(tc, test_bad_headers);
    tcase_add_test(tc, test_other_formats);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return check_main(hostile_suite());
}
