/* SPDX-License-Identifier: MIT */
/* test_names.c - names that may become file names */
#include "runtime/names.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

static const struct {
    const char *name;
    bool valid;
} names[] = {
    {"web", true},        {"a1", true},   {"Web_1.2-x", true}, {"0ab", true},
    {"", false},          {"a", false},   {".", false},        {"..", false},
    {"../x", false},      {"a/b", false}, {".hidden", false},  {"-x", false},
    {"_x", false},        {"a b", false}, {"a\nb", false},     {"a\x80", false},
    {"\xc3\xa9t", false}, {"a:b", false}, {"a\x01", false},
};

START_TEST(test_valid)
{
    ck_assert_int_eq(names_is_valid(names[_i].name), names[_i].valid);
}
END_TEST

/* 128 characters and no more. */
START_TEST(test_length)
{
    char name[2001];

    memset(name, 'a', sizeof name);
    name[2000] = '\0';
    ck_assert(!names_is_valid(name));
    name[129] = '\0';
    ck_assert(!names_is_valid(name));
    name[128] = '\0';
    ck_assert(names_is_valid(name));
}
END_TEST

/* adjective_surname; and not the same every time. */
START_TEST(test_random_name)
{
    mb_autostrv struct strv seen = {0};

    for (int i = 0; i < 200; i++) {
        mb_autofree char *name = names_random();
        ck_assert(names_is_valid(name));
        char *bar = strchr(name, '_');
        ck_assert(bar && bar > name && bar[1] && !strchr(bar + 1, '_'));
        if (!strv_has(&seen, name))
            strv_add(&seen, name);
    }
    ck_assert_uint_gt(seen.n, 100);
}
END_TEST

START_TEST(test_random_id)
{
    char a[65], b[65];

    names_random_id(a);
    names_random_id(b);
    ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 64);
    ck_assert_int_eq(a[64], '\0');
    ck_assert_str_ne(a, b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tc = tcase_create("names");

    tcase_add_loop_test(tc, test_valid, 0, sizeof names / sizeof *names);
    tcase_add_test(tc, test_length);
    tcase_add_test(tc, test_random_name);
    tcase_add_test(tc, test_random_id);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
