/* SPDX-License-Identifier: MIT */
/* test_ignore.c - .dockerignore: the rows of docker's manual and more */
#include "engine/ignore.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

struct row {
    const char *text;
    const char *hidden; /* paths, separated by spaces */
    const char *shown;
};

static const struct row rows[] = {
    {"", "", "a a/b .dockerignore"},
    {"a", "a a/b a/b/c", "b ab b/a"},
    {"# comment\na\n", "a", "b #"},
    {" # x\n", "", "x"}, /* not in the first column: a pattern */
    {"\\#x\n", "#x", "x"},
    {"  a  \r\n\tb\n", "a b", "c"},
    {"\xef\xbb\xbf"
     "a\n",
     "a", "b"},
    {"/a\n./b\nc/\n/d/\n", "a b c c/x d/y", "e"},
    {"a//b/./c\n", "a/b/c", "a a/b"},
    {"a/../b\n", "b", "a"},
    {"*.log", "x.log .log", "a/x.log x.logs"},
    {"*/*.log", "a/x.log", "x.log a/b/x.log"},
    {"**/*.log", "x.log a/x.log a/b/x.log", "x.txt"},
    {"**.log", "x.log a/b/x.log", "x.txt"},
    {"**/b", "b a/b a/b/c x/y/b", "ab c"},
    {"?.md", "a.md", "ab.md x/a.md"},
    {"[a-c].md", "a.md c.md", "d.md"},
    {"*.md\n!README.md", "a.md", "README.md"},
    {"!README.md\n*.md", "a.md README.md", "x"},
    {"*\n!a", "b b/a", "a a/x a/x/y"},
    {"a/b/\n!a/b/z.log", "a/b a/b/x", "a/b/z.log a"},
    {"*\n!a/**/*.log", "a a/y.txt b a/b", "a/y.log a/b/y.log a/b/c/y.log"},
    {"*.md\n!README*.md\nREADME-secret.md", "x.md README-secret.md",
     "README.md README-a.md"},
    {"! b\n", "", "b"},
    {"*\n! b\n", "a", "b"},
    {".", "", "a a/b"},
    {"/", "", "a"},
    {"./", "", "a"},
    {"*", "a .a a/b", ""},
    {"**", "a .a a/b", ""},
    {"../x\n", "", "x"}, /* not clamped to x */
    {"a/../../x\n", "", "x"},
    {"/../x\n", "x", "y"}, /* rooted: ".." of "/" is "/" */
    {"*\n!../\n!../x\n", "x a", ""},
    {"Dockerfile\n.dockerignore\n", "Dockerfile .dockerignore", "x"},
    {"\\!x\n", "!x", "x"},
    {"\xff\n", "\xff", "\xfe"},
    /* white space of all scripts: U+00A0, U+3000; not half of one */
    {"\xc2\xa0"
     "a\xc2\xa0\r\n! \xe3\x80\x80"
     "b\n\v\f*.md\xe2\x80\x89\n",
     "a x.md", "b"},
    {"a\xa0\n", "a\xa0", "a"},
    /* the last line that matches decides, though one before it matched a
     * directory above, or the other way round */
    {"a/b\n!a\n", "", "a a/b a/b/c"},
    {"**/*.log\n!keep\n", "x.log a/x.log", "keep keep/x.log"},
    {"*\n!a/b\na\n", "a a/b a/b/c", ""},
    {"a\n!a/b\na/b/c\n!a/b/c/d\n", "a a/x a/b/c a/b/c/e",
     "a/b a/b/x a/b/c/d a/b/c/d/e"},
    /* ** in all places */
    {"a/**\n", "a/b a/b/c", "a"},
    {"a**\n", "a ab a/b ab/c", "b"},
    {"**/a/**\n", "a/b x/a/b/c", "a x/a"},
    {"**/a/**/b\n", "a/b x/a/y/z/b/c", "a a/x x/a"},
    {"*\n!**/*.c\n**/t/*.c\n", "a a/b a/t/x.c t/x.c", "x.c a/b/x.c"},
    /* what would be an operator elsewhere */
    {"a+b\n(c)\n$d\n{e,f}\ng|h\n^i\n", "a+b (c) $d {e,f} g|h ^i",
     "aab c d e f g h i"},
    {"\\*\n\\?x\n\\[a]\n", "* ?x [a]", "a xx \\*"},
    {"!!x\n", "", "x !x"},
    {"*\n!!x\n", "x", "!x"},
    {"a#b\n#a\n", "a#b", "#a a"},
    {"\n\n \n\t\r\n#\n", "", "a"},
    {"a/b/..\n", "a a/b", "b"},
    {"..", "", "a .."},
    {"!.\n!./\n!x/..\n", "", "a"},
};

