/* SPDX-License-Identifier: MIT */
/* test_format.c - the fields that --format chooses, as rows and as tables */
#include "cli/format.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "check_main.h"

#define N(table) (int)(sizeof(table) / sizeof *(table))

static const struct format_column columns[] = {{"ID", "IMAGE ID", true},
                                               {"Tag", "TAG", true},
                                               {"Digest", "DIGEST", false},
                                               {0}};

static const char two_rows[] =
    "[{\"ID\":\"4e1f\",\"Tag\":\"latest\",\"Digest\":\"<none>\"},"
    " {\"ID\":\"70\",\"Tag\":\"a\\tb\",\"Digest\":\"sha256:77\"}]";

static char printed[4000];
static struct mb_error err;

/* What FORMAT prints of the rows; returns its result. */
static int print(const char *format, const char *json)
{
    int fds[2], keep = dup(1);
    json_t *rows = json_loads(json, 0, NULL);

    ck_assert_int_eq(pipe(fds), 0);
    fflush(stdout);
    dup2(fds[1], 1);
    int result = format_rows(format, rows, columns, &err);
    fflush(stdout);
    dup2(keep, 1);
    close(fds[1]);
    memset(printed, 0, sizeof printed);
    (void)!read(fds[0], printed, sizeof printed - 1);
    close(fds[0]);
    close(keep);
    json_decref(rows);
    return result;
}

#define TABLE                                                                  \
    "IMAGE ID   TAG\n"                                                         \
    "4e1f       latest\n"                                                      \
    "70         a b\n"
#define IDS "4e1f\n70\n"

static const struct {
    const char *format, *output;
} cases[] = {
    {NULL, TABLE},
    {"", TABLE},
    {"table", TABLE},
    {" table ", TABLE},
    {"{{.ID}}", IDS},
    {"  {{.ID}}\n ", IDS}, /* rule 1 */
    {"{{.ID}}\\n", "4e1f\n\n70\n\n"},
    {"x", "x\nx\n"},
    {"table {{.ID}}", "IMAGE ID\n4e1f\n70\n"},
    {"table{{.ID}}", "IMAGE ID\n4e1f\n70\n"},
    {"table {{.ID}}:{{.Tag}}", "IMAGE ID:TAG\n4e1f:latest\n70:a b\n"},
    {"table {{.Digest}}\\t{{.ID}}", "DIGEST      IMAGE ID\n"
                                    "<none>      4e1f\n"
                                    "sha256:77   70\n"},
    {"json", "{\"Digest\":\"<none>\",\"ID\":\"4e1f\",\"Tag\":\"latest\"}\n"
             "{\"Digest\":\"sha256:77\",\"ID\":\"70\",\"Tag\":\"a\\tb\"}\n"},
};

START_TEST(test_rows)
{
    ck_assert_msg(print(cases[_i].format, two_rows) == 0, "%s", err.msg);
    ck_assert_str_eq(printed, cases[_i].output);
}
END_TEST

START_TEST(test_no_rows)
{
    ck_assert_int_eq(print(NULL, "[]"), 0);
    ck_assert_str_eq(printed, "IMAGE ID   TAG\n");
    ck_assert_int_eq(print("{{.ID}}", "[]"), 0);
    ck_assert_str_eq(printed, "");
    ck_assert_int_eq(print("json", "[]"), 0);
    ck_assert_str_eq(printed, "");
}
END_TEST

/* Rule 2; and nothing is printed before the mistake is found. */
START_TEST(test_bad)
{
    static const char *const formats[] = {"table {{.Foo}}",
                                          "table {{.ID}}\\t{{.Foo}}",
                                          "table {{.ID", "table {{range .ID}}"};

    for (int i = 0; i < N(formats); i++)
        for (int empty = 0; empty < 2; empty++) {
            ck_assert_int_eq(print(formats[i], empty ? "[]" : two_rows), -1);
            ck_assert_str_eq(printed, "");
            ck_assert_int_eq(err.code, 1);
        }
    ck_assert_int_eq(print("{{.Foo}}", two_rows), -1);
    ck_assert_str_eq(printed, "");
}
END_TEST

START_TEST(test_object)
{
    json_t *object = json_loads("{\"A\":{\"B\":[1]}}", 0, NULL);

    ck_assert_int_eq(format_object("{{.A.B}}", object, &err), 0);
    ck_assert_int_eq(format_object("{{.A.C}}", object, &err), -1);
    ck_assert_int_eq(err.code, 1);
    ck_assert_int_eq(format_object("{{.A", object, &err), -1);
    ck_assert_int_eq(err.code, 64);
    json_decref(object);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tc = tcase_create("format");

    tcase_add_loop_test(tc, test_rows, 0, N(cases));
    tcase_add_test(tc, test_no_rows);
    tcase_add_test(tc, test_bad);
    tcase_add_test(tc, test_object);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
