/* SPDX-License-Identifier: MIT */
/*
 * test_expand.c - quotes, escapes and variables
 *
 * Most of it is a table of what BuildKit's lexer makes of a word, with \ and
 * with ` as the escape; the rest is what nobody writes by accident.
 */
#include "engine/expand.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "check_main.h"
#include "engine/pattern.h"
#include "engine/sink.h"

/* The environment of all tests: U is not set. */
static void fill(struct strv *env)
{
    strv_add(env, "A=apple");
    strv_add(env, "B=two words");
    strv_add(env, "E=");
    strv_add(env, "P=/usr/local/lib/libx.so.1");
    strv_add(env, "D=$A ${A} 'q' \\n");
    strv_add(env, "UTF=h\xc3\xa9\xe2\x82\xac");
    strv_add(env, "A_1=under");
    strv_add(env, "S=a*b?c");
    strv_add(env, "L=1.2.3-rc1-rc2");
}

static const struct {
    const char *in, *out;
} words[] = {
    {"", ""},
    {"plain", "plain"},
    {"$A", "apple"},
    {"${A}", "apple"},
    {"$A_1", "under"},
    {"$A/x", "apple/x"},
    {"x$A$A", "xappleapple"},
    {"$U", ""},
    {"[$U]", "[]"},
    {"$", "$"},
    {"a$", "a$"},
    {"$/", "$/"},
    {"$ A", "$ A"},
    {"$1x", "x"},
    {"$12", ""},
    {"$@", ""},
    {"$$A", "A"},
    {"${1}", ""},
    /* quotes */
    {"'$A'", "$A"},
    {"\"$A\"", "apple"},
    {"'a'\"b\"c", "abc"},
    {"\"it's\"", "it's"},
    {"'say \"x\"'", "say \"x\""},
    {"''", ""},
    {"\"\"", ""},
    {"'a\\'", "a\\"},
    {"\" $B \"", " two words "},
    {"$B", "two words"},
    /* escapes */
    {"\\$A", "$A"},
    {"\\\\", "\\"},
    {"\\\\$A", "\\apple"},
    {"\\a", "a"},
    {"\\'", "'"},
    {"\"\\$A\"", "$A"},
    {"\"\\\"\"", "\""},
    {"\"\\\\\"", "\\"},
    {"\"\\n\"", "\\n"},
    {"end\\", "end"},
    {"`$A`", "`apple`"},
    /* a value is never looked at again */
    {"$D", "$A ${A} 'q' \\n"},
    {"\"$D\"", "$A ${A} 'q' \\n"},
    /* - + ? */
    {"${A:-x}", "apple"},
    {"${U:-x}", "x"},
    {"${E:-x}", "x"},
    {"${E-x}", ""},
    {"${U-x}", "x"},
    {"${U:-}", ""},
    {"${A:+x}", "x"},
    {"${U:+x}", ""},
    {"${E:+x}", ""},
    {"${E+x}", "x"},
    {"${U+x}", ""},
    {"${A:?no}", "apple"},
    {"${E?no}", ""},
    {"${U:-$A}", "apple"},
    {"${U:-${U:-${A}}}", "apple"},
    {"${U:-\"a b\"}", "a b"},
    {"${U:-'}'}", "}"},
    {"${U:-\\}}", "}"},
    {"\"${U:-\"x\"}\"", "x"},
    {"${U:-a:-b}", "a:-b"},
    {"${U:-{}}", "{}"},
    {"${A:+[$A]}", "[apple]"},
    /* # ## % %% */
    {"${P#/usr}", "/local/lib/libx.so.1"},
    {"${P#usr}", "/usr/local/lib/libx.so.1"},
    {"${P#*/}", "usr/local/lib/libx.so.1"},
    {"${P##*/}", "libx.so.1"},
    {"${P%/*}", "/usr/local/lib"},
    {"${P%%/*}", ""},
    {"${P%.*}", "/usr/local/lib/libx.so"},
    {"${P%%.*}", "/usr/local/lib/libx"},
    {"${P%1}", "/usr/local/lib/libx.so."},
    {"${P%x}", "/usr/local/lib/libx.so.1"},
    {"${A#?}", "pple"},
    {"${A%??}", "app"},
    {"${A#*}", "apple"},
    {"${A##*}", ""},
    {"${A%*}", "apple"},
    {"${A%%*}", ""},
    {"${A#}", "apple"},
    {"${A#apple}", ""},
    {"${A#applepie}", "apple"},
    {"${A#??????}", "apple"},
    {"${U#x}", ""},
    {"${S#a\\*}", "b?c"},
    {"${S#a\\?}", "a*b?c"},
    {"${S%\\?c}", "a*b"},
    {"${L#1*.*-r}", "c1-rc2"},
    {"${L##1*.*-r}", "c2"},
    {"${L%-rc?}", "1.2.3-rc1"},
    {"${L%%-*}", "1.2.3"},
    {"${L%.*-rc*}", "1.2"},
    {"${L%%.*-rc*}", "1"},
    {"${P#${U:-/usr}}", "/local/lib/libx.so.1"},
    {"${P%%\"/*\"}", ""},
    /* UTF-8: ? is one character */
    {"${UTF#h?}", "\xe2\x82\xac"},
    {"${UTF%?}", "h\xc3\xa9"},
    {"${UTF%??}", "h"},
    {"${UTF//?/x}", "xxx"},
    /* / // */
    {"${A/p/P}", "aPple"},
    {"${A//p/P}", "aPPle"},
    {"${A/p/}", "aple"},
    {"${A//p/}", "ale"},
    {"${A/x/y}", "apple"},
    {"${A/p*/y}", "ay"},
    {"${A/?p/y}", "yple"},
    {"${A/a*e/}", ""},
    {"${P/\\/usr/\\/opt}", "\\/opt/local/lib/libx.so.1"},
    {"${P//\\//:}", ":usr:local:lib:libx.so.1"},
    {"${A//p/$A}", "aappleapplele"},
    {"${A//*/x}", "x"},
    {"${A///-}", "-a-p-p-l-e-"},
    {"${A//pp/$B}", "atwo wordsle"},
    {"${U/a/b}", ""},
};

