/* SPDX-License-Identifier: MIT */
/* test_secret.c - secrets: where from, who gets them, and what is refused */
#include "engine/secret.h"

#include "sandbox.h"

static struct secret_list secrets;
static struct strv words;

static void setup(void)
{
    tmp_setup();
    ck_assert_int_eq(chdir(tmp_dir), 0);
    tmp_file("token", "from the file\n");
    ck_assert_int_eq(chmod("token", 0600), 0);
    setenv("TOKEN_OF_TEST", "from the variable", 1);
}

static void teardown(void)
{
    secret_done(&secrets);
    strv_done(&words);
    tmp_teardown();
}

static int load(const char *word)
{
    strv_add(&words, word);
    return secret_load(&words, &secrets, &err);
}

/* ---- where from --------------------------------------------------------- */

static const struct {
    const char *word, *value;
} good[] = {
    {"id=a,src=token", "from the file\n"},
    {"id=a,source=token", "from the file\n"},
    {"ID=a,SRC=token,type=file", "from the file\n"},
    {"id=a,env=TOKEN_OF_TEST", "from the variable"},
    {"type=env,id=a,src=TOKEN_OF_TEST", "from the variable"},
    {"id=a,src=token,env=TOKEN_OF_TEST", "from the variable"},
    {"id=a,\"src=with,comma\"", "comma"},
    {"id=a,src=empty", ""},
    {"id=a,src=./dir/../token", "from the file\n"},
};

START_TEST(test_load)
{
    tmp_file("with,comma", "comma");
    tmp_file("empty", "");
    tmp_mkdir("dir");
    ck_assert_ok(load(good[_i].word));
    const struct secret *s = secret_find(&secrets, "a");
    ck_assert_ptr_nonnull(s);
    ck_assert_str_eq(s->value, good[_i].value);
    ck_assert_uint_eq(s->size, strlen(good[_i].value));
    ck_assert_ptr_null(secret_find(&secrets, "b"));
}
END_TEST

/* The id alone: the variable of that name, or else the file. */
START_TEST(test_load_by_id)
{
    strv_add(&words, "id=TOKEN_OF_TEST");
    ck_assert_ok(load("id=token"));
    ck_assert_str_eq(secret_find(&secrets, "TOKEN_OF_TEST")->value,
                     "from the variable");
    ck_assert_str_eq(secret_find(&secrets, "token")->value, "from the file\n");
}
END_TEST

START_TEST(test_the_last_wins)
{
    strv_add(&words, "id=a,env=TOKEN_OF_TEST");
    ck_assert_ok(load("id=a,src=token"));
    ck_assert_str_eq(secret_find(&secrets, "a")->value, "from the file\n");
}
END_TEST

static const struct {
    const char *word, *says;
} bad[] = {
    {"", "must be a key=value pair"},
    {"token", "must be a key=value pair"},
    {"src=token", "the secret has no id"},
    {"id=,src=token", "the secret has no id"},
    {"id=a,src=nosuch", "nosuch: No such file"},
    {"id=nosuch", "nosuch: No such file"},
    {"id=a,src=dir", "dir is a directory"},
    {"id=a,src=token/x", "Not a directory"},
    {"id=a,env=NOSUCH_OF_TEST", "NOSUCH_OF_TEST is not set"},
    {"id=a,type=vault", "unsupported secret type \"vault\""},
    {"id=a,password=hunter2", "unexpected key 'password'"},
    {"id=a,src=/dev/zero", "larger than 512000 bytes"},
    {"id=a,src=big", "larger than 512000 bytes"},
    {"id=a,src=\"token\"", "a quote"},
};

START_TEST(test_refused)
{
    mb_autofree char *big = mb_alloc(SECRET_MAX + 2);

    memset(big, 'x', SECRET_MAX + 1);
    tmp_file("big", big);
    tmp_mkdir("dir");
    ck_assert_int_eq(load(bad[_i].word), -1);
    ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s", err.msg);
    ck_assert_int_eq(strncmp(err.msg, "--secret", 8), 0);
    ck_assert_ptr_null(strstr(err.msg, "hunter2"));
}
END_TEST

START_TEST(test_largest)
{
    mb_autofree char *big = mb_alloc(SECRET_MAX + 1);

    memset(big, 'x', SECRET_MAX);
    tmp_file("big", big);
    ck_assert_ok(load("id=a,src=big"));
    ck_assert_uint_eq(secret_find(&secrets, "a")->size, SECRET_MAX);
}
END_TEST

/* ---- who gets it -------------------------------------------------------- */

START_TEST(test_want)
{
    struct mountflag m = {.type = MOUNTFLAG_SECRET, .id = "token"};
    const struct secret *found;

    ck_assert_ok(load("id=token,src=token"));
    ck_assert_ok(secret_want(&secrets, &m, &found, &err));
    ck_assert_ptr_eq(found, secret_find(&secrets, "token"));
    m.id = "other"; /* can do without */
    ck_assert_ok(secret_want(&secrets, &m, &found, &err));
    ck_assert_ptr_null(found);
    m.required = true;
    ck_assert_int_eq(secret_want(&secrets, &m, &found, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "needs the secret \"other\""));
    ck_assert_ptr_nonnull(strstr(err.hint, "--secret id=other,src=FILE"));
}
END_TEST

START_TEST(test_variable)
{
    struct mountflag m = {.type = MOUNTFLAG_SECRET, .id = "a"};
    mb_autostrv struct strv env = {0};

    ck_assert_ok(load("id=a,env=TOKEN_OF_TEST"));
    ck_assert_ok(secret_to_env(&secrets.v[0], &m, &env, &err));
    ck_assert_uint_eq(env.n, 0); /* it was not asked for */
    m.env = "NAME";
    ck_assert_ok(secret_to_env(&secrets.v[0], &m, &env, &err));
    ck_assert_str_eq(strv_getenv(&env, "NAME"), "from the variable");
    secrets.v[0].value[4] = '\0';
    ck_assert_int_eq(secret_to_env(&secrets.v[0], &m, &env, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "NUL byte"));
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("secret");
    TCase *tc = tcase_create("secret");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_load, 0, N(good));
    tcase_add_test(tc, test_load_by_id);
    tcase_add_test(tc, test_the_last_wins);
    tcase_add_loop_test(tc, test_refused, 0, N(bad));
    tcase_add_test(tc, test_largest);
    tcase_add_test(tc, test_want);
    tcase_add_test(tc, test_variable);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
