/* SPDX-License-Identifier: MIT */
/* test_config.c - what finally runs: the image's word against the user's */
#include "engine/config.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

static struct mb_error err;

/* Words of TEXT, split at blanks. */
static void split(const char *text, struct strv *out)
{
    for (const char *p = text; p && *p;) {
        size_t len = strcspn(p, " ");
        strv_take(out, mb_strndup(p, len));
        p += len + (p[len] == ' ');
    }
}

static char *join(const struct strv *list)
{
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < list->n; i++)
        buf_addf(&out, "%s%s", i ? " " : "", list->v[i]);
    return buf_take(&out);
}

/* ---- the command: the essay's table, and more --------------------------- */

static const struct {
    const char *entrypoint, *cmd; /* the image's */
    const char *with, *args;      /* the command line's */
    const char *runs;             /* NULL: no command */
} commands[] = {
    {NULL, "ls", NULL, NULL, "ls"},
    {"git", "help", NULL, NULL, "git help"},
    {"git", "help", NULL, "log -1", "git log -1"},
    {"git", "help", "sh", NULL, "sh"}, /* rule 2 */
    {"git", "help", "sh", "-c x", "sh -c x"},
    {"git", "help", "", NULL, NULL},
    {"git", "help", "", "ls", "ls"},
    {"git", NULL, NULL, NULL, "git"},
    {NULL, NULL, NULL, NULL, NULL},
    {NULL, NULL, NULL, "ls -l", "ls -l"},
    {NULL, "sh -c $X", NULL, NULL, "sh -c $X"}, /* rule 1 */
    {"*", "ls", NULL, NULL, "ls"},              /* rule 3; "*" stands for "" */
    {"*", "ls", NULL, "cat x", "cat x"},
    {"*", NULL, NULL, NULL, NULL},
};

START_TEST(test_command)
{
    mb_autostrv struct strv entrypoint = {0}, cmd = {0}, args = {0};
    struct config_wishes wishes = {.argv = &args,
                                   .entrypoint = commands[_i].with};
    json_t *config = json_object();
    struct process p = {0};

    if (commands[_i].entrypoint && strcmp(commands[_i].entrypoint, "*") == 0)
        strv_add(&entrypoint, "");
    else
        split(commands[_i].entrypoint, &entrypoint);
    split(commands[_i].cmd, &cmd);
    split(commands[_i].args, &args);
    if (commands[_i].entrypoint)
        json_object_set_new(config, "Entrypoint", config_array(&entrypoint));
    if (commands[_i].cmd)
        json_object_set_new(config, "Cmd", config_array(&cmd));
    int result = config_resolve(config, &wishes, &p, &err);
    json_decref(config);
    if (!commands[_i].runs) {
        ck_assert_int_eq(result, -1);
        ck_assert_str_eq(err.msg, "no command specified");
        ck_assert_int_eq(err.code, 125);
        return;
    }
    ck_assert_int_eq(result, 0);
    mb_autofree char *runs = join(&p.argv);
    ck_assert_str_eq(runs, commands[_i].runs);
    process_done(&p);
}
END_TEST

/* ---- the rest ----------------------------------------------------------- */

/* Resolve this config (JSON text) with a command that is there. */
static int resolve(const char *text, struct config_wishes *wishes,
                   struct process *out)
{
    json_t *config = json_loads(text, 0, NULL);

    ck_assert_ptr_nonnull(config);
    json_object_set_new(config, "Cmd", json_pack("[s]", "x"));
    int result = config_resolve(config, wishes, out, &err);
    json_decref(config);
    return result;
}

/* Rule 4, in Docker's order. */
START_TEST(test_environment)
{
    mb_autostrv struct strv env = {0};
    struct config_wishes wishes = {.env = &env, .hostname = "box", .tty = true};
    struct process p;

    strv_add(&env, "B=cli");
    strv_add(&env, "D=");
    ck_assert_int_eq(resolve("{\"Env\":[\"A=1\",\"B=image\",\"junk\",\"=x\","
                             "\"C=x=y\",\"PATH=/p\",7]}",
                             &wishes, &p),
                     0);
    mb_autofree char *all = join(&p.env);
    ck_assert_str_eq(all, "PATH=/p HOSTNAME=box TERM=xterm B=cli D= A=1 C=x=y");
    process_done(&p);
}
END_TEST

