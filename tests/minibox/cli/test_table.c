/* SPDX-License-Identifier: MIT */
/* test_table.c - columns, durations and sizes as docker prints them */
#include "cli/table.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "check_main.h"

/* go-units, HumanDuration. */
static const struct {
    long long seconds;
    const char *text;
} durations[] = {
    {0, "Less than a second"},
    {1, "1 second"},
    {2, "2 seconds"},
    {59, "59 seconds"},
    {60, "About a minute"},
    {119, "About a minute"},
    {120, "2 minutes"},
    {3599, "59 minutes"},
    {3600, "About an hour"},
    {5399, "About an hour"},
    {5400, "2 hours"}, /* hours are rounded */
    {47 * 3600, "47 hours"},
    {48 * 3600, "2 days"},
    {13 * 86400, "13 days"},
    {14 * 86400, "2 weeks"},
    {59 * 86400, "8 weeks"},
    {60 * 86400, "2 months"},
    {729 * 86400LL, "24 months"},
    {730 * 86400LL, "2 years"},
    {-5, "Less than a second"},
};

START_TEST(test_duration)
{
    mb_autofree char *text = table_duration(durations[_i].seconds);

    ck_assert_str_eq(text, durations[_i].text);
}
END_TEST

START_TEST(test_ago)
{
    mb_autofree char *past = table_ago(time(NULL) - 7200);
    mb_autofree char *future = table_ago(time(NULL) + 7200);

    ck_assert_str_eq(past, "2 hours ago");
    ck_assert_str_eq(future, "Less than a second ago");
}
END_TEST

/* Go's time.Time.String(), in the user's time zone. */
START_TEST(test_date)
{
    static const struct {
        const char *zone, *text;
        int64_t then;
    } dates[] = {
        {"UTC0", "2023-11-14 22:13:20 +0000 UTC", 1700000000},
        {"CET-1", "2023-11-14 23:13:20 +0100 CET", 1700000000},
        {"UTC0", "1970-01-01 00:00:00 +0000 UTC", 0},
        {"UTC0", "N/A", -1},
        {"UTC0", "N/A", INT64_MAX},
    };

    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        setenv("TZ", dates[i].zone, 1);
        tzset();
        mb_autofree char *text = table_date(dates[i].then);
        ck_assert_str_eq(text, dates[i].text);
    }
}
END_TEST

/* go-units, HumanSizeWithPrecision(size, 3). */
static const struct {
    unsigned long long bytes;
    const char *text;
} sizes[] = {
    {0, "0B"},
    {1, "1B"},
    {999, "999B"},
    {1000, "1kB"},
    {1024, "1.02kB"},
    {1990000, "1.99MB"},
    {12345678, "12.3MB"},
    {123456789, "123MB"},
    {1234567890123ULL, "1.23TB"},
};

START_TEST(test_size)
{
    mb_autofree char *text = table_size(sizes[_i].bytes);

    ck_assert_str_eq(text, sizes[_i].text);
}
END_TEST

/* Rule 1: characters, not bytes. */
static const struct {
    const char *text;
    size_t width;
    const char *cut;
} cuts[] = {
    {"abc", 5, "abc"},   {"abcde", 5, "abcde"}, {"abcdef", 5, "abcd…"},
    {"äöüß", 4, "äöüß"}, {"äöüßx", 4, "äöü…"},  {"", 3, ""},
    {"ab", 1, "…"},
};

START_TEST(test_cut)
{
    mb_autofree char *cut = table_cut(cuts[_i].text, cuts[_i].width);

    ck_assert_str_eq(cut, cuts[_i].cut);
}
END_TEST

/* Print CELLS and return what came out. */
static void print(const struct strv *cells, size_t columns, char *out,
                  size_t size)
{
    int fds[2], keep = dup(1);

    ck_assert_int_eq(pipe(fds), 0);
    fflush(stdout);
    dup2(fds[1], 1);
    table_print(cells, columns);
    fflush(stdout);
    dup2(keep, 1);
    close(fds[1]);
    memset(out, 0, size);
    (void)!read(fds[0], out, size - 1);
}

START_TEST(test_print)
{
    static const char *const cells[] = {
        "NAME", "SIZE", "ID", "a", "longer than ten", "x", "b…c", "", "y"};
    mb_autostrv struct strv list = {0};
    char text[500];

    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        strv_add(&list, cells[i]);
    print(&list, 3, text, sizeof text);
    ck_assert_str_eq(text, "NAME      SIZE              ID\n"
                           "a         longer than ten   x\n"
                           "b…c                         y\n");
}
END_TEST

START_TEST(test_print_nothing)
{
    struct strv none = {0};
    char text[10];

    print(&none, 3, text, sizeof text);
    ck_assert_str_eq(text, "");
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *tc = tcase_create("table");

    tcase_add_loop_test(tc, test_duration, 0, N(durations));
    tcase_add_test(tc, test_ago);
    tcase_add_test(tc, test_date);
    tcase_add_loop_test(tc, test_size, 0, N(sizes));
    tcase_add_loop_test(tc, test_cut, 0, N(cuts));
    tcase_add_test(tc, test_print);
    tcase_add_test(tc, test_print_nothing);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