/* Check each path of LIST. */
static void check(const struct row *row, const char *list, bool want)
{
    struct ignore ignore;
    struct mb_error err;
    mb_autofree char *copy = mb_strdup(list);

    ck_assert_msg(ignore_parse(row->text, &ignore, &err) == 0, "%s", err.msg);
    for (char *path = strtok(copy, " "); path; path = strtok(NULL, " "))
        ck_assert_msg(ignore_matches(&ignore, path) == want,
                      "\"%s\" with \"%s\"", path, row->text);
    ignore_done(&ignore);
}

START_TEST(test_rows)
{
    check(&rows[_i], rows[_i].hidden, true);
    check(&rows[_i], rows[_i].shown, false);
}
END_TEST

START_TEST(test_never_the_context)
{
    struct ignore ignore;

    ck_assert_int_eq(ignore_parse("*\n**\n.\n", &ignore, NULL), 0);
    ck_assert(!ignore_matches(&ignore, ""));
    ck_assert(!ignore_matches(NULL, "a"));
    ignore_done(&ignore);
}
END_TEST

START_TEST(test_broken)
{
    static const char *const texts[] = {"ok\n[\n",   "#\n![x",   "\na\\",
                                        "x\n!",      "x\n!  \n", "x\n[]\n",
                                        "x\na\\/\n", "x\n!/\n",  "x\n! /.\n"};
    struct ignore ignore = {{NULL, 7}};
    struct mb_error err = {0};

    ck_assert_int_eq(ignore_parse(texts[_i], &ignore, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, ".dockerignore line 2: syntax error "
                                          "in pattern: "));
    ck_assert_str_ne(err.hint, "");
    ck_assert_uint_eq(ignore.patterns.n, 7); /* untouched */
}
END_TEST

/* Never say "all hidden" of a directory that holds something shown. */
START_TEST(test_hides_tree)
{
    static const struct {
        const char *text, *dir;
        bool want;
    } cases[] = {
        {"*", "a", true},
        {"*\n!README", "a", true},
        {"*\n!a/x", "a", false},
        {"*\n!a/x", "ab", true},
        {"*\n!ab/x", "a", true},
        {"*\n!a/b/c/d", "a/b", false},
        {"*\n!a/b/c/d", "a/c", true},
        {"*\n!**/x", "a", false},
        {"*\n!a*/x", "ab", false},
        {"*\n!a*/x", "b", true},
        {"*\n!a/*", "a", false},
        {"*\n!b/*", "a", true},
        {"*\n!a\\b/x", "ab", false}, /* in doubt: look */
        {"!a\na", "a", true},
    };
    struct ignore ignore;

    ck_assert_int_eq(ignore_parse(cases[_i].text, &ignore, NULL), 0);
    ck_assert_int_eq(ignore_hides_tree(&ignore, cases[_i].dir), cases[_i].want);
    ignore_done(&ignore);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine/ignore");
    TCase *tc = tcase_create("ignore");

    tcase_add_loop_test(tc, test_rows, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tc, test_never_the_context);
    tcase_add_loop_test(tc, test_broken, 0, 9);
    tcase_add_loop_test(tc, test_hides_tree, 0, 14);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
