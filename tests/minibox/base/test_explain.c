/* SPDX-License-Identifier: MIT */
/* test_explain.c - the narrator: quiet, or one line a deed */
#include "base/explain.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check_main.h"

/* Standard error becomes a socket that keeps writes apart. */
static int listen_to_stderr(void)
{
    int pair[2];

    ck_assert_int_eq(
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
        0);
    dup2(pair[1], STDERR_FILENO);
    return pair[0];
}

START_TEST(test_quiet)
{
    int ear = listen_to_stderr();
    char text[10];

    ck_assert(!explain_enabled());
    explain("01", "fork()", "nobody hears it");
    ck_assert_int_lt(read(ear, text, sizeof text), 0);
}
END_TEST

/* Rule 2: one write, one line. */
START_TEST(test_line)
{
    int ear = listen_to_stderr();
    char text[200] = "";

    explain_enable();
    ck_assert(explain_enabled());
    ck_assert_int_gt(read(ear, text, sizeof text), 0); /* the heading */
    ck_assert_int_eq(text[0], '|');
    memset(text, 0, sizeof text);
    explain("05", "pivot_root(\".\", \".\")", "%s is /", "the overlay");
    ck_assert_int_gt(read(ear, text, sizeof text), 0);
    ck_assert_ptr_nonnull(strstr(text, "| 05  pivot_root(\".\", \".\") "));
    ck_assert_ptr_nonnull(strstr(text, " the overlay is /\n"));
    ck_assert_int_lt(read(ear, text, sizeof text), 0);
}
END_TEST

/* Rule 3: descriptor 2 may become something else. */
START_TEST(test_own_descriptor)
{
    int ear = listen_to_stderr();
    char text[200] = "";

    explain_enable();
    (void)!read(ear, text, sizeof text);
    close(STDERR_FILENO);
    ck_assert_int_eq(open("/dev/null", O_WRONLY), STDERR_FILENO);
    explain("01", "execve()", "gone");
    ck_assert_int_gt(read(ear, text, sizeof text), 0);
}
END_TEST

/* And it must not leak into what is executed. */
START_TEST(test_closed_on_exec)
{
    bool before[100];

    (void)listen_to_stderr();
    for (int fd = 0; fd < 100; fd++)
        before[fd] = fcntl(fd, F_GETFD) >= 0;
    explain_enable();
    for (int fd = 0; fd < 100; fd++)
        if (!before[fd] && fcntl(fd, F_GETFD) >= 0)
            ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(test_long_words)
{
    int ear = listen_to_stderr();
    char big[3000], text[4000] = "";

    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    explain_enable();
    (void)!read(ear, text, sizeof text);
    explain("01", big, "%s", big);
    ssize_t n = read(ear, text, sizeof text);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(text[n - 1], '\n');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explain");
    TCase *tc = tcase_create("explain");

    tcase_add_test(tc, test_quiet);
    tcase_add_test(tc, test_line);
    tcase_add_test(tc, test_own_descriptor);
    tcase_add_test(tc, test_closed_on_exec);
    tcase_add_test(tc, test_long_words);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
