/* SPDX-License-Identifier: MIT */
/* test_mem.c - memory that is there, and things that close themselves */
#include "base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check_main.h"

START_TEST(test_alloc_is_zeroed)
{
    mb_autofree unsigned char *p = mb_alloc(1000);

    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(p[i], 0);
}
END_TEST

/* Nothing is a size too: the result can be freed, and is never NULL. */
START_TEST(test_zero_sizes)
{
    mb_autofree char *p = mb_alloc(0);

    ck_assert_ptr_nonnull(p);
    p = mb_realloc(p, 0);
    ck_assert_ptr_nonnull(p);
}
END_TEST

START_TEST(test_strings)
{
    mb_autofree char *a = mb_strdup("abc");
    mb_autofree char *b = mb_strndup("abcdef", 2);
    mb_autofree char *c = mb_strndup("ab", 9);
    mb_autofree char *d = mb_printf("%s-%d", "x", 7);

    ck_assert_str_eq(a, "abc");
    ck_assert_str_eq(b, "ab");
    ck_assert_str_eq(c, "ab");
    ck_assert_str_eq(d, "x-7");
    ck_assert_ptr_null(mb_strdup(NULL));
}
END_TEST

static char *make(void)
{
    mb_autofree char *p = mb_strdup("mine");

    return mb_steal(&p);
}

START_TEST(test_steal_hands_over)
{
    mb_autofree char *p = make();
    mb_autofree char *q = mb_steal(&p);

    ck_assert_ptr_null(p);
    ck_assert_str_eq(q, "mine");
}
END_TEST

/* Is the number an open descriptor? */
static int is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(test_closes_itself)
{
    int a, b, c;
    {
        mb_autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        mb_autofile FILE *file = fopen("/dev/null", "re");
        mb_autodir DIR *dir = opendir("/");
        a = fd;
        b = fileno(file);
        c = dirfd(dir);
        ck_assert(is_open(a) && is_open(b) && is_open(c));
    }
    ck_assert(!is_open(a) && !is_open(b) && !is_open(c));
}
END_TEST

START_TEST(test_nothing_there)
{
    mb_autoclose int fd = -1;
    mb_autofile FILE *file = NULL;
    mb_autodir DIR *dir = NULL;
    mb_autofree void *p = NULL;

    ck_assert_int_eq(fd, -1);
    ck_assert(!file && !dir && !p);
}
END_TEST

/* Rule 2: out of memory ends the program.  AddressSanitizer would end it
 * itself, in its own way. */
#ifndef __SANITIZE_ADDRESS__
START_TEST(test_out_of_memory)
{
    (void)mb_alloc(SIZE_MAX / 2);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("mem");
    TCase *tc = tcase_create("mem");

    tcase_add_test(tc, test_alloc_is_zeroed);
    tcase_add_test(tc, test_zero_sizes);
    tcase_add_test(tc, test_strings);
    tcase_add_test(tc, test_steal_hands_over);
    tcase_add_test(tc, test_closes_itself);
    tcase_add_test(tc, test_nothing_there);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test_raise_signal(tc, test_out_of_memory, SIGABRT);
#endif
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
