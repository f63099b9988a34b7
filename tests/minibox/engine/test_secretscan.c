/* SPDX-License-Identifier: MIT */
/* test_secretscan.c - secrets in a stream, wherever it is cut */
#include "engine/secretscan.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

#define TOKEN                                                                  \
    "ghp_"                                                                     \
    "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"
#define LINE "MIIEowIBAAKCAQEA6yCv+BLrRP/dMPBXJWK21c0aqxIX6JkODL4K+zlyEURt"
#define KEY                                                                    \
    "-----BEGIN RSA "                                                          \
    "PRIVATE KEY-----\n" LINE "\n-----END"

/* "KIND value@LINE;" for each hit. */
static void note_hit(void *argument, const struct secretscan_hit *hit)
{
    buf_addf(argument, "%s %.*s@%zu;", hit->kind, (int)hit->len, hit->value,
             hit->line);
}

/* What is found in DATA, which comes in parts of STEP bytes. */
static char *scan(enum secretwords_mode mode, const struct buf *data,
                  size_t step)
{
    struct buf out = BUF_INIT;
    const struct secretscan_visitor visitor = {note_hit, &out};
    struct secretscan *s = secretscan_new(mode, &visitor);

    for (size_t i = 0; i < data->len; i += step)
        secretscan_add(s, data->s + i,
                       data->len - i < step ? data->len - i : step);
    secretscan_end(s);
    return buf_take(&out);
}

/* A token around the end of the first window, at each place in turn. */
START_TEST(token_across_windows)
{
    enum { WINDOW = SECRETSCAN_WINDOW };
    static const size_t edges[] = {WINDOW - SECRETWORDS_AHEAD, WINDOW};

    for (size_t e = 0; e < 2; e++)
        for (size_t back = 0; back <= strlen(TOKEN) + 1; back++) {
            mb_autobuf struct buf data = BUF_INIT;
            while (data.len < edges[e] - back)
                buf_addc(&data, data.len % 7 ? 'a' : '\n');
            data.s[data.len - 1] = ' ';
            buf_adds(&data, TOKEN "\n");
            for (size_t i = 0; i < WINDOW; i++)
                buf_addc(&data, 'b');
            mb_autofree char *is = scan(SECRETWORDS_TEXT, &data, 5000);
            mb_autofree char *whole = scan(SECRETWORDS_TEXT, &data, data.len);
            ck_assert_msg(starts_with(is, "GitHub token " TOKEN "@"), "%s", is);
            ck_assert_str_eq(is, whole);
            ck_assert_ptr_eq(strchr(is, ';'), is + strlen(is) - 1);
        }
}
END_TEST

START_TEST(lines_are_counted)
{
    mb_autobuf struct buf data = BUF_INIT;

    for (int i = 0; i < 100000; i++)
        buf_adds(&data, "a\n");
    buf_adds(&data, "x " TOKEN "\nDB_PASSWORD=hunter2\n");
    mb_autofree char *is = scan(SECRETWORDS_CONFIG, &data, 4096);
    ck_assert_str_eq(is, "GitHub token " TOKEN "@100001;"
                         "password hunter2@100002;");
}
END_TEST

START_TEST(binary_files)
{
    mb_autobuf struct buf data = BUF_INIT;

    buf_add(&data, "\177ELF\0\1", 6);
    buf_adds(&data, "PASSWORD=hunter2\n" KEY);
    buf_addc(&data, '\0');
    buf_adds(&data, TOKEN);
    mb_autofree char *ours = scan(SECRETWORDS_CONFIG, &data, 3);
    mb_autofree char *packaged = scan(SECRETWORDS_SHAPES, &data, 3);
    ck_assert_str_eq(ours, "private key (RSA) " LINE "\n@2;"
                           "GitHub token " TOKEN "@4;");
    ck_assert_str_eq(packaged, "GitHub token " TOKEN "@4;");
}
END_TEST

START_TEST(nothing)
{
    mb_autobuf struct buf data = BUF_INIT;
    mb_autofree char *is = scan(SECRETWORDS_CONFIG, &data, 1);

    ck_assert_str_eq(is, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secretscan");
    TCase *tests = tcase_create("secretscan");

    tcase_add_test(tests, token_across_windows);
    tcase_add_test(tests, lines_are_counted);
    tcase_add_test(tests, binary_files);
    tcase_add_test(tests, nothing);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
