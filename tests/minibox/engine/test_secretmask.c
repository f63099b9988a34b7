/* SPDX-License-Identifier: MIT */
/* test_secretmask.c - what of a secret may be shown */
#include "engine/secretmask.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

#define TOKEN                                                                  \
    "ghp_"                                                                     \
    "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"

static const struct {
    const char *value, *mask;
} masks[] = {
    {"", "****"},
    {"abc", "****"},
    {"hunter2", "h****"},
    {"0123456789abcdef", "0123****"},
    {TOKEN, "ghp_****"},
    {"a\033[31mred and more", "a****"},
    {"\xff\xfe\x01\x02\x03\x04\x05\x06", "****"},
};

START_TEST(masks_show_little)
{
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        mb_autofree char *mask =
            secretmask_of(masks[i].value, strlen(masks[i].value));
        ck_assert_str_eq(mask, masks[i].mask);
    }
}
END_TEST

START_TEST(masked_texts)
{
    mb_autofree char *all = secretmask_text(
        "TOKEN=" TOKEN " x https://me:hunter2@h --password hunter2 end");
    mb_autofree char *none = secretmask_text("RUN make");
    mb_autofree char *again = secretmask_text(all);

    ck_assert_str_eq(all, "TOKEN=ghp_**** x https://me:h****@h --password "
                          "h**** end");
    ck_assert_str_eq(none, "RUN make");
    ck_assert_str_eq(again, all);
}
END_TEST

/* A value so long that its end is out of sight is masked all the same. */
START_TEST(long_values)
{
    mb_autofree char *text = mb_alloc(10000);
    char *end = stpcpy(text, "PASSWORD=");

    for (size_t i = 0; i < 9000; i++)
        end[i] = "abcdefghi1"[i % 10];
    mb_autofree char *masked = secretmask_text(text);
    ck_assert_str_eq(masked, "PASSWORD=abcd****");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secretmask");
    TCase *tests = tcase_create("secretmask");

    tcase_add_test(tests, masks_show_little);
    tcase_add_test(tests, masked_texts);
    tcase_add_test(tests, long_values);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
