/* SPDX-License-Identifier: MIT */
/* test_match.c - patterns: Go's rules, **, broken ones, bombs */
#include "engine/match.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "check_main.h"

struct row {
    const char *pattern, *name;
    int want;
};

/* The table of Go's own filepath.Match tests, in spirit: every rule of its
 * grammar once where it holds and once where it does not. */
static const struct row rows[] = {
    {"abc", "abc", 1},
    {"abc", "abd", 0},
    {"abc", "ab", 0},
    {"abc", "abcd", 0},
    {"", "", 1},
    {"", "a", 0},
    {"*", "", 1},
    {"*", "abc", 1},
    {"*", ".hidden", 1},
    {"*", "a/b", 0},
    {"*c", "abc", 1},
    {"a*", "a", 1},
    {"a*", "ab/c", 0},
    {"a*/b", "abc/b", 1},
    {"a*/b", "a/c/b", 0},
    {"a*b*c*d*e*/f", "axbxcxdxe/f", 1},
    {"a*b*c*d*e*/f", "axbxcxdxexxx/f", 1},
    {"a*b*c*d*e*/f", "axbxcxdxe/xxx/f", 0},
    {"a*b*c*d*e*/f", "axbxcxdxexxx/fff", 0},
    {"a*b?c*x", "abxbbxdbxebxczzx", 1},
    {"a*b?c*x", "abxbbxdbxebxczzy", 0},
    {"a?c", "abc", 1},
    {"a?c", "a/c", 0},
    {"a?c", "ac", 0},
    {"a?b",
     "a\xe2\x98\xba"
     "b",
     1},
    {"a???b",
     "a\xe2\x98\xba"
     "b",
     0},
    {"ab[c]", "abc", 1},
    {"ab[b-d]", "abc", 1},
    {"ab[e-g]", "abc", 0},
    {"ab[^c]", "abc", 0},
    {"ab[^b-d]", "abc", 0},
    {"ab[^e-g]", "abc", 1},
    {"[!a]", "!", 1},
    {"[!a]", "b", 0},
    {"[a-\xce\xb6]*", "\xce\xb1", 1},
    {"*[a-\xce\xb6]", "A", 0},
    {"[\\]a]", "]", 1},
    {"[\\-]", "-", 1},
    {"[x\\-]", "x", 1},
    {"[x\\-]", "z", 0},
    {"[\\-x]", "-", 1},
    {"a[^b]c", "a/c", 1}, /* as in Go: only * and ? respect the slash */
    {"a\\*b", "a*b", 1},
    {"a\\*b", "axb", 0},
    {"a\\[b", "a[b", 1},
    {"\\#x", "#x", 1},
    {"a]b", "a]b", 1},
    /* names that are not UTF-8 */
    {"a?", "a\xff", 1},
    {"a??", "a\xff\xfe", 1},
    {"\xff", "\xff", 1},
    {"*\xff", "a\xff", 1},
    {"*\xff", "a\xfe", 0},
    {"?", "\xc3", 1},
    {"?", "\xc0\x80", 0}, /* overlong: two wrong bytes */
    {"?", "\xed\xa0\x80\x80", 0},
    {"?", "\xf4\x90\x80\x80", 0}, /* above U+10FFFF */
    {"*\n*", "a\nb", 1},
    /* broken */
    {"[", "a", -1},
    {"[a", "a", -1},
    {"[]a]", "]", -1},
    {"[-]", "-", -1},
    {"[x-]", "x", -1},
    {"[-x]", "x", -1},
    {"[^", "a", -1},
    {"[^bc", "a", -1},
    {"[a-b-c]", "a", -1},
    {"a[", "ab", -1},
    {"a[", "b", -1}, /* broken, even where the name stops matching before */
    {"[\xff]", "\xff", -1},
    {"a\\", "a", -1},
    {"[\\", "a", -1},
    /* ** */
    {"**", "a", 1},
    {"**", "a/b/c", 1},
    {"**/b", "b", 1},
    {"**/b", "a/b", 1},
    {"**/b", "x/y/b", 1},
    {"**/b", "ab", 0},
    {"**/b", "b/c", 0},
    {"**/*.log", "y.log", 1},
    {"**/*.log", "a/b/y.log", 1},
    {"**/*.log", "a/b/y.log/z", 0},
    {"a/**", "a", 0},
    {"a/**", "a/b/c", 1},
    {"a/**/b", "a/b", 1},
    {"a/**/b", "a/x/b", 1},
    {"a/**/b", "a/x/y/b", 1},
    {"a/**/b", "a/xb", 0},
    {"a/**/b", "ab", 0},
    {"a**b", "ab", 1},
    {"a**b", "ax/b", 1},
    {"a**b", "axb", 0},
    {"a**/*b", "a/x/yb", 1},
    {"***", "a/b", 1},
    {"***b", "x/ab", 1},
    {"**.log", "a.log", 1},
    {"**.log", "x/a.log", 1},
    {"**.log", "a.logs", 0},
    {"**/x/**/y/**", "a/x/b/c/y/d", 1},
    {"**/x/**/y/**", "a/x/b/c/y", 0},
    {"**/**/**/b", "b", 1},
};