START_TEST(test_words)
{
    mb_autostrv struct strv env = {0};
    struct mb_error err = {0};
    char *out = NULL;

    fill(&env);
    ck_assert_msg(expand_word(words[_i].in, '\\', &env, &out, &err) == 0,
                  "%s: %s", words[_i].in, err.msg);
    ck_assert_msg(strcmp(out, words[_i].out) == 0, "%s: [%s], not [%s]",
                  words[_i].in, out, words[_i].out);
    free(out);
}
END_TEST

static const struct {
    const char *in, *message;
} bad[] = {
    {"${A", "missing } in \"${A\""},
    {"${", "missing }"},
    {"${A:", "missing }"},
    {"x${A:-", "missing } in \"${A:-\""},
    {"${A:-${B}", "missing } in \"${A:-${B}\""},
    {"${A#x", "missing }"},
    {"${A/x}", "missing /"},
    {"${A/x/y", "missing }"},
    {"${}", "bad substitution in \"${}\""},
    {"${{A}}", "bad substitution"},
    {"${:-x}", "bad substitution"},
    {"${A;x}", "unsupported modifier (;)"},
    {"${A x}", "unsupported modifier ( )"},
    {"${A:x}", "unsupported modifier (:x)"},
    {"${A^^}", "unsupported modifier (^)"},
    {"${A:#x}", "unsupported modifier (:#)"},
    {"'abc", "unexpected end of statement while looking for matching "
             "single-quote"},
    {"\"abc", "unexpected end of statement while looking for matching "
              "double-quote"},
    {"\"abc\\\"", "matching double-quote"},
    {"\"a\\", "matching double-quote"},
    {"${U:-'x}", "matching single-quote"},
    {"${U:?}", "U: is not allowed to be unset"},
    {"${U?}", "U: is not allowed to be unset"},
    {"${E:?}", "E: is not allowed to be empty"},
    {"${U:?give me $A}", "U: give me apple"},
    {"${A:-${U:?x}}", "U: x"},
    {"${A#\\a}", "invalid escape '\\a'"},
    {"${A%a\\", "missing }"},
};

