/* SPDX-License-Identifier: MIT */
/* test_secretvalue.c - names that sound secret, values that can be one */
#include "engine/secretvalue.h"

#include <string.h>

#include "check_main.h"

/* KIND NULL: it does not sound secret. */
static const struct {
    const char *name, *kind;
    bool strict;
} names[] = {
    {"password", "password", false},
    {"DB_PASSWORD", "password", false},
    {"dbPassword", "password", false},
    {"Passwd", "password", false},
    {"DB_PASS", "password", false},
    {"dbPass", "password", false},
    {"PW", "password", false},
    {"DB_PW", "password", false},
    {"dbPw", "password", false},
    {"pw1", "password", false},
    {"DB_PWD", "password", false},
    {"PWD2", "password", false},
    {"psk", "password", false},
    {"apiKey", "API key", false},
    {"X-API-KEY", "API key", false},
    {"client-secret", "secret", false},
    {"clientSecret", "secret", false},
    {"SECRET_KEY_BASE", "secret key", false},
    {"AWS_SECRET_ACCESS_KEY", "access key", false},
    {"ssh.privateKey", "private key", false},
    {"x:_authToken", "token", false},
    {"auth", "login (user:password in base64)", true},
    {"credentials", "login", true},
    {"", NULL, false},
    {"PWD", NULL, false},
    {"OLDPWD", NULL, false},
    {"PWM", NULL, false},
    {"pwsh", NULL, false},
    {"PW_FILE", NULL, false},
    {"pw_name", NULL, false},
    {"pass", "password", false},
    {"compass", NULL, false},
    {"passenger", NULL, false},
    {"tokenizer", NULL, false},
    {"tokens", NULL, false},
    {"author", NULL, false},
    {"PASSWORD_FILE", NULL, false},
    {"passwordFile", NULL, false},
    {"token.ttl", NULL, false},
    {"tokenURL", NULL, false},
    {"ACCESS_KEY_ID", NULL, false},
    {"max_tokens_per_minute", NULL, false},
};

START_TEST(name_sounds)
{
    struct secretvalue_name is = {0};
    bool secret = secretvalue_name(names[_i].name, strlen(names[_i].name), &is);

    ck_assert_msg(secret == !!names[_i].kind, "%s: %s", names[_i].name,
                  secret ? is.kind : "no secret");
    if (!secret)
        return;
    ck_assert_str_eq(is.kind, names[_i].kind);
    ck_assert(is.strict == names[_i].strict);
}
END_TEST

static const struct {
    const char *value;
    bool possible, random, plain, hash;
} values[] = {
    {"hunter2", true, false, false, false},
    {"hunter", true, false, true, false},
    {"q8Zr2LxVb7Kp4Tn", true, true, false, false},
    {"correct horse", true, false, false, false},
    {"a/b+c", true, false, false, false},
    {"/Ab+c/x1", true, false, false, false},
    {"12345678", true, false, false, false},
    {"aaaa1111", true, false, false, false},
    {"PASSWORD", true, false, true, false},
    {"true|false", true, false, true, false},
    {"!vault", true, false, true, false},
    {"!Ref", true, false, true, false},
    {"!hunter2", true, true, false, false},
    {"", false, false, true, false},
    {"ab", false, false, true, false},
    {"xxxxxxxx", false, false, true, false},
    {"$TOKEN", false, false, false, false},
    {"${TOKEN}", false, false, false, false},
    {"$(cat x)", false, false, false, false},
    {"<password>", false, false, false, false},
    {"{{ x }}", false, false, false, false},
    {"%s123", false, false, false, false},
    {"true", false, false, true, false},
    {"NULL", false, false, false, false},
    {"/run/secrets/token", false, false, false, false},
    {"./t", false, false, false, false},
    {"hu****", false, false, false, false},
    {"AKIAIOSFODNN7EXAMPLE", false, true, false, false},
    {"0.20.5-3", false, false, false, false},
    {"$6$salt$aB3dE6gH9jK2mN5pQ8sT1v", false, false, false, true},
    {"$apr1$salt$aB3dE6gH9jK2mN5pQ8sT1v", false, false, false, true},
    {"{SHA}aB3dE6gH9jK2mN5pQ8sT1v=", false, false, false, true},
    {"$6$salt", false, false, false, false},
    {"abJnggxhB/yWI", true, false, false, true},
    {"*", false, false, false, false},
    {"!!", false, false, false, false},
};

START_TEST(value_is)
{
    const char *v = values[_i].value;
    size_t n = strlen(v);

    ck_assert_msg(secretvalue_possible(v, n) == values[_i].possible,
                  "possible: %s", v);
    ck_assert_msg(secretvalue_random(v, n) == values[_i].random, "random: %s",
                  v);
    ck_assert_msg(secretvalue_plain(v, n) == values[_i].plain, "plain: %s", v);
    ck_assert_msg(secretvalue_hash(v, n) == values[_i].hash, "hash: %s", v);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("secretvalue");
    TCase *tests = tcase_create("secretvalue");

    tcase_add_loop_test(tests, name_sounds, 0, N(names));
    tcase_add_loop_test(tests, value_is, 0, N(values));
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
