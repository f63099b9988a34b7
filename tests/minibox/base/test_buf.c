/* SPDX-License-Identifier: MIT */
/* test_buf.c - strings that grow, and lists that can be executed */
#include "base/buf.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

START_TEST(test_empty)
{
    mb_autobuf struct buf b = BUF_INIT;
    mb_autofree char *taken = NULL;

    ck_assert_str_eq(b.s, "");
    buf_clear(&b);
    buf_adds(&b, "");
    ck_assert_str_eq(b.s, "");
    ck_assert_uint_eq(b.len, 0);
    buf_done(&b);
    taken = buf_take(&b);
    ck_assert_str_eq(taken, "");
}
END_TEST

START_TEST(test_adding)
{
    mb_autobuf struct buf b = BUF_INIT;

    buf_adds(&b, "ab");
    buf_addc(&b, 'c');
    buf_addf(&b, "%03d", 7);
    buf_add(&b, "x\0y", 3);
    ck_assert_uint_eq(b.len, 9);
    ck_assert_int_eq(memcmp(b.s, "abc007x\0y", 10), 0);
}
END_TEST

/* Every length around the sizes at which the memory grows. */
START_TEST(test_growth)
{
    mb_autobuf struct buf b = BUF_INIT;

    for (int i = 0; i < 5000; i++) {
        buf_addc(&b, 'a' + i % 26);
        ck_assert_uint_eq(b.len, i + 1);
        ck_assert_int_eq(b.s[b.len], '\0');
    }
    for (int i = 0; i < 5000; i++)
        ck_assert_int_eq(b.s[i], 'a' + i % 26);
}
END_TEST

START_TEST(test_format_of_any_length)
{
    char big[3000];

    memset(big, 'z', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    for (int len = 25; len < 40; len++) {
        mb_autobuf struct buf b = BUF_INIT;
        buf_addf(&b, "%.*s", len, big);
        ck_assert_uint_eq(b.len, len);
    }
    mb_autobuf struct buf b = BUF_INIT;
    buf_addf(&b, "%s%s", big, big);
    ck_assert_uint_eq(b.len, 2 * strlen(big));
}
END_TEST

START_TEST(test_clear_and_take)
{
    mb_autobuf struct buf b = BUF_INIT;

    buf_adds(&b, "first");
    buf_clear(&b);
    ck_assert_str_eq(b.s, "");
    buf_adds(&b, "2");
    mb_autofree char *s = buf_take(&b);
    ck_assert_str_eq(s, "2");
    ck_assert_str_eq(b.s, "");
    buf_adds(&b, "third");
    ck_assert_str_eq(b.s, "third");
    ck_assert_str_eq(s, "2");
}
END_TEST

/* Nobody may write to the string that all empty buffers share. */
START_TEST(test_shared_empty_string)
{
    mb_autobuf struct buf a = BUF_INIT, b = BUF_INIT;

    buf_adds(&a, "x");
    buf_clear(&b);
    ck_assert_str_eq(b.s, "");
    ck_assert_int_eq(buf_empty[0], '\0');
}
END_TEST

/* ---- lists -------------------------------------------------------------- */

/* Rule 2. */
START_TEST(test_list_ends_with_null)
{
    mb_autostrv struct strv list = {0};

    for (size_t i = 0; i < 100; i++) {
        strv_addf(&list, "%zu", i);
        ck_assert_uint_eq(list.n, i + 1);
        ck_assert_ptr_null(list.v[i + 1]);
    }
    ck_assert_str_eq(list.v[0], "0");
    ck_assert_str_eq(list.v[99], "99");
}
END_TEST

START_TEST(test_list_copies)
{
    char word[] = "abc";
    char *more[] = {"x", "y", NULL};
    mb_autostrv struct strv list = {0};

    strv_add(&list, word);
    word[0] = '?';
    strv_take(&list, mb_strdup("mine"));
    strv_add_all(&list, more);
    strv_add_all(&list, NULL);
    ck_assert_uint_eq(list.n, 4);
    ck_assert_str_eq(list.v[0], "abc");
    ck_assert(strv_has(&list, "y"));
    ck_assert(!strv_has(&list, "z"));
    strv_done(&list);
    ck_assert(!strv_has(&list, "y"));
    strv_add(&list, "again");
    ck_assert_uint_eq(list.n, 1);
}
END_TEST

START_TEST(test_environment)
{
    mb_autostrv struct strv env = {0};

    ck_assert_ptr_null(strv_getenv(&env, "A"));
    strv_setenv(&env, "A", "1");
    strv_setenv(&env, "AB", "2=3");
    strv_setenv(&env, "C", "");
    strv_setenv(&env, "A", "4");
    ck_assert_uint_eq(env.n, 3);
    ck_assert_str_eq(env.v[0], "A=4"); /* in its old place */
    ck_assert_str_eq(strv_getenv(&env, "AB"), "2=3");
    ck_assert_str_eq(strv_getenv(&env, "C"), "");
    ck_assert_ptr_null(strv_getenv(&env, ""));
}
END_TEST

START_TEST(test_beginnings_and_ends)
{
    ck_assert(starts_with("abc", "ab"));
    ck_assert(starts_with("abc", ""));
    ck_assert(!starts_with("ab", "abc"));
    ck_assert(ends_with("abc", "bc"));
    ck_assert(ends_with("", ""));
    ck_assert(!ends_with("c", "bc"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buf");
    TCase *tc = tcase_create("buf");

    tcase_add_test(tc, test_empty);
    tcase_add_test(tc, test_adding);
    tcase_add_test(tc, test_growth);
    tcase_add_test(tc, test_format_of_any_length);
    tcase_add_test(tc, test_clear_and_take);
    tcase_add_test(tc, test_shared_empty_string);
    tcase_add_test(tc, test_list_ends_with_null);
    tcase_add_test(tc, test_list_copies);
    tcase_add_test(tc, test_environment);
    tcase_add_test(tc, test_beginnings_and_ends);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
