/* SPDX-License-Identifier: MIT */
/* test_digest.c - SHA-256, and names that are nothing else */
#include "image/digest.h"

#include <string.h>

#include "base/buf.h"
#include "check_main.h"

/* From FIPS 180-2 and sha256sum(1). */
static const struct {
    const char *text, *hex;
} known[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(test_known)
{
    struct digest d = digest_of(known[_i].text, strlen(known[_i].text));

    ck_assert_str_eq(d.hex, known[_i].hex);
}
END_TEST

/* In pieces of any size: the same. */
START_TEST(test_pieces)
{
    char data[1000];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = i * 31;
    struct digest whole = digest_of(data, sizeof data);
    for (size_t piece = 1; piece < 130; piece += 7) {
        struct hasher h;
        hasher_init(&h);
        for (size_t at = 0; at < sizeof data; at += piece)
            hasher_add(&h, data + at,
                       sizeof data - at < piece ? sizeof data - at : piece);
        struct digest d = hasher_finish(&h);
        ck_assert(digest_equal(&d, &whole));
    }
}
END_TEST

START_TEST(test_strings_are_kept_apart)
{
    struct digest d[2];
    static const char *const words[2][2] = {{"ab", "c"}, {"a", "bc"}};

    for (int i = 0; i < 2; i++) {
        struct hasher h;
        hasher_init(&h);
        hasher_add_str(&h, words[i][0]);
        hasher_add_str(&h, words[i][1]);
        d[i] = hasher_finish(&h);
    }
    ck_assert(!digest_equal(&d[0], &d[1]));
}
END_TEST

#define HEX63 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"

START_TEST(test_parse)
{
    struct digest d;

    ck_assert_int_eq(digest_parse("sha256:" HEX63 "5", &d, NULL), 0);
    ck_assert_str_eq(d.hex, HEX63 "5");
}
END_TEST

/* Rule 2. */
static const char *const bad[] = {
    "",
    "sha256:",
    "sha256",
    "sha25",
    HEX63 "5",
    "sha256:" HEX63,
    "sha256:" HEX63 "55",
    "sha256:" HEX63 "E",
    "sha256:" HEX63 "g",
    "sha256:" HEX63 "/",
    "sha256:" HEX63 "5\n",
    "sha256: " HEX63 "5",
    "sha512:" HEX63 "5",
    "SHA256:" HEX63 "5",
    "sha256:../../../../../../../../../../../../../../../../etc/passwd000000",
};

START_TEST(test_bad)
{
    struct digest d = {.hex = "untouched"};
    struct mb_error err;

    ck_assert_int_eq(digest_parse(bad[_i], &d, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "is not a digest"));
    ck_assert_str_eq(d.hex, "untouched");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("digest");
    TCase *tc = tcase_create("digest");

    tcase_add_loop_test(tc, test_known, 0, sizeof known / sizeof *known);
    tcase_add_test(tc, test_pieces);
    tcase_add_test(tc, test_strings_are_kept_apart);
    tcase_add_test(tc, test_parse);
    tcase_add_loop_test(tc, test_bad, 0, sizeof bad / sizeof *bad);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
