/* SPDX-License-Identifier: MIT */
/* test_variables.c - NAME=value, on the command line and in files */
#include "cli/variables.h"

#include "sandbox.h"

static char *join(const struct strv *list)
{
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < list->n; i++)
        buf_addf(&out, "%s[%s]", i ? " " : "", list->v[i]);
    return buf_take(&out);
}

/* Rule 1, and what is no variable. */
START_TEST(test_words)
{
    mb_autostrv struct strv out = {0};

    setenv("OURS", "mine", 1);
    setenv("EMPTY", "", 1);
    unsetenv("NOT_SET");
    ck_assert_ok(variables_add("A=1", &out, &err));
    ck_assert_ok(variables_add("B=", &out, &err));
    ck_assert_ok(variables_add("C=x=y z", &out, &err));
    ck_assert_ok(variables_add("OURS", &out, &err));
    ck_assert_ok(variables_add("EMPTY", &out, &err));
    ck_assert_ok(variables_add("NOT_SET", &out, &err));
    mb_autofree char *all = join(&out);
    ck_assert_str_eq(all, "[A=1] [B=] [C=x=y z] [OURS=mine] [EMPTY=]");
    ck_assert_int_eq(variables_add("", &out, &err), -1);
    ck_assert_int_eq(variables_add("=x", &out, &err), -1);
    ck_assert_str_eq(err.msg, "invalid environment variable: =x");
    ck_assert_int_eq(err.code, 125);
}
END_TEST

/* Read TEXT as an --env-file: 0 or -1. */
static int read_text(const char *text, size_t size, struct strv *out)
{
    mb_autostrv struct strv files = {0}, none = {0};

    ck_assert_ok(fs_write(tmp_fd, "env", text, size, &err));
    strv_addf(&files, "%s/env", tmp_dir);
    return variables_collect(&files, &none, out, &err);
}

/* Rule 2. */
static const struct {
    const char *text, *variables; /* NULL: refused */
} files[] = {
    {"", ""},
    {"A=1\nB=2", "[A=1] [B=2]"},
    {"A=1\r\nB=2\r\n", "[A=1] [B=2]"},
    {"\n\n  \n\t\n", ""},
    {"# comment\n   # another\nA=1", "[A=1]"},
    {"A=1 # no comment", "[A=1 # no comment]"},
    {"A=\"quoted\"", "[A=\"quoted\"]"},
    {"A='x y'  ", "[A='x y'  ]"},
    {"  A=1", "[A=1]"},
    {"A= b", "[A= b]"},
    {"A=b=c", "[A=b=c]"},
    {"OURS\nNOT_SET", "[OURS=mine]"},
    {"A =1", NULL},
    {"A B=1", NULL},
    {"A B", NULL},
    {"=1", NULL},
    {"  =1", NULL},
    {"export A=1", NULL},
};

START_TEST(test_file)
{
    mb_autostrv struct strv out = {0};

    setenv("OURS", "mine", 1);
    unsetenv("NOT_SET");
    int result = read_text(files[_i].text, strlen(files[_i].text), &out);
    if (!files[_i].variables) {
        ck_assert_int_eq(result, -1);
        ck_assert_ptr_nonnull(strstr(err.msg, "/env"));
        ck_assert_int_eq(err.code, 125);
        return;
    }
    ck_assert_msg(result == 0, "%s", err.msg);
    mb_autofree char *all = join(&out);
    ck_assert_str_eq(all, files[_i].variables);
}
END_TEST

/* Bytes, not text: taken or refused, but no crash. */
START_TEST(test_binary_file)
{
    static const char bytes[] = "A=1\0B=2\n\xff\xfe=\x80\n\0=\n=";
    mb_autostrv struct strv out = {0};

    (void)read_text(bytes, sizeof bytes, &out);
}
END_TEST

START_TEST(test_missing_file)
{
    mb_autostrv struct strv list = {0}, none = {0}, out = {0};

    strv_add(&list, "/no/such/file");
    ck_assert_int_eq(variables_collect(&list, &none, &out, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/file"));
    ck_assert_int_eq(err.code, 125);
}
END_TEST

/* Files first; words come later and so win, for who goes through the list. */
START_TEST(test_order)
{
    mb_autostrv struct strv list = {0}, words = {0}, out = {0};

    tmp_file("env", "A=file\nB=file\n");
    strv_addf(&list, "%s/env", tmp_dir);
    strv_add(&words, "A=word");
    ck_assert_ok(variables_collect(&list, &words, &out, &err));
    mb_autofree char *all = join(&out);
    ck_assert_str_eq(all, "[A=file] [B=file] [A=word]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("variables");
    TCase *tc = tcase_create("variables");

    tcase_add_checked_fixture(tc, tmp_setup, tmp_teardown);
    tcase_add_test(tc, test_words);
    tcase_add_loop_test(tc, test_file, 0, sizeof files / sizeof *files);
    tcase_add_test(tc, test_binary_file);
    tcase_add_test(tc, test_missing_file);
    tcase_add_test(tc, test_order);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
