/* SPDX-License-Identifier: MIT */
/* test_error.c - what an error says after a trip through its callers */
#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

static struct mb_error err;

START_TEST(test_fail_appends_errno)
{
    errno = ENOENT;
    ck_assert_int_eq(mb_fail(&err, "open %s", "/x"), -1);
    ck_assert_str_eq(err.msg, "open /x: No such file or directory");
    ck_assert_int_eq(err.errnum, ENOENT);
    ck_assert_str_eq(err.hint, "");
    ck_assert_int_eq(err.code, 0);
}
END_TEST

START_TEST(test_failx_has_no_errno)
{
    errno = ENOENT;
    ck_assert_int_eq(mb_failx(&err, "no %s", "command"), -1);
    ck_assert_str_eq(err.msg, "no command");
    ck_assert_int_eq(err.errnum, 0);
}
END_TEST

START_TEST(test_wrap_goes_in_front)
{
    errno = EIO;
    mb_fail(&err, "read x");
    mb_hint(&err, "look at the %s", "disk");
    mb_code(&err, 126);
    ck_assert_int_eq(mb_wrap(&err, "image %d", 7), -1);
    ck_assert_str_eq(err.msg, "image 7: read x: Input/output error");
    ck_assert_str_eq(err.hint, "look at the disk");
    ck_assert_int_eq(err.code, 126);
    ck_assert_int_eq(err.errnum, EIO);
}
END_TEST

/* A later failure is not mixed with what an earlier one has left. */
START_TEST(test_fail_starts_afresh)
{
    mb_failx(&err, "first");
    mb_hint(&err, "hint");
    mb_code(&err, 127);
    mb_failx(&err, "second");
    ck_assert_str_eq(err.msg, "second");
    ck_assert_str_eq(err.hint, "");
    ck_assert_int_eq(err.code, 0);
}
END_TEST

START_TEST(test_null_is_allowed)
{
    errno = EPERM;
    ck_assert_int_eq(mb_fail(NULL, "x"), -1);
    ck_assert_int_eq(mb_failx(NULL, "x"), -1);
    ck_assert_int_eq(mb_wrap(NULL, "x"), -1);
    ck_assert_int_eq(mb_hint(NULL, "x"), -1);
    ck_assert_int_eq(mb_code(NULL, 1), -1);
    ck_assert_int_eq(errno, EPERM);
}
END_TEST

START_TEST(test_long_text_is_cut)
{
    char big[4000];

    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    errno = EIO;
    mb_fail(&err, "%s", big);
    ck_assert_uint_eq(strlen(err.msg), sizeof err.msg - 1);
    mb_wrap(&err, "%s", big);
    mb_wrap(&err, "short");
    mb_hint(&err, "%s", big);
    ck_assert_uint_eq(strlen(err.msg), sizeof err.msg - 1);
    ck_assert_uint_eq(strlen(err.hint), sizeof err.hint - 1);
    ck_assert_int_eq(strncmp(err.msg, "short: aaa", 10), 0);
}
END_TEST

/* The format is not taken from the object's name. */
START_TEST(test_percent_in_a_name)
{
    mb_failx(&err, "no %s", "%s%n");
    mb_wrap(&err, "%s", "100%");
    ck_assert_str_eq(err.msg, "100%: no %s%n");
}
END_TEST

/* One atomic write(2) to a pipe carries an error: see linux/spawn. */
START_TEST(test_fits_a_pipe)
{
    ck_assert_uint_lt(sizeof err, PIPE_BUF);
}
END_TEST

START_TEST(test_warn_is_a_line)
{
    char text[100] = "";
    int pipe_fds[2];

    ck_assert_int_eq(pipe(pipe_fds), 0);
    dup2(pipe_fds[1], STDERR_FILENO);
    mb_warn("%d things", 2);
    ck_assert_int_gt(read(pipe_fds[0], text, sizeof text - 1), 0);
    ck_assert_str_eq(text, "minibox: warning: 2 things\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tc = tcase_create("error");

    tcase_add_test(tc, test_fail_appends_errno);
    tcase_add_test(tc, test_failx_has_no_errno);
    tcase_add_test(tc, test_wrap_goes_in_front);
    tcase_add_test(tc, test_fail_starts_afresh);
    tcase_add_test(tc, test_null_is_allowed);
    tcase_add_test(tc, test_long_text_is_cut);
    tcase_add_test(tc, test_percent_in_a_name);
    tcase_add_test(tc, test_fits_a_pipe);
    tcase_add_test(tc, test_warn_is_a_line);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
