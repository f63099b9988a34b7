/* SPDX-License-Identifier: MIT */
/* test_blob.c - bytes under the name of their digest */
#include <sys/resource.h>
#include <sys/socket.h>

#include "store_fixture.h"

/* ---- writing ------------------------------------------------------------ */

START_TEST(test_put_and_read)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct digest a = put_text("hello"), b = put_text("hello");

    ck_assert(digest_equal(&a, &b));
    ck_assert_str_eq(a.hex, digest_of("hello", 5).hex);
    ck_assert_ok(blob_read(&store, &a, 100, &text, &err));
    ck_assert_str_eq(text.s, "hello");
    ck_assert_uint_eq(blob_size(&store, &a), 5);
    ck_assert(blob_exists(&store, &a));
    blob_remove(&store, &a);
    ck_assert(!blob_exists(&store, &a));
    ck_assert_uint_eq(blob_size(&store, &a), 0);
}
END_TEST

START_TEST(test_writer)
{
    struct blob_writer w;
    struct digest d, expected = digest_of("abcdef", 6);

    ck_assert_ok(blob_begin(&w, &store, &err));
    ck_assert_ok(blob_add(&w, "abc", 3, &err));
    ck_assert(!blob_exists(&store, &expected)); /* no name yet */
    ck_assert_ok(blob_add(&w, "def", 3, &err));
    ck_assert_ok(blob_finish(&w, &d, &err));
    ck_assert(digest_equal(&d, &expected));
    ck_assert_uint_eq(blob_size(&store, &d), 6);
    blob_abandon(&w); /* after the end: harmless */
    ck_assert(blob_exists(&store, &d));
}
END_TEST

/* Names in the store's tmp/. */
static int count_temporaries(void)
{
    mb_autofree char *command =
        mb_printf("find %s/tmp -mindepth 1 | wc -l", store.root);
    FILE *p = popen(command, "re");
    int n = -1;

    ck_assert_int_eq(fscanf(p, "%d", &n), 1);
    pclose(p);
    return n;
}

START_TEST(test_abandon)
{
    struct blob_writer w;

    ck_assert_ok(blob_begin(&w, &store, &err));
    ck_assert_ok(blob_add(&w, "abc", 3, &err));
    ck_assert_int_ge(count_temporaries(), 1);
    blob_abandon(&w);
    blob_abandon(&w);
    ck_assert_int_eq(count_temporaries(), 0);
}
END_TEST

/* Rule 1. */
START_TEST(test_two_writers)
{
    struct blob_writer w[2];
    struct digest d[2];

    for (int i = 0; i < 2; i++)
        ck_assert_ok(blob_begin(&w[i], &store, &err));
    for (int i = 0; i < 2; i++)
        ck_assert_ok(blob_add(&w[i], "same", 4, &err));
    for (int i = 0; i < 2; i++)
        ck_assert_ok(blob_finish(&w[i], &d[i], &err));
    ck_assert(digest_equal(&d[0], &d[1]));
}
END_TEST

/* ---- reading what is not what it says ----------------------------------- */

START_TEST(test_damaged)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct digest d = put_text("hello");
    mb_autofree char *path = mb_printf("blobs/sha256/%s", d.hex);

    ck_assert_ok(fs_write(store.fd, path, "hellO", 5, &err));
    ck_assert_int_eq(blob_read(&store, &d, 100, &text, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "is damaged"));
}
END_TEST

START_TEST(test_too_large)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct digest d = put_text("hello");

    ck_assert_int_eq(blob_read(&store, &d, 4, &text, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "larger than"));
}
END_TEST

/* A link for a blob: not opened, and nothing of its target is told. */
START_TEST(test_link)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct digest d = digest_of("x", 1);
    mb_autofree char *path = mb_printf("blobs/sha256/%s", d.hex);

    ck_assert_int_eq(symlinkat("/etc/passwd", store.fd, path), 0);
    ck_assert_int_eq(blob_open(&store, &d, &err), -1);
    ck_assert_int_eq(err.errnum, ELOOP);
    ck_assert_int_eq(blob_read(&store, &d, 1 << 20, &text, &err), -1);
    struct digest real = digest_of("", 0);
    ck_assert_ptr_null(strstr(err.msg, real.hex));
}
END_TEST

START_TEST(test_missing)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct digest d = digest_of("x", 1);

    ck_assert_int_eq(blob_open(&store, &d, &err), -1);
    ck_assert_int_eq(err.errnum, ENOENT);
    ck_assert_int_eq(blob_read(&store, &d, 10, &text, &err), -1);
}
END_TEST

/* All that FD has to give, as a blob. */
static int put_all(int fd, struct digest *d, uint64_t *size)
{
    struct reader reader = reader_from_fd(fd);

    return blob_put_all(&store, &reader, d, size, &err);
}

/* A read error is no end of file: half an archive must not get a name. */
START_TEST(test_read_error)
{
    struct digest d;
    uint64_t size;
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(write(pair[1], "half an archive", 15), 15);
    /* Closed with something unread: its peer gets ECONNRESET after the data.
     */
    ck_assert_int_eq(write(pair[0], "x", 1), 1);
    close(pair[1]);
    ck_assert_int_eq(put_all(pair[0], &d, &size), -1);
    ck_assert_int_eq(err.errnum, ECONNRESET);
}
END_TEST

START_TEST(test_read_a_directory)
{
    struct digest d;
    uint64_t size;

    ck_assert_int_eq(put_all(tmp_fd, &d, &size), -1);
    ck_assert_int_eq(err.errnum, EISDIR);
    ck_assert_int_eq(count_temporaries(), 0);
}
END_TEST

/* A full disk: an error that names the store, and no half blob. */
START_TEST(test_full_disk)
{
    struct rlimit small = {.rlim_cur = 100000, .rlim_max = 100000};
    static char big[300000];
    struct blob_writer w;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    ck_assert_ok(blob_begin(&w, &store, &err));
    ck_assert_int_eq(blob_add(&w, big, sizeof big, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, store.root));
    blob_abandon(&w);
    ck_assert_int_eq(count_temporaries(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blob");
    TCase *tc = tcase_create("blob");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_put_and_read);
    tcase_add_test(tc, test_writer);
    tcase_add_test(tc, test_abandon);
    tcase_add_test(tc, test_two_writers);
    tcase_add_test(tc, test_damaged);
    tcase_add_test(tc, test_too_large);
    tcase_add_test(tc, test_link);
    tcase_add_test(tc, test_missing);
    tcase_add_test(tc, test_read_error);
    tcase_add_test(tc, test_read_a_directory);
    tcase_add_test(tc, test_full_disk);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
