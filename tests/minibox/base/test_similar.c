/* SPDX-License-Identifier: MIT */
/* test_similar.c - how far words are from each other */
#include "base/similar.h"

#include <limits.h>

#include "check_main.h"

static const struct {
    const char *word, *name;
    int distance;
} t[] = {
    {"", "", 0},
    {"", "abc", 3},
    {"abc", "", 3},
    {"FROM", "FROM", 0},
    {"from", "FROM", 0},
    {"FORM", "FROM", 1},
    {"rnu", "RUN", 1},
    {"RNU", "ENV", 2},
    {"chwon", "chown", 1},
    {"badc", "abcd", 2},
    {"ca", "abc", 3}, /* what has changed places stays as it is */
    {"OFRM", "FROM", 2},
    {"FRM", "FROM", 1},
    {"FROOM", "FROM", 1},
    {"FOO", "FROM", 2},
    {"kitten", "sitting", 3},
    {"RUNN", "RUN", 1},
    {"flaw", "lawn", 2},
    {"123456789012345678901234567890", "1", 29},
    {"1234567890123456789012345678901", "1", INT_MAX},
    {"1", "1234567890123456789012345678901", INT_MAX},
};

START_TEST(test_distance)
{
    ck_assert_int_eq(similar_distance(t[_i].word, t[_i].name), t[_i].distance);
}
END_TEST

START_TEST(test_exact)
{
    ck_assert_int_eq(similar_distance_exact("PAHT", "PATH"), 1);
    ck_assert_int_eq(similar_distance_exact("path", "PATH"), 4);
    ck_assert_int_eq(similar_distance_exact("PATH", "PATH"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("similar");
    TCase *tc = tcase_create("similar");

    tcase_add_loop_test(tc, test_distance, 0, sizeof t / sizeof *t);
    tcase_add_test(tc, test_exact);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