START_TEST(test_bad)
{
    mb_autostrv struct strv env = {0}, list = {0};
    struct mb_error err = {0};
    char *out = (char *)"untouched";

    fill(&env);
    ck_assert_int_eq(expand_word(bad[_i].in, '\\', &env, &out, &err), -1);
    ck_assert_msg(strstr(err.msg, bad[_i].message) != NULL, "%s: [%s]",
                  bad[_i].in, err.msg);
    ck_assert_str_eq(out, "untouched");
    ck_assert_int_eq(expand_word(bad[_i].in, '\\', &env, &out, NULL), -1);
    ck_assert_int_eq(expand_words(bad[_i].in, '\\', &env, &list, &err), -1);
    ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(test_backtick)
{
    static const struct {
        const char *in, *out;
    } t[] = {
        {"`$A", "$A"},    {"\"`$A`\"`n\"", "$A\"`n"}, {"C:\\$A", "C:\\apple"},
        {"\"\\\"", "\\"}, {"${U:-`}}", "}"},          {"``", "`"},
    };
    mb_autostrv struct strv env = {0};

    fill(&env);
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        char *out = NULL;
        ck_assert_int_eq(expand_word(t[i].in, '`', &env, &out, NULL), 0);
        ck_assert_str_eq(out, t[i].out);
        free(out);
    }
}
END_TEST

static const struct {
    const char *in, *out; /* joined by "|" */
} splits[] = {
    {"", ""},
    {"  ", ""},
    {"80 443", "80|443"},
    {" \t80\n443 ", "80|443"},
    {"$B", "two|words"},
    {"\"$B\"", "two words"},
    {"'a b' c", "a b|c"},
    {"a\\ b c", "a b|c"},
    {"x$B'y z'", "xtwo|wordsy z"},
    {"$E", ""},
    {"$E a $U b", "a|b"},
    {"'' a \"\" b", "a|b"},
    {"${U:-a b}", "a|b"},
    {"${U:-\"a b\"}", "a|b"},
    {"\"${U:-a b}\"", "a b"},
    {"$A$B", "appletwo|words"},
};

START_TEST(test_splits)
{
    mb_autostrv struct strv env = {0}, list = {0};
    mb_autobuf struct buf joined = BUF_INIT;
    struct mb_error err = {0};

    fill(&env);
    strv_add(&list, "kept");
    ck_assert_int_eq(expand_words(splits[_i].in, '\\', &env, &list, &err), 0);
    ck_assert_str_eq(list.v[0], "kept");
    for (size_t i = 1; i < list.n; i++)
        buf_addf(&joined, "%s%s", i > 1 ? "|" : "", list.v[i]);
    ck_assert_str_eq(joined.s, splits[_i].out);
    ck_assert_ptr_null(list.v[list.n]);
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
            ck_assert_uint_le(strlen(out), SINK_MOST);
            free(out);
        } else {
            ck_assert_msg(strstr(err.msg, "more than") ||
                              strstr(err.msg, "too long"),
                          "%s: %s", bombs[i], err.msg);
        }
        (void)expand_words(word, '\\', &env, &list, NULL);
    }
    ck_assert_int_lt((clock() - start) / CLOCKS_PER_SEC, 25);
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

START_TEST(test_many_words)
{
    struct mb_error err = {0};
    mb_autostrv struct strv env = {0}, few = {0}, many = {0};
    mb_autofree char *value = repeat("a ", 2 * 9999);
    mb_autofree char *more = repeat("a ", 2 * 10001);

    strv_setenv(&env, "V", value);
    strv_setenv(&env, "M", more);
    ck_assert_int_eq(expand_words("$V", '\\', &env, &few, &err), 0);
    ck_assert_uint_eq(few.n, 9999);
    ck_assert_int_eq(expand_words("$M", '\\', &env, &many, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "more than 10000 words"));
    ck_assert_uint_eq(many.n, 0);
}
END_TEST

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
    tcase_add_loop_test(tc, test_words, 0, sizeof words / sizeof *words);
    tcase_add_loop_test(tc, test_bad, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tc, test_backtick);
    tcase_add_loop_test(tc, test_splits, 0, sizeof splits / sizeof *splits);
    tcase_add_test(tc, test_nesting);
    tcase_add_test(tc, test_bombs);
    tcase_add_test(tc, test_many_words);
    tcase_add_test(tc, test_trim_exactly);
    tcase_add_test(tc, test_traced);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
