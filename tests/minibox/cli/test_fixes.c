/* SPDX-License-Identifier: MIT */
/* test_fixes.c - what minibox doctor tells people to do */
#include "cli/fixes.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "check_main.h"

/* Whatever is wrong, there is something to do about it. */
START_TEST(test_each_has_a_fix)
{
    for (int cause = PROBE_UNKNOWN; cause <= PROBE_CGROUP_BUSY; cause++) {
        mb_autofree char *fix = fixes_for(cause);
        ck_assert_msg(fix && *fix, "no fix for cause %d", cause);
        ck_assert_msg(fix[strlen(fix) - 1] == '\n', "cause %d: %s", cause, fix);
        ck_assert_msg(!strstr(fix, "{exe}") && !strstr(fix, "{ids}") &&
                          !strstr(fix, "{user}"),
                      "cause %d: a name is left: %s", cause, fix);
    }
}
END_TEST

START_TEST(test_nothing_to_fix)
{
    ck_assert_ptr_null(fixes_for(PROBE_OK));
    ck_assert_ptr_null(fixes_for(PROBE_SKIPPED));
    ck_assert_ptr_null(fixes_for(1000));
}
END_TEST

/* The profile is for this very program. */
START_TEST(test_apparmor_profile)
{
    mb_autofree char *fix = fixes_for(PROBE_USERNS_APPARMOR);

    ck_assert_ptr_nonnull(strstr(fix, "/test_fixes flags=(unconfined) {\\n"));
}
END_TEST

static const struct {
    const char *lines;
    unsigned long first;
} ids[] = {
    {"", 100000},
    {"root:1000:500\n", 100000},
    {"a:100000:65536\n", 165536},
    {"a:100000:65536\nb:165536:65536\n", 231072},
    {"b:165536:65536\na:100000:65536", 231072}, /* in any order */
    {"a:100000:65536\n\na:100000:65536\n", 165536},
    {"1001:200000:10\n", 200010},
    {"nonsense\n:\na:b:c\n", 100000},
};

START_TEST(test_free_ids)
{
    ck_assert_uint_eq(fixes_free_ids(ids[_i].lines), ids[_i].first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fixes");
    TCase *tc = tcase_create("fixes");

    tcase_add_test(tc, test_each_has_a_fix);
    tcase_add_test(tc, test_nothing_to_fix);
    tcase_add_test(tc, test_apparmor_profile);
    tcase_add_loop_test(tc, test_free_ids, 0, sizeof ids / sizeof *ids);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
