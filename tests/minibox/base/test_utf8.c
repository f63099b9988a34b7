/* SPDX-License-Identifier: MIT */
/*
 * test_utf8.c - characters, made of bytes
 */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"

static const struct {
    const char *bytes;
    size_t len;
    uint32_t c;
} t[] = {
    {"A", 1, 'A'},
    {"\x7f", 1, 0x7f},
    {"\xc2\x80", 2, 0x80},
    {"\xdf\xbf", 2, 0x7ff},
    {"\xe0\xa0\x80", 3, 0x800},
    {"\xef\xbf\xbd", 3, 0xfffd},
    {"\xef\xbf\xbf", 3, 0xffff},
    {"\xf0\x90\x80\x80", 4, 0x10000},
    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    /* what is none: too long, half a character, too large, not whole */
    {"\xc0\xaf", 1, UTF8_WRONG},
    {"\xc1\xbf", 1, UTF8_WRONG},
    {"\xe0\x9f\xbf", 1, UTF8_WRONG},
    {"\xf0\x8f\xbf\xbf", 1, UTF8_WRONG},
    {"\xed\xa0\x80", 1, UTF8_WRONG},
    {"\xed\xbf\xbf", 1, UTF8_WRONG},
    {"\xf4\x90\x80\x80", 1, UTF8_WRONG},
    {"\xf8\x88\x80\x80\x80", 1, UTF8_WRONG},
    {"\xff", 1, UTF8_WRONG},
    {"\x80", 1, UTF8_WRONG},
    {"\xe2\x82", 1, UTF8_WRONG},
    {"\xe2", 1, UTF8_WRONG},
    {"\xe2\x82z", 1, UTF8_WRONG},
};

START_TEST(test_decode)
{
    mb_autobuf struct buf out = BUF_INIT;
    uint32_t c;

    ck_assert_uint_eq(utf8_decode(t[_i].bytes, &c), t[_i].len);
    ck_assert_uint_eq(c, t[_i].c);
    utf8_add(&out, c);
    if (c != UTF8_WRONG)
        ck_assert_str_eq(out.s, t[_i].bytes);
    else
        ck_assert_str_eq(out.s, "\xef\xbf\xbd");
}
END_TEST

START_TEST(test_space)
{
    int n = 0;

    for (uint32_t c = 0; c < 0x11000; c++)
        n += utf8_is_space(c);
    ck_assert_int_eq(n, 25); /* Unicode's White_Space */
    ck_assert(utf8_is_space(0xa0) && utf8_is_space(0x3000));
    ck_assert(!utf8_is_space(0x200b) && !utf8_is_space(0));
}
END_TEST

START_TEST(test_trim)
{
    const char *s = " \t\xc2\xa0x\xa0 \xe3\x80\x80\v\xc2\x85";

    ck_assert_str_eq(utf8_skip_space(s), s + 4);
    ck_assert_uint_eq(utf8_trim_right(s, strlen(s)), 6); /* a0 is no space */
    ck_assert_uint_eq(utf8_trim_right(" \xc2\xa0", 3), 0);
    ck_assert_uint_eq(utf8_trim_right("\x80\x80\x80\x80\x80", 5), 5);
    ck_assert_uint_eq(utf8_trim_right("", 0), 0);
    ck_assert_str_eq(utf8_skip_space("\xe3\x80"), "\xe3\x80");
}
END_TEST

START_TEST(test_name)
{
    ck_assert_uint_eq(utf8_name("a_1-x"), 3);
    ck_assert_uint_eq(utf8_name(""), 0);
    ck_assert_uint_eq(utf8_name("-"), 0);
    ck_assert_uint_eq(utf8_name("h\xc3\xa9\xe2\x82\xac"), 3);
    ck_assert_uint_eq(utf8_name("\xe6\x97\xa5."), 3);
    ck_assert_uint_eq(utf8_name("a\xff"), 1);
    /* The user's locale has no say. */
    ck_assert_int_eq(setenv("LC_ALL", "C", 1), 0);
    ck_assert_uint_eq(utf8_name("\xc3\xa9"), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("utf8");
    TCase *tc = tcase_create("utf8");

    tcase_add_loop_test(tc, test_decode, 0, sizeof t / sizeof *t);
    tcase_add_test(tc, test_space);
    tcase_add_test(tc, test_trim);
    tcase_add_test(tc, test_name);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
