/* SPDX-License-Identifier: MIT */
/* Applying archives whose numbers lie, which are too much, or broken.  The
 * fixture asserts after every test that the canary outside the root is
 * untouched. */
#include "layer_fixture.h"

#include <sys/resource.h>

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

/* Zeros without end, where no limit on files looks: behind the archive, and in
 * place of one. */
START_TEST(test_bomb)
{
    const struct layer_limits small = {
        .bytes = 1 << 20, .entries = 100, .file = 1 << 20};

    options.limits = &small;
    ck_assert_int_eq(shell("truncate -s 1200M zeros && touch f && "
                           "tar -c f >bomb && truncate -s 1200M bomb"),
                     0);
    ck_assert_int_eq(apply_file("bomb"), -1);
    ck_assert_msg(strstr(err.msg, "zeros without end"), "%s", err.msg);
    ck_assert_int_eq(apply_file("zeros"), -1);
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

/* Whoever reads a layer has decompressed it: image/plain. */
START_TEST(test_compressed)
{
    ck_assert_int_eq(shell("touch f && tar -czf whole.gz f"), 0);
    ck_assert_int_eq(apply_file("whole.gz"), -1);
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
    must_refuse(&tar, "not a tar archive");
    tar_file(&tar, "a", "");
    tar_file(&tar, "skipped", "");
    tar.s[512 + 148]++; /* the second checksum */
    must_refuse(&tar, "damaged");
    ck_assert(!exists("skipped"));
    tar_extra(&tar, 'x', "7 nonsense\n", 11);
    tar_file(&tar, "a", "");
    must_refuse(&tar, "malformed");
    tar_extra(&tar, 'x', "99999999999999999999 path=x\n", 28);
    tar_file(&tar, "a", "");
    must_refuse(&tar, "pax extended attribute");
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

static Suite *broken_suite(void)
{
    Suite *suite = suite_create("layer_broken");
    TCase *tc = tcase_create("refuse");

    tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, test_owners);
    tcase_add_test(tc, test_times);
    tcase_add_test(tc, test_limits);
    tcase_add_test(tc, test_huge_sizes);
    tcase_add_test(tc, test_bomb);
    tcase_add_test(tc, test_truncated);
    tcase_add_test(tc, test_compressed);
    tcase_add_test(tc, test_garbage_after_the_end);
    tcase_add_test(tc, test_bad_headers);
    tcase_add_test(tc, test_other_formats);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return check_main(broken_suite());
}
