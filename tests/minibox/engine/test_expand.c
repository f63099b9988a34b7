/* SPDX-License-Identifier: MIT */
/*
 * test_expand.c - variables in words: what the interface promises, and bombs
 *
 * What BuildKit's lexer makes of some hundred words is in tests/words/cases.
 */
#include "engine/expand.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "check_main.h"
#include "engine/dfquote.h"
#include "engine/pattern.h"
#include "engine/quote.h"

/* The environment of all tests: U is not set. */
static void fill(struct strv *env)
{
    strv_add(env, "A=apple");
    strv_add(env, "B=two words");
    strv_add(env, "E=");
}

/* The failures of every module that takes a word apart. */
static const char *const bad[] = {"x${A",   "'abc",     "\"abc",   "${U:?no}",
                                  "${A^^}", "${A#\\a}", "${A//x}", "${}"};

START_TEST(test_bad)
{
    mb_autostrv struct strv env = {0}, list = {0};
    mb_autobuf struct buf start = BUF_INIT;
    struct mb_error err = {0};
    char *out = (char *)"untouched";

    fill(&env);
    buf_adds(&start, "failed to process ");
    dfquote_add(&start, bad[_i]);
    ck_assert_int_eq(expand_word(bad[_i], '\\', &env, &out, &err), -1);
    ck_assert_msg(starts_with(err.msg, start.s), "[%s]", err.msg);
    ck_assert_str_eq(out, "untouched");
    ck_assert_int_eq(expand_word(bad[_i], '\\', &env, &out, NULL), -1);
    strv_add(&list, "kept");
    ck_assert_int_eq(expand_words(bad[_i], '\\', &env, &list, &err), -1);
    ck_assert_uint_eq(list.n, 1);
}
END_TEST

START_TEST(test_good)
{
    mb_autostrv struct strv env = {0}, list = {0};
    struct mb_error err = {0};
    char *out = NULL;

    fill(&env);
    ck_assert_int_eq(expand_word("$A \"$B\"", '\\', &env, &out, &err), 0);
    ck_assert_str_eq(out, "apple two words");
    free(out);
    ck_assert_int_eq(expand_word("`$A`", '`', &env, &out, NULL), 0);
    ck_assert_str_eq(out, "$A");
    free(out);
    ck_assert_int_eq(expand_text("'$A'\n", &env, &out, NULL), 0);
    ck_assert_str_eq(out, "'apple'\n");
    free(out);
    strv_add(&list, "kept");
    ck_assert_int_eq(expand_words("$A \"$B\"", '\\', &env, &list, &err), 0);
    ck_assert_uint_eq(list.n, 3);
    ck_assert_str_eq(list.v[0], "kept");
    ck_assert_str_eq(list.v[1], "apple");
    ck_assert_str_eq(list.v[2], "two words");
    ck_assert_ptr_null(list.v[3]);
}
END_TEST

/* N times "${a:-" and as many "}". */
static char *nested(size_t n)
{
    mb_autobuf struct buf b = BUF_INIT;

    for (size_t i = 0; i < n; i++)
        buf_adds(&b, "${a:-");
    buf_adds(&b, "x");
    for (size_t i = 0; i < n; i++)
        buf_addc(&b, '}');
    return buf_take(&b);
}

START_TEST(test_nesting)
{
    struct strv env = {0};
    struct mb_error err = {0};
    char *out = NULL;
    mb_autofree char *fine = nested(100), *deep = nested(101),
                     *abyss = nested(100000);

    ck_assert_int_eq(expand_word(fine, '\\', &env, &out, &err), 0);
    ck_assert_str_eq(out, "x");
    free(out);
    ck_assert_int_eq(expand_word(deep, '\\', &env, &out, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "nested more than 100 deep"));
    ck_assert_int_eq(expand_word(abyss, '\\', &env, &out, &err), -1);
    /* Side by side is no nesting. */
    mb_autobuf struct buf many = BUF_INIT;
    for (int i = 0; i < 1000; i++)
        buf_adds(&many, "${a:-x}");
    ck_assert_int_eq(expand_word(many.s, '\\', &env, &out, &err), 0);
    ck_assert_uint_eq(strlen(out), 1000);
    free(out);
}
END_TEST

/* Repeat S up to at least SIZE bytes. */
static char *repeat(const char *s, size_t size)
{
    mb_autobuf struct buf b = BUF_INIT;

    while (b.len < size)
        buf_adds(&b, s);
    return buf_take(&b);
}

