/* SPDX-License-Identifier: MIT */
/*
 * test_report.c - what the reports do with text that no JSON file can hold
 *
 * Problem   test_reports.py feeds the reports with files, and a JSON file with
 *           broken UTF-8 is refused on reading.  The grader makes its document
 *           in memory, where nothing refuses it.
 * Idea      Here such strings are made in memory as well.
 * Rules     1. Broken bytes are shown; characters beside them are not lost.
 *           2. What can't be written as JSON is an error, not half a file.
 * Read      utf-8(7)
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check_main.h"
#include "grader/report.h"
#include "grader/report_clean.h"
#include "grader/report_text.h"

static const struct {
    const char *dirty, *clean;
} strings[] = {
    {"plain, \xc3\xa9, \xe6\xbc\xa2, \xf0\x9f\x90\xa7", NULL},
    {"line\n\ttab", NULL},
    {"\033[2J", "\\x1b[2J"},
    {"cr\r\n", "cr\\x0d\n"},
    {"\x7f", "\\x7f"},
    {"c1 \xc2\x9b"
     "1m",
     "c1 \\x9b1m"},
    {"\xff\xfe", "\\xff\\xfe"},
    {"cut \xe6\xbc", "cut \\xe6\\xbc"},
    {"cut \xe6\xbcx", "cut \\xe6\\xbcx"},
    {"alone \x80\xbf", "alone \\x80\\xbf"},
    {"too long \xc0\xaf \xe0\x80\xaf", "too long \\xc0\\xaf \\xe0\\x80\\xaf"},
    {"half a pair \xed\xa0\x80", "half a pair \\xed\\xa0\\x80"},
    {"too big \xf4\x90\x80\x80", "too big \\xf4\\x90\\x80\\x80"},
    {"five \xf8\x88\x80\x80\x80", "five \\xf8\\x88\\x80\\x80\\x80"},
    {"rtl \xe2\x80\xae", "rtl \\u202e"},
    {"no character \xef\xbf\xbf", "no character \\uffff"},
    {"tag \xf3\xa0\x81\x81", "tag \\ue0041"},
};

START_TEST(text_is_clean)
{
    const char *dirty = strings[_i].dirty;
    const char *clean = strings[_i].clean ? strings[_i].clean : dirty;
    json_auto_t *document =
        json_pack("{s:o}", "output", json_string_nocheck(dirty));
    json_auto_t *copy = report_clean(document);

    ck_assert_str_eq(json_string_value(json_object_get(copy, "output")), clean);
    /* The original is as it was. */
    ck_assert_str_eq(json_string_value(json_object_get(document, "output")),
                     dirty);
}
END_TEST

START_TEST(names_have_one_line)
{
    json_auto_t *document = json_pack("{s:s}", "student", "a\nok 2\t");
    json_auto_t *copy = report_clean(document);

    ck_assert_str_eq(json_string_value(json_object_get(copy, "student")),
                     "a\\x0aok 2\\x09");
}
END_TEST

START_TEST(nul_does_not_end_a_string)
{
    json_auto_t *document =
        json_pack("{s:o}", "output", json_stringn_nocheck("a\0b", 3));
    json_auto_t *copy = report_clean(document);

    ck_assert_str_eq(json_string_value(json_object_get(copy, "output")),
                     "a\\x00b");
}
END_TEST

/* A result with a broken byte in it. */
static json_t *broken_result(void)
{
    return json_pack("{s:o, s:[{s:s, s:s}]}", "student",
                     json_string_nocheck("\xff"), "exercises", "exercise",
                     "05-pivot-root", "status", "failed");
}

START_TEST(every_report_takes_broken_bytes)
{
    json_auto_t *result = broken_result();
    mb_autofree char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    ck_assert_int_eq(report_write(_i, result, out, 0),
                     _i == REPORT_JSON ? -1 : 0);
    if (_i == REPORT_JSON)
        ck_assert_int_eq(errno, EILSEQ);
    fclose(out);
    ck_assert_ptr_null(strchr(text, '\xff'));
    ck_assert_int_eq(size == 0, _i == REPORT_JSON);
}
END_TEST

START_TEST(formats_have_names)
{
    ck_assert_int_eq(report_format("terminal"), REPORT_TERMINAL);
    ck_assert_int_eq(report_format("json"), REPORT_JSON);
    ck_assert_int_eq(report_format("junit"), REPORT_JUNIT);
    ck_assert_int_eq(report_format("tap"), REPORT_TAP);
    ck_assert_int_eq(report_format("gradescope"), REPORT_GRADESCOPE);
    ck_assert_int_eq(report_format("csv"), REPORT_CSV);
    ck_assert_int_eq(report_format("html"), REPORT_HTML);
    ck_assert_int_eq(report_format("HTML"), -1);
    ck_assert_int_eq(report_format(""), -1);
}
END_TEST

START_TEST(lines_then_rest_is_the_whole)
{
    json_error_t why;
    json_auto_t *result =
        json_load_file("tests/grader/fixtures/causes.json", 0, &why);
    json_t *exercises = json_object_get(result, "exercises"), *exercise;
    mb_autofree char *whole = NULL, *parts = NULL;
    size_t size, i;
    FILE *out = open_memstream(&whole, &size);

    ck_assert_ptr_nonnull(result);
    ck_assert_int_eq(report_write(REPORT_TERMINAL, result, out, 1), 0);
    fclose(out);
    out = open_memstream(&parts, &size);
    json_array_foreach(exercises, i, exercise)
    {
        report_terminal_exercise(exercise, out, 1);
    }
    report_terminal_end(result, out, 1);
    fclose(out);
    ck_assert_str_eq(whole, parts);
}
END_TEST

START_TEST(code_in_prose_is_not_wrapped)
{
    struct report_page page = {BUF_INIT, 20, false};

    buf_adds(&page.text, "why ");
    report_prose(&page, 4,
                 "one two three four five\n    code(that, is, long);\nsix");
    ck_assert_str_eq(page.text.s, "why one two three\n    four five\n"
                                  "        code(that, is, long);\n    six\n");
    buf_done(&page.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");

    tcase_add_loop_test(tests, text_is_clean, 0,
                        sizeof strings / sizeof *strings);
    tcase_add_test(tests, names_have_one_line);
    tcase_add_test(tests, nul_does_not_end_a_string);
    tcase_add_loop_test(tests, every_report_takes_broken_bytes, REPORT_TERMINAL,
                        REPORT_HTML + 1);
    tcase_add_test(tests, formats_have_names);
    tcase_add_test(tests, lines_then_rest_is_the_whole);
    tcase_add_test(tests, code_in_prose_is_not_wrapped);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
