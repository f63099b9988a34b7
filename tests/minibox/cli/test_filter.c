/* SPDX-License-Identifier: MIT */
/* test_filter.c - which rows --filter chooses */
#include "cli/filter.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

#define N(table) (int)(sizeof(table) / sizeof *(table))

static const char *const known[] = {"name", "label", NULL};
static struct mb_error err;

/* The blank-separated words of LINE, as filters. */
static struct strv filters_of(const char *line)
{
    struct strv list = {0};

    while (*line) {
        size_t len = strcspn(line, " ");
        strv_take(&list, mb_strndup(line, len));
        line += len + (line[len] == ' ');
    }
    return list;
}

static bool equals(const char *value, const void *argument)
{
    return strcmp(value, argument) == 0;
}

START_TEST(test_check)
{
    static const struct {
        const char *filters, *words;
        int code;
    } cases[] = {
        {"", NULL, 0},
        {"name=x name= label=a=b", NULL, 0},
        {"name",
         "invalid argument \"name\" for \"-f, --filter\" flag: bad "
         "format of filter (expected name=value)",
         125},
        {"name=x foo=y", "invalid filter 'foo'", 1},
        {"nam=x", "invalid filter 'nam'", 1},
        {"names=x", "invalid filter 'names'", 1},
        {"=x", "invalid filter ''", 1},
    };

    for (int i = 0; i < N(cases); i++) {
        mb_autostrv struct strv filters = filters_of(cases[i].filters);
        err = (struct mb_error){0};
        ck_assert_int_eq(filter_check(&filters, known, &err),
                         cases[i].words ? -1 : 0);
        ck_assert_int_eq(err.code, cases[i].code);
        if (cases[i].words)
            ck_assert_str_eq(err.msg, cases[i].words);
    }
    ck_assert_str_eq(err.hint, "these are in minibox: name, label");
}
END_TEST

/* Several values of a name are alternatives; or, with all(), they are not. */
START_TEST(test_any_and_all)
{
    static const struct {
        const char *filters;
        bool any, all;
    } cases[] = {
        {"", true, true},
        {"label=b", true, true}, /* about something else */
        {"name=a", true, true},
        {"name=b", false, false},
        {"name=b name=a", true, false},
        {"name=a name=a", true, true},
        {"name=", false, false},
        {"name=a=b", false, false}, /* the value is all behind the first = */
    };

    for (int i = 0; i < N(cases); i++) {
        mb_autostrv struct strv filters = filters_of(cases[i].filters);
        ck_assert_msg(filter_any(&filters, "name", equals, "a") == cases[i].any,
                      "any: %s", cases[i].filters);
        ck_assert_msg(filter_all(&filters, "name", equals, "a") == cases[i].all,
                      "all: %s", cases[i].filters);
    }
}
END_TEST

START_TEST(test_has)
{
    mb_autostrv struct strv filters = filters_of("name=a");

    ck_assert(filter_has(&filters, "name"));
    ck_assert(!filter_has(&filters, "nam"));
    ck_assert(!filter_has(&filters, "label"));
}
END_TEST

START_TEST(test_label)
{
    json_t *labels =
        json_pack("{s:s, s:s, s:i}", "a", "b", "empty", "", "n", 1);

    ck_assert(filter_label("a", labels));
    ck_assert(filter_label("a=b", labels));
    ck_assert(!filter_label("a=c", labels));
    ck_assert(!filter_label("a=", labels));
    ck_assert(!filter_label("b", labels));
    ck_assert(filter_label("empty", labels));
    ck_assert(filter_label("empty=", labels));
    ck_assert(!filter_label("n", labels)); /* a label is text */
    ck_assert(!filter_label("a", NULL));
    json_decref(labels);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("filter");
    TCase *tc = tcase_create("filter");

    tcase_add_test(tc, test_check);
    tcase_add_test(tc, test_any_and_all);
    tcase_add_test(tc, test_has);
    tcase_add_test(tc, test_label);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
