/* SPDX-License-Identifier: MIT */
/* test_sniff.c - is it an archive? */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "image/sniff.h"

/* The header of a tar from before 1988: no magic, but a sum. */
static void old_header(unsigned char head[SNIFF_SIZE])
{
    unsigned sum = 8 * ' ';

    memset(head, 0, SNIFF_SIZE);
    strcpy((char *)head, "file");
    memcpy(head + 100, "0000644", 8);
    for (int i = 0; i < SNIFF_SIZE; i++)
        sum += head[i];
    snprintf((char *)head + 148, 8, "%06o", sum);
}

START_TEST(test_tar)
{
    unsigned char head[SNIFF_SIZE];

    old_header(head);
    ck_assert_int_eq(sniff_bytes(head, sizeof head), SNIFF_TAR);
    ck_assert_int_eq(sniff_bytes(head, sizeof head - 1), SNIFF_OTHER);
    head[0]++;
    ck_assert_int_eq(sniff_bytes(head, sizeof head), SNIFF_OTHER);
    memset(head, 0, sizeof head); /* its end is no archive */
    ck_assert_int_eq(sniff_bytes(head, sizeof head), SNIFF_OTHER);
}
END_TEST

static const struct {
    const char *bytes;
    size_t size;
    enum sniffed kind;
} marks[] = {
    {"\x1f\x8b\x08", 3, SNIFF_GZIP},
    {"\x28\xb5\x2f\xfd", 4, SNIFF_ZSTD},
    {"\x28\xb5\x2f", 3, SNIFF_OTHER},
    {"BZh9", 4, SNIFF_BZIP2},
    {"\xfd\x37zXZ", 6, SNIFF_XZ},
    {"FROM x", 6, SNIFF_OTHER},
    {"", 0, SNIFF_OTHER},
};

START_TEST(test_marks)
{
    ck_assert_int_eq(sniff_bytes(marks[_i].bytes, marks[_i].size),
                     marks[_i].kind);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sniff");
    TCase *tc = tcase_create("sniff");

    tcase_add_test(tc, test_tar);
    tcase_add_loop_test(tc, test_marks, 0, sizeof marks / sizeof *marks);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