START_TEST(test_default_environment)
{
    struct config_wishes wishes = {0};
    struct process p;

    ck_assert_int_eq(resolve("{}", &wishes, &p), 0);
    mb_autofree char *all = join(&p.env);
    ck_assert_str_eq(all, "PATH=" CONFIG_DEFAULT_PATH);
    ck_assert_str_eq(p.cwd, "/");
    ck_assert_str_eq(p.user, "");
    process_done(&p);
}
END_TEST

static const struct {
    const char *image, *cli, *cwd;
} cwds[] = {
    {"/a", NULL, "/a"}, {"/a", "/b", "/b"}, {"", NULL, "/"}, {"a", NULL, NULL},
    {"/a", "b", NULL},  {"/a", "", "/a"},   {"", "", "/"},
};

START_TEST(test_cwd)
{
    struct config_wishes wishes = {.cwd = cwds[_i].cli};
    mb_autofree char *text =
        mb_printf("{\"WorkingDir\":\"%s\"}", cwds[_i].image);
    struct process p;
    int result = resolve(text, &wishes, &p);

    if (!cwds[_i].cwd) {
        ck_assert_int_eq(result, -1);
        ck_assert_ptr_nonnull(strstr(err.msg, "needs to be an absolute path"));
        ck_assert_int_eq(err.code, 125);
        return;
    }
    ck_assert_str_eq(p.cwd, cwds[_i].cwd);
    process_done(&p);
}
END_TEST

START_TEST(test_user)
{
    struct config_wishes wishes = {0};
    struct process p;

    ck_assert_int_eq(resolve("{\"User\":\"ann\"}", &wishes, &p), 0);
    ck_assert_str_eq(p.user, "ann");
    process_done(&p);
    wishes.user = "0";
    ck_assert_int_eq(resolve("{\"User\":\"ann\"}", &wishes, &p), 0);
    ck_assert_str_eq(p.user, "0");
    process_done(&p);
    wishes.user = ""; /* rule 5 */
    ck_assert_int_eq(resolve("{\"User\":\"ann\"}", &wishes, &p), 0);
    ck_assert_str_eq(p.user, "ann");
    process_done(&p);
}
END_TEST

/* A config of the wrong types says nothing. */
START_TEST(test_wrong_types)
{
    mb_autostrv struct strv args = {0};
    struct config_wishes wishes = {.argv = &args};
    struct process p;
    json_t *config = json_loads("{\"Env\":7,\"Cmd\":{},\"Entrypoint\":\"x\","
                                "\"WorkingDir\":[],\"User\":3}",
                                0, NULL);

    strv_add(&args, "ls");
    ck_assert_int_eq(config_resolve(config, &wishes, &p, &err), 0);
    ck_assert_uint_eq(p.argv.n, 1);
    ck_assert_str_eq(p.cwd, "/");
    json_decref(config);
    process_done(&p);
}
END_TEST

START_TEST(test_arrays)
{
    mb_autostrv struct strv list = {0}, back = {0};
    json_t *config = json_object();

    strv_add(&list, "a b");
    strv_add(&list, "");
    strv_add(&list, "\xff"); /* no UTF-8: nothing that JSON could hold */
    json_object_set_new(config, "K", config_array(&list));
    config_strings(config, "K", &back);
    ck_assert_uint_eq(back.n, 3);
    ck_assert_str_eq(back.v[0], "a b");
    ck_assert_str_eq(config_string(config, "nosuch"), "");
    json_decref(config);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tc = tcase_create("config");

    tcase_add_loop_test(tc, test_command, 0, N(commands));
    tcase_add_test(tc, test_environment);
    tcase_add_test(tc, test_default_environment);
    tcase_add_loop_test(tc, test_cwd, 0, N(cwds));
    tcase_add_test(tc, test_user);
    tcase_add_test(tc, test_wrong_types);
    tcase_add_test(tc, test_arrays);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
