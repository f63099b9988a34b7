/* SPDX-License-Identifier: MIT */
/* test_options.c - a command line, read as Docker does */
#include "cli/options.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "check_main.h"

struct target {
    bool interactive, tty, remove;
    const char *name;
    struct strv env;
};

static const struct option_row rows[] = {
    {'i', "interactive", OPTION_FLAG, offsetof(struct target, interactive),
     NULL, "keep stdin open"},
    {'t', "tty", OPTION_FLAG, offsetof(struct target, tty), NULL, "a tty"},
    {0, "rm", OPTION_FLAG, offsetof(struct target, remove), NULL, "remove"},
    {0, "name", OPTION_STRING, offsetof(struct target, name), "NAME", "name"},
    {'e', "env", OPTION_LIST, offsetof(struct target, env), "X=Y", "variable"},
    {0},
};

static struct target target;
static struct strv words;
static struct mb_error err;

static void target_setup(void)
{
    target = (struct target){0};
    words = (struct strv){0};
    err = (struct mb_error){0};
}

static void target_teardown(void)
{
    strv_done(&target.env);
    strv_done(&words);
}

/* Read the blank-separated LINE (first the command's name). */
static int read_line(const char *line, bool strict)
{
    const struct option_set set = {
        .rows = rows, .docker_only = "gpus detach-keys P", .strict = strict};
    mb_autostrv struct strv argv = {0};

    for (const char *p = line; *p;) {
        size_t len = strcspn(p, " ");
        strv_take(&argv, mb_strndup(p, len));
        p += len + (p[len] == ' ');
    }
    /* The value points into argv: keep a copy for the test. */
    int result = options_parse(&set, argv.v, &target, &words, &err);
    static char name[100];
    if (target.name) {
        snprintf(name, sizeof name, "%s", target.name);
        target.name = name;
    }
    return result;
}

static char *join(const struct strv *list)
{
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < list->n; i++)
        buf_addf(&out, "%s%s", i ? " " : "", list->v[i]);
    return buf_take(&out);
}

/* ---- every form --------------------------------------------------------- */

static const struct {
    const char *line;
    bool i, t, rm;
    const char *name, *env, *words;
} good[] = {
    {"run", false, false, false, NULL, "", ""},
    {"run img", false, false, false, NULL, "", "img"},
    {"run -i -t img", true, true, false, NULL, "", "img"},
    {"run -it img", true, true, false, NULL, "", "img"},
    {"run -it=false img", true, false, false, NULL, "", "img"},
    {"run -t -t=false -i=true img", true, false, false, NULL, "", "img"},
    {"run --rm --name web img", false, false, true, "web", "", "img"},
    {"run --name=web img", false, false, false, "web", "", "img"},
    {"run --name=a=b img", false, false, false, "a=b", "", "img"},
    {"run --name= img", false, false, false, "", "", "img"},
    {"run --name --rm img", false, false, false, "--rm", "", "img"},
    {"run -e A=1 -eB=2 -e=C=3 --env D=4 --env=E=5 x", false, false, false, NULL,
     "A=1 B=2 C=3 D=4 E=5", "x"},
    {"run -ite A=1 x", true, true, false, NULL, "A=1", "x"},
    {"run -iteA=1 x", true, true, false, NULL, "A=1", "x"},
    {"run --rm=true x", false, false, true, NULL, "", "x"},
    {"run --rm --rm=false x", false, false, false, NULL, "", "x"},
    {"run --name a --name b x", false, false, false, "b", "", "x"},
    {"run -- -i x", false, false, false, NULL, "", "-i x"},
    {"run - x", false, false, false, NULL, "", "- x"},
    /* rule: what follows the first word belongs to the command */
    {"run img ls -l --rm", false, false, false, NULL, "", "img ls -l --rm"},
    {"run -i img -t", true, false, false, NULL, "", "img -t"},
};

START_TEST(test_good)
{
    ck_assert_msg(read_line(good[_i].line, true) == 0, "%s", err.msg);
    mb_autofree char *env = join(&target.env), *rest = join(&words);
    ck_assert_int_eq(target.interactive, good[_i].i);
    ck_assert_int_eq(target.tty, good[_i].t);
    ck_assert_int_eq(target.remove, good[_i].rm);
    ck_assert_str_eq(env, good[_i].env);
    ck_assert_str_eq(rest, good[_i].words);
    if (good[_i].name)
        ck_assert_str_eq(target.name, good[_i].name);
    else
        ck_assert_ptr_null(target.name);
}
END_TEST