START_TEST(test_table)
{
    const struct row *row = &rows[_i];
    int got = match_glob(row->pattern, row->name);

    ck_assert_msg(got == row->want, "match_glob(\"%s\", \"%s\") = %d, not %d",
                  row->pattern, row->name, got, row->want);
    /* What matches the whole also matches as a tree, and below it. */
    if (row->want != 0)
        ck_assert_int_eq(match_tree(row->pattern, row->name), row->want);
    if (row->want == 1 && row->name[0]) {
        mb_autofree char *below = mb_printf("%s/some/where", row->name);
        ck_assert_int_eq(match_tree(row->pattern, below), 1);
    }
}
END_TEST

START_TEST(test_tree)
{
    ck_assert_int_eq(match_tree("a", "a/b/c"), 1);
    ck_assert_int_eq(match_tree("a", "ab"), 0);
    ck_assert_int_eq(match_tree("a/b", "a"), 0);
    ck_assert_int_eq(match_tree("a/*", "a/b/c"), 1);
    ck_assert_int_eq(match_tree("*", "a/b/c"), 1);
    ck_assert_int_eq(match_tree("*/b", "a/b/c"), 1);
    ck_assert_int_eq(match_tree("*/c", "a/b/c"), 0);
    ck_assert_int_eq(match_tree("**/b", "x/a/b/c"), 1);
    ck_assert_int_eq(match_tree("a?", "ab/c"), 1);
    ck_assert_int_eq(match_tree("[", "a/b"), -1);
}
END_TEST

/* A string of N times PART. */
static char *repeat(const char *part, size_t n)
{
    size_t len = strlen(part);
    char *s = mb_alloc(n * len + 1);

    for (size_t i = 0; i < n; i++)
        memcpy(s + i * len, part, len);
    return s;
}

/* A backtracking matcher needs longer than the age of the universe for most
 * of these; a good one less than a second for all. */
START_TEST(test_bombs)
{
    static const char *const parts[] = {"*",  "**",  "*a",   "**/",    "a*",
                                        "*?", "**a", "**/a", "?*[a-z]"};
    mb_autofree char *flat = repeat("a", 4000), *deep = repeat("a/", 2000);
    struct timespec start, end;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (size_t n = 1; n <= 64; n *= 4) {
            mb_autofree char *body = repeat(parts[i], n);
            mb_autofree char *bomb = mb_printf("%s!", body);
            ck_assert_int_eq(match_glob(bomb, flat), 0);
            ck_assert_int_eq(match_tree(bomb, deep), 0);
        }
    }
    ck_assert_int_eq(match_glob("******a", flat), 0);
    mb_autofree char *stars = repeat("*a", 1500);
    ck_assert_int_eq(match_glob(stars, flat), 1);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    ck_assert_int_lt(end.tv_sec - start.tv_sec, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine/match");
    TCase *tc = tcase_create("match");

    tcase_add_loop_test(tc, test_table, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tc, test_tree);
    tcase_add_test(tc, test_bombs);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
