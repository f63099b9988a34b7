/* SPDX-License-Identifier: MIT */
/* test_blob.c - bytes under the name of their digest, packed or not */
#include <sys/resource.h>
#include <sys/socket.h>
#include <zlib.h>

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

/* ---- packed or not ------------------------------------------------------ */

/* Append DATA as one gzip stream. */
static void gzip(const void *data, size_t size, struct buf *out)
{
    z_stream z = {0};
    unsigned char chunk[1024];

    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
    z.next_in = (unsigned char *)data;
    z.avail_in = size;
    int result;
    do {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        result = deflate(&z, Z_FINISH);
        buf_add(out, chunk, sizeof chunk - z.avail_out);
    } while (result != Z_STREAM_END);
    deflateEnd(&z);
}

/* blob_put_plain() of these bytes, out of a file. */
static int put_plain(const struct buf *bytes, struct digest *d, uint64_t *size)
{
    ck_assert_ok(fs_write(tmp_fd, "in", bytes->s, bytes->len, &err));
    mb_autoclose int fd = openat(tmp_fd, "in", O_RDONLY | O_CLOEXEC);

    return blob_put_plain(&store, fd, d, size, &err);
}

/* Sizes around the chunks in which it is read and written. */
static const size_t sizes[] = {0,     1,     2,      3,      100,    65535,
                               65536, 65537, 131071, 131072, 131073, 700000};

START_TEST(test_plain_and_packed)
{
    mb_autobuf struct buf plain = BUF_INIT, packed = BUF_INIT;
    struct digest a, b;
    uint64_t size_a = 7, size_b = 7;

    for (size_t i = 0; i < sizes[_i]; i++)
        buf_addc(&plain, "abcdefgh"[i * 2654435761U >> 29 & 7]);
    gzip(plain.s, plain.len, &packed);
    ck_assert_ok(put_plain(&plain, &a, &size_a));
    ck_assert_ok(put_plain(&packed, &b, &size_b));
    ck_assert_str_eq(a.hex, digest_of(plain.s, plain.len).hex);
    ck_assert(digest_equal(&a, &b));
    ck_assert_uint_eq(size_a, sizes[_i]);
    ck_assert_uint_eq(size_b, sizes[_i]);
}
END_TEST

/* Two streams, one after another, are one file (gzip -c a b). */
START_TEST(test_two_streams)
{
    mb_autobuf struct buf packed = BUF_INIT;
    struct digest d;
    uint64_t size;

    gzip("abc", 3, &packed);
    gzip("", 0, &packed);
    gzip("def", 3, &packed);
    ck_assert_ok(put_plain(&packed, &d, &size));
    ck_assert_str_eq(d.hex, digest_of("abcdef", 6).hex);
}
END_TEST

/* Zeros behind it, as tape drives leave. */
START_TEST(test_padding)
{
    mb_autobuf struct buf packed = BUF_INIT;
    struct digest d;
    uint64_t size;

    gzip("abc", 3, &packed);
    for (int i = 0; i < 70000; i++)
        buf_addc(&packed, '\0');
    ck_assert_ok(put_plain(&packed, &d, &size));
    ck_assert_str_eq(d.hex, digest_of("abc", 3).hex);
}
END_TEST

/* Cut short at every byte: never a blob. */
START_TEST(test_cut_short)
{
    mb_autobuf struct buf packed = BUF_INIT;
    struct digest d;
    uint64_t size;

    gzip("hello, hello, hello", 19, &packed);
    for (size_t len = packed.len - 1; len > 2; len--) {
        packed.len = len;
        ck_assert_int_eq(put_plain(&packed, &d, &size), -1);
        ck_assert_ptr_nonnull(strstr(err.msg, "gzip"));
    }
    ck_assert_int_eq(count_temporaries(), 0);
}
END_TEST

/* A bit turned over anywhere behind the header: zlib's checksum sees it. */
START_TEST(test_damaged_gzip)
{
    mb_autobuf struct buf packed = BUF_INIT;
    struct digest d;
    uint64_t size;

    gzip("hello, hello, hello", 19, &packed);
    for (size_t i = 10; i < packed.len; i++) {
        packed.s[i] ^= 4;
        ck_assert_msg(put_plain(&packed, &d, &size) == -1, "byte %zu", i);
        packed.s[i] ^= 4;
    }
    ck_assert_int_eq(count_temporaries(), 0);
}
END_TEST

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
    ck_assert_int_eq(blob_put_plain(&store, pair[0], &d, &size, &err), -1);
    ck_assert_int_eq(err.errnum, ECONNRESET);
}
END_TEST

START_TEST(test_read_a_directory)
{
    struct digest d;
    uint64_t size;

    ck_assert_int_eq(blob_put_plain(&store, tmp_fd, &d, &size, &err), -1);
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
    tcase_add_loop_test(tc, test_plain_and_packed, 0,
                        sizeof sizes / sizeof *sizes);
    tcase_add_test(tc, test_two_streams);
    tcase_add_test(tc, test_padding);
    tcase_add_test(tc, test_cut_short);
    tcase_add_test(tc, test_damaged_gzip);
    tcase_add_test(tc, test_read_error);
    tcase_add_test(tc, test_read_a_directory);
    tcase_add_test(tc, test_full_disk);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