START_TEST(test_bombs)
{
    static const char *const bombs[] = {
        "$X",
        "\"$X\"",
        "${X}",
        "${N:-$X}",
        "${X//a/$X}",
        "${Y//a/$X}",
        "${W} ",
        "${X##*}",
        "${X#*a*a*b}",
        "${X%%?aaaaaaaaab}",
        "${X//aaaaaab/x}",
        "${X//a/'$1$1$1$1$1$1$1$1'}",
        "${X//*a*b/x}",
        "${S+}",
        "$_",
    };
    mb_autostrv struct strv env = {0};
    mb_autofree char *big = repeat("a", 200000), *white = repeat(" ", 200000);
    clock_t start = clock();

    strv_setenv(&env, "X", big);
    strv_setenv(&env, "W", white);
    strv_setenv(&env, "Y", "aaaaaaaaaaaaaaaaaaaaaaaaaa");
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        mb_autofree char *word = repeat(bombs[i], 1000000);
        mb_autostrv struct strv list = {0};
        struct mb_error err = {0};
        char *out = NULL;
        if (expand_word(word, '\\', &env, &out, &err) == 0) {
            ck_assert_uint_le(strlen(out), QUOTE_MOST);
            free(out);
        } else {
            ck_assert_msg(strstr(err.msg, "more than") ||
                              strstr(err.msg, "too long"),
                          "%s: %s", bombs[i], err.msg);
        }
        (void)expand_words(word, '\\', &env, &list, NULL);
    }
    ck_assert_int_lt((clock() - start) / CLOCKS_PER_SEC, 30);
}
END_TEST

/* Whether pattern P matches all of S. */
static bool naive(const char *p, const char *s)
{
    if (!*p)
        return !*s;
    if (*p == '*')
        return naive(p + 1, s) || (*s && naive(p, s + 1));
    return *s && (*p == '?' || *p == *s) && naive(p + 1, s + 1);
}

START_TEST(test_trim_exactly)
{
    /* Against the definition: the shortest (longest) prefix (suffix) that a
     * naive matcher accepts, over random short strings. */
    srand(20);
    for (int round = 0; round < 20000; round++) {
        char value[9] = "", pattern[6] = "";
        for (int i = rand() % 8; i-- > 0;)
            value[i] = "ab"[rand() % 2];
        for (int i = rand() % 5; i-- > 0;)
            pattern[i] = "ab*?"[rand() % 4];
        size_t n = strlen(value), prefix[2] = {0}, suffix[2] = {n, n};
        bool found[2] = {false, false};
        for (size_t cut = 0; cut <= n; cut++) {
            mb_autofree char *head = mb_strndup(value, cut);
            if (naive(pattern, head)) {
                prefix[0] = found[0] ? prefix[0] : cut;
                prefix[1] = cut;
                found[0] = true;
            }
            if (naive(pattern, value + cut)) {
                suffix[1] = found[1] ? suffix[1] : cut;
                suffix[0] = cut;
                found[1] = true;
            }
        }
        for (int longest = 0; longest < 2; longest++) {
            mb_autobuf struct buf a = BUF_INIT, b = BUF_INIT;
            mb_autofree char *head = mb_strndup(value, suffix[longest]);
            ck_assert_int_eq(
                pattern_trim_prefix(pattern, longest, value, &a, NULL), 0);
            ck_assert_str_eq(a.s, value + prefix[longest]);
            ck_assert_int_eq(
                pattern_trim_suffix(pattern, longest, value, &b, NULL), 0);
            ck_assert_str_eq(b.s, head);
        }
    }
}
END_TEST

/* Which variables a word asks for: each once, and those in words of operators
 * that are not needed in the end, too. */
START_TEST(test_traced)
{
    struct mb_error err = {0};
    mb_autostrv struct strv env = {0};
    struct expand_trace trace = {0};

    fill(&env);
    ck_assert_int_eq(expand_traced("$A-$U-${U:-$V}-${A:-$W}'$X'\\$Y$A$E", '\\',
                                   &env, &trace, &err),
                     0);
    ck_assert_str_eq(trace.text, "apple---apple$X$Yapple");
    ck_assert_uint_eq(trace.found.n, 2);
    ck_assert_str_eq(trace.found.v[0], "A");
    ck_assert_str_eq(trace.found.v[1], "E");
    ck_assert_uint_eq(trace.missing.n, 3);
    ck_assert_str_eq(trace.missing.v[0], "U");
    ck_assert_str_eq(trace.missing.v[1], "V");
    ck_assert_str_eq(trace.missing.v[2], "W");
    expand_trace_done(&trace);
    ck_assert_int_eq(expand_traced("$Z${", '\\', &env, &trace, &err), -1);
    expand_trace_done(&trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expand");
    TCase *tc = tcase_create("expand");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, test_bad, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tc, test_good);
    tcase_add_test(tc, test_nesting);
    tcase_add_test(tc, test_bombs);
    tcase_add_test(tc, test_trim_exactly);
    tcase_add_test(tc, test_traced);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