/* Not strict: options may come anywhere. */
START_TEST(test_not_strict)
{
    ck_assert_int_eq(read_line("rmi a -i b --rm -- -t", false), 0);
    mb_autofree char *rest = join(&words);
    ck_assert_str_eq(rest, "a b -t");
    ck_assert(target.interactive && target.remove && !target.tty);
}
END_TEST

/* ---- refused ------------------------------------------------------------ */

static const struct {
    const char *line, *words;
} bad[] = {
    {"run --nosuch x", "unknown flag: --nosuch"},
    {"run --nosuch=1 x", "unknown flag: --nosuch"},
    {"run --na x", "unknown flag: --na"}, /* no abbreviations */
    {"run --names x", "unknown flag: --names"},
    {"run -z x", "unknown shorthand flag: 'z' in -z"},
    {"run -iz x", "unknown shorthand flag: 'z' in -iz"},
    {"run --name", "flag needs an argument: --name"},
    {"run -e", "flag needs an argument"},
    {"run --rm=maybe x", "invalid argument \"maybe\""},
    {"run --gpus all x", "not in minibox"}, /* rule 3 */
    {"run --detach-keys x", "not in minibox"},
    {"run -P x", "not in minibox"},
};

START_TEST(test_bad)
{
    ck_assert_int_eq(read_line(bad[_i].line, true), -1);
    ck_assert_msg(strstr(err.msg, bad[_i].words) != NULL, "%s", err.msg);
    ck_assert_int_eq(err.code, 125);
}
END_TEST

/* ---- help --------------------------------------------------------------- */

START_TEST(test_print)
{
    char text[2000] = "";
    int fds[2], keep = dup(1);

    ck_assert_int_eq(pipe(fds), 0);
    fflush(stdout);
    dup2(fds[1], 1);
    options_print(rows);
    fflush(stdout);
    dup2(keep, 1);
    ck_assert_int_gt(read(fds[0], text, sizeof text - 1), 0);
    ck_assert_ptr_nonnull(strstr(text, "-i, --interactive"));
    ck_assert_ptr_nonnull(strstr(text, "    --name NAME"));
    ck_assert_ptr_nonnull(strstr(text, "keep stdin open\n"));
}
END_TEST

/* ---- sizes -------------------------------------------------------------- */

static const struct {
    const char *text;
    uint64_t bytes;
} sizes[] = {
    {"0", 0},           {"1", 1},           {"4096", 4096},
    {"64b", 64},        {"1k", 1024},       {"64m", 64 << 20},
    {"64M", 64 << 20},  {"64mb", 64 << 20}, {"64MiB", 64 << 20},
    {"2g", 2ULL << 30}, {"1.5k", 1536},     {"1t", 1ULL << 40},
};

START_TEST(test_size)
{
    uint64_t bytes = 42;

    ck_assert_int_eq(options_size("-m, --memory", sizes[_i].text, &bytes, &err),
                     0);
    ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

static const char *const bad_sizes[] = {
    "",
    "abc",
    "m",
    "-1",
    "1x",
    "1mm",
    "1 m x",
    "64mib5",
    "nan",
    "inf",
    "--",
    "1e30",
    "0x10",
    "1e3",
    " 5",
    "+5",
    "9999999999999t",
    "1e15t",
    ".",
};

START_TEST(test_bad_size)
{
    uint64_t bytes = 42;

    if (options_size("-m, --memory", bad_sizes[_i], &bytes, &err) == 0)
        ck_abort_msg("\"%s\" is %llu bytes", bad_sizes[_i],
                     (unsigned long long)bytes);
    mb_autofree char *expected =
        mb_printf("invalid argument \"%s\" for \"-m, --memory\" flag: invalid "
                  "size: '%s'",
                  bad_sizes[_i], bad_sizes[_i]);
    ck_assert_str_eq(err.msg, expected);
    ck_assert_int_eq(err.code, 125);
    ck_assert_uint_eq(bytes, 42);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tc = tcase_create("options");

    tcase_add_checked_fixture(tc, target_setup, target_teardown);
    tcase_add_loop_test(tc, test_good, 0, N(good));
    tcase_add_test(tc, test_not_strict);
    tcase_add_loop_test(tc, test_bad, 0, N(bad));
    tcase_add_test(tc, test_print);
    tcase_add_loop_test(tc, test_size, 0, N(sizes));
    tcase_add_loop_test(tc, test_bad_size, 0, N(bad_sizes));
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
