/* SPDX-License-Identifier: MIT */
/* test_plain.c - compressed or not: plain bytes; and the way back */
#include <check.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"
#include "image/digest.h"
#include "image/gzip.h"
#include "image/plain.h"

static struct mb_error err;

#define ck_assert_ok(call) ck_assert_msg((call) >= 0, "%s", err.msg)

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

/* A reader that hands out a buffer, PIECE bytes at a time. */
struct trickle {
    struct reader reader;
    const char *data;
    size_t left, piece;
};

static ssize_t trickle_read(struct reader *reader, void *data, size_t size,
                            struct mb_error *e)
{
    struct trickle *t = (struct trickle *)reader;
    size_t n = t->left < t->piece ? t->left : t->piece;

    (void)e;
    n = n < size ? n : size;
    memcpy(data, t->data, n);
    t->data += n;
    t->left -= n;
    return n;
}

static size_t piece = 1 << 20; /* of the next put_plain() */

/* The digest and the number of the plain bytes of PACKED. */
static int put_plain(const struct buf *packed, struct digest *d, uint64_t *size)
{
    struct trickle t = {{.read = trickle_read}, packed->s, packed->len, piece};
    struct hasher hasher;
    const void *data;
    ssize_t n;

    mb_autoplain struct plain *plain = plain_open(&t.reader, &err);
    if (!plain)
        return -1;
    hasher_init(&hasher);
    for (*size = 0; (n = plain_next(plain, &data, &err)) > 0; *size += n)
        hasher_add(&hasher, data, n);
    *d = hasher_finish(&hasher);
    return n;
}

/* Append DATA as one zstd frame with a checksum. */
static void zstd(const void *data, size_t size, struct buf *out)
{
    mb_autofree char *packed = mb_alloc(ZSTD_compressBound(size));
    ZSTD_CCtx *c = ZSTD_createCCtx();

    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    size_t n = ZSTD_compress2(c, packed, ZSTD_compressBound(size), data, size);
    ck_assert(!ZSTD_isError(n));
    buf_add(out, packed, n);
    ZSTD_freeCCtx(c);
}

/* Sizes around the chunks in which it is read and written. */
static const size_t sizes[] = {0,      1,      2,      3,      100,
                               65535,  65536,  65537,  131071, 131072,
                               131073, 262144, 262145, 700000};

START_TEST(test_plain_and_packed)
{
    mb_autobuf struct buf plain = BUF_INIT, packed = BUF_INIT;
    struct digest a, b;
    uint64_t size_a = 7, size_b = 7;

    for (size_t i = 0; i < sizes[_i]; i++)
        buf_addc(&plain, "abcdefgh"[i * 2654435761U >> 29 & 7]);
    ck_assert_ok(put_plain(&plain, &a, &size_a));
    gzip(plain.s, plain.len, &packed);
    ck_assert_ok(put_plain(&packed, &b, &size_b));
    ck_assert(digest_equal(&a, &b));
    buf_clear(&packed);
    zstd(plain.s, plain.len, &packed);
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
        ck_assert_ptr_nonnull(strstr(err.msg, "ends too early"));
    }
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
}
END_TEST

/* The same for zstd, byte by byte, and each one damaged. */
START_TEST(test_damaged_zstd)
{
    mb_autobuf struct buf packed = BUF_INIT;
    struct digest d, good = digest_of("hello, hello, hello", 19);
    uint64_t size;

    piece = 1;
    zstd("hello, hello, hello", 19, &packed);
    ck_assert_ok(put_plain(&packed, &d, &size));
    ck_assert(digest_equal(&d, &good));
    for (size_t i = 4; i < packed.len; i++) {
        packed.s[i] ^= 4;
        bool same =
            put_plain(&packed, &d, &size) == 0 && digest_equal(&d, &good);
        ck_assert_msg(!same, "byte %zu", i);
        packed.s[i] ^= 4;
    }
    while (--packed.len > 3)
        ck_assert_int_eq(put_plain(&packed, &d, &size), -1);
}
END_TEST

/* Something else behind the compressed data. */
START_TEST(test_garbage)
{
    static const char *const tails[] = {"x", "\x1f", "\x1f\x8bx", "PK\3\4 "};
    struct digest d;
    uint64_t size;

    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        mb_autobuf struct buf packed = BUF_INIT;
        gzip("abc", 3, &packed);
        buf_adds(&packed, tails[i]);
        ck_assert_int_eq(put_plain(&packed, &d, &size), -1);
    }
}
END_TEST

/* A gigabyte of zeros in a megabyte: refused long before its end, and the
 * first 64 MiB are nobody's business. */
START_TEST(test_bomb)
{
    enum { SMALL = 60 << 20, LARGE = 100 << 20 };
    mb_autofree char *zeros = mb_alloc(LARGE);
    struct digest d;
    uint64_t size;

    for (int i = 0; i < 2; i++) {
        mb_autobuf struct buf small = BUF_INIT, large = BUF_INIT;
        (i ? zstd : gzip)(zeros, SMALL, &small);
        (i ? zstd : gzip)(zeros, LARGE, &large);
        ck_assert_ok(put_plain(&small, &d, &size));
        ck_assert_uint_eq(size, SMALL);
        ck_assert_int_eq(put_plain(&large, &d, &size), -1);
        ck_assert_ptr_nonnull(strstr(err.msg, "bomb"));
        ck_assert_uint_lt(size, 70 << 20);
    }
}
END_TEST

/* What we compress is always the same, and comes back. */
START_TEST(test_gzip)
{
    mb_autobuf struct buf plain = BUF_INIT;
    struct digest first = {0};

    for (unsigned i = 0; i < 300000; i++)
        buf_addf(&plain, "%u ", i * i);
    for (int round = 0; round < 2; round++) {
        mb_autobuf struct buf packed = BUF_INIT;
        struct trickle t = {
            {.read = trickle_read}, plain.s, plain.len, round ? 777 : 100000};
        struct gzip *g = gzip_open(&t.reader, &err);
        struct digest d;
        uint64_t size;
        char chunk[5000];
        ssize_t n;
        while ((n = gzip_reader(g)->read(gzip_reader(g), chunk, sizeof chunk,
                                         &err)) > 0)
            buf_add(&packed, chunk, n);
        ck_assert_int_eq(n, 0);
        gzip_free(g);
        ck_assert_uint_lt(packed.len, plain.len / 2);
        ck_assert_mem_eq(packed.s, "\x1f\x8b\x08\0\0\0\0\0", 8);
        d = digest_of(packed.s, packed.len);
        ck_assert(round == 0 || digest_equal(&d, &first));
        first = d;
        ck_assert_ok(put_plain(&packed, &d, &size));
        ck_assert_str_eq(d.hex, digest_of(plain.s, plain.len).hex);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plain");
    TCase *tc = tcase_create("plain");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, test_plain_and_packed, 0,
                        sizeof sizes / sizeof *sizes);
    tcase_add_test(tc, test_two_streams);
    tcase_add_test(tc, test_padding);
    tcase_add_test(tc, test_cut_short);
    tcase_add_test(tc, test_damaged_gzip);
    tcase_add_test(tc, test_damaged_zstd);
    tcase_add_test(tc, test_garbage);
    tcase_add_test(tc, test_bomb);
    tcase_add_test(tc, test_gzip);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
