/* SPDX-License-Identifier: MIT */
/* test_secretwords.c - what a name gives away, and what it does not */
#include "engine/secretwords.h"

#include <string.h>

#include "base/mem.h"
#include "check_main.h"

#define TOKEN                                                                  \
    "ghp_"                                                                     \
    "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"
#define LINE "MIIEowIBAAKCAQEA6yCv+BLrRP/dMPBXJWK21c0aqxIX6JkODL4K+zlyEURt"
#define KEY                                                                    \
    "-----BEGIN PRI"                                                           \
    "VATE KEY-----\\n" LINE "\\n-----END"
#define RANDOM "q8Zr2LxVb7Kp4Tn"

enum { TEXT = SECRETWORDS_TEXT, SETTINGS, CONFIG, BARE, HASHES, PGPASS };

/* VALUE NULL: nothing is to be found. */
static const struct {
    int mode;
    const char *text, *kind, *value;
} cases[] = {
    /* names and signs */
    {CONFIG, "DB_PASSWORD=hunter2", "password", "hunter2"},
    {CONFIG, "password: hunter2\n", "password", "hunter2"},
    {CONFIG, "{\"password\": \"hun ter2\"}", "password", "hun ter2"},
    {CONFIG, "{\\\"password\\\":\\\"hunter2\\\"}", "password", "hunter2"},
    {CONFIG, "<password>hunter2</password>", "password", "hunter2"},
    {CONFIG, "define('DB_PASSWORD', 'hunter2');", "password", "hunter2"},
    {CONFIG, "'password' => 'hunter2',", "password", "hunter2"},
    {CONFIG, "secret := 'hunter2'", "secret", "hunter2"},
    {CONFIG, "x --password hunter2", "password", "hunter2"},
    {CONFIG, "x --password=hunter2", "password", "hunter2"},
    {CONFIG, "CMD [\"x\" \"--password\" \"hunter2\"]", "password", "hunter2"},
    {CONFIG, "[\"x\" \"the password\" \"hunter2\"]", NULL, NULL},
    {CONFIG, "PGPASS=hunter2 PGPASSFILE=/x", "password", "hunter2"},
    {CONFIG, "PGPASSFILE=hunter2", NULL, NULL},
    {CONFIG, "echo root:hunter2 | chpasswd", "password for chpasswd",
     "hunter2"},
    {CONFIG, "echo 'me:hunter2'|/usr/sbin/chpasswd -e", "password for chpasswd",
     "hunter2"},
    {CONFIG, "printf 'me:hunter2\\n' | chpasswd && x", "password for chpasswd",
     "hunter2"},
    {CONFIG, "echo me:$PW | chpasswd", NULL, NULL},
    {CONFIG, "echo me:hunter2 | wc", NULL, NULL},
    {CONFIG, "echo me:hunter2 && chpasswd", NULL, NULL},
    {CONFIG, "me:hunter2 |", NULL, NULL},
    {CONFIG, "me:hunter2\\", NULL, NULL},
    {SETTINGS, "echo root:hunter2 | chpasswd", NULL, NULL},
    {CONFIG, "https://h/?token=hunter2&x=1", "token", "hunter2"},
    {CONFIG, "export API_KEY='hunter2'; x", "API key", "hunter2"},
    {CONFIG, "apiKey=hunter2, x", "API key", "hunter2"},
    {CONFIG, "client-key-data: hunter2", "private key (in base64)", "hunter2"},
    {CONFIG, "aws_secret_access_key = a/b+c", "access key", "a/b+c"},
    {CONFIG, "AWS_SECRET_ACCESS_KEY=/Ab+c/x1", "access key", "/Ab+c/x1"},
    {CONFIG, "SECRET_KEY_BASE=hunter2", "secret key", "hunter2"},
    {CONFIG, "//r.example/:_authToken=hunter2", "token", "hunter2"},
    {CONFIG, "PGPASS=x PASS=hunter2", "password", "hunter2"},
    {CONFIG, "dbPass=hunter2", "password", "hunter2"},
    {CONFIG, "\"auth\": \"bWU6aHVudGVyMg==\"",
     "login (user:password in base64)", "bWU6aHVudGVyMg=="},
    /* the same, and no secrets */
    {CONFIG, "PASSWORD_FILE=hunter2", NULL, NULL},
    {CONFIG, "passwordFile=hunter2", NULL, NULL},
    {CONFIG, "TOKEN_TTL=360000 token_url=abcdef", NULL, NULL},
    {CONFIG, "AWS_ACCESS_KEY_ID=hunter2", NULL, NULL},
    {CONFIG, "tokenizer=hunter2 TOKENIZER=hunter2", NULL, NULL},
    {CONFIG, "compass=hunter2 author=hunter2", NULL, NULL},
    {CONFIG, "PWD=/app OLDPWD=hunter2", NULL, NULL},
    {CONFIG, "PASSWORD=$(cat /x) TOKEN=${TOKEN} S_SECRET=%s", NULL, NULL},
    {CONFIG, "PASSWORD=/run/secrets/db TOKEN=./t SECRET=~/s", NULL, NULL},
    {CONFIG, "password=true secret: none token=", NULL, NULL},
    {CONFIG, "password: <your password>", NULL, NULL},
    {CONFIG, "password: {{ password }}", NULL, NULL},
    {CONFIG, "PASSWORD=xxxxxxxx TOKEN=ab", NULL, NULL},
    {CONFIG, "PASSWORD=hu****", NULL, NULL},
    {CONFIG, "the password hunter2", NULL, NULL},
    {CONFIG, "secret://hunter2", NULL, NULL},
    {CONFIG, "auth: required", NULL, NULL},
    {CONFIG, "x --password --verbose", NULL, NULL},
    {CONFIG, "apt-get install libsecret-1-0=0.20.5-3", NULL, NULL},
    {CONFIG, "pip install api-token==2.0 && [ $TOKEN == full ]", NULL, NULL},
    {CONFIG, "TOKEN= PASSWORD= make", NULL, NULL},
    {CONFIG, "token= 'hunter2'", "token", "hunter2"},
    {CONFIG, "token = hunter2", "token", "hunter2"},
    /* how much to believe */
    {SETTINGS, "password: hunter2", "password", "hunter2"},
    {SETTINGS, "password: files", NULL, NULL},
    {SETTINGS, "password= hunter2", "password", "hunter2"},
    {SETTINGS, "password: !vault x\ntoken: !Ref DbToken", NULL, NULL},
    {SETTINGS, "password: !hunter2", "password", "!hunter2"},
    {SETTINGS, "password=true|false", NULL, NULL},
    {SETTINGS, "password_encryption = scram-sha-256", NULL, NULL},
    {SETTINGS, "x --password hunter2", NULL, NULL},
    {TEXT, "password = '" RANDOM "'", "password", RANDOM},
    {TEXT, "password: hunter2", NULL, NULL},
    {TEXT, "password = read_password(1, 2)", NULL, NULL},
    {TEXT, "token = next_token2(lexer)", NULL, NULL},
    {SECRETWORDS_SHAPES, "password = " RANDOM, NULL, NULL},
    /* a secret of a known shape keeps its name */
    {TEXT, "password=" TOKEN, "GitHub token", TOKEN},
    {SECRETWORDS_SHAPES, "password=" TOKEN, "GitHub token", TOKEN},
    {SECRETWORDS_TOKENS, "password=" TOKEN, "GitHub token", TOKEN},
    {TEXT, "https://me:" TOKEN "@github.com", "GitHub token", TOKEN},
    {CONFIG, "{\"private_key\": \"" KEY "\"}", "private key (PKCS#8)",
     LINE "\\n"},
    /* logins */
    {TEXT, "git clone https://me:hunter2@h/x", "password in a URL", "hunter2"},
    {TEXT, "redis://:hunter2@h:1/0", "password in a URL", "hunter2"},
    {CONFIG, "postgres://u:secret@h", "password in a URL", "secret"},
    {TEXT, "postgres://u:secret@h", NULL, NULL},
    {TEXT, "https://$USER:$PASS@h https://me@h https://h:80/@x", NULL, NULL},
    {TEXT, "https://h/a:b@c https://<u>:<p>@h", NULL, NULL},
    {TEXT, "Authorization: Bearer " RANDOM, "HTTP login", RANDOM},
    {TEXT, "authorization: basic " RANDOM, "HTTP login", RANDOM},
    {TEXT, "-H 'Bearer " RANDOM "'", "HTTP login", RANDOM},
    {CONFIG, "Authorization: Bearer hunterhunter", "HTTP login",
     "hunterhunter"},
    {TEXT, "Authorization: Bearer hunterhunter", NULL, NULL},
    {CONFIG, "Authorization: Bearer $TOKEN", NULL, NULL},
    {TEXT, "the bearer authenticates", NULL, NULL},
    {CONFIG, "curl -u me:hunter2 h", "password of curl -u", "hunter2"},
    {CONFIG, "curl --user 'me:hunter2' h", "password of curl -u", "hunter2"},
    {CONFIG, "mysql -uroot -phunter2 db", "password of mysql -p", "hunter2"},
    {CONFIG, "mysqldump -p'hun ter2' db", "password of mysql -p", "hun ter2"},
    {CONFIG, "sshpass -p hunter2 ssh h", "password of sshpass -p", "hunter2"},
    {CONFIG, "sshpass -phunter2 ssh h", "password of sshpass -p", "hunter2"},
    {CONFIG, "docker login -u me -p hunter2 h", "password of login -p",
     "hunter2"},
    {CONFIG, "run -u me:hunter2 h", NULL, NULL},
    {CONFIG, "mysql -P3306 -p db; mkdir -p /x; mysql -p$PW", NULL, NULL},
    {CONFIG, "mysql x\nmkdir -pv dir1\nlogin\nssh -p 2222 h", NULL, NULL},
    {TEXT, "mysql -uroot -phunter2 db", NULL, NULL},
    {CONFIG, "curl -u me h", NULL, NULL},
    /* files of their own */
    {BARE, "machine h login me password hunter2", "password", "hunter2"},
    {CONFIG, "machine h login me password hunter2", NULL, NULL},
    {HASHES, "x:*:1\nroot:$6$salt$aB3dE6gH9jK2mN5pQ8sT1v:2:3\n",
     "password hash", "$6$salt$aB3dE6gH9jK2mN5pQ8sT1v"},
    {HASHES, "me:{SHA}aB3dE6gH9jK2mN5pQ8sT1v=", "password hash",
     "{SHA}aB3dE6gH9jK2mN5pQ8sT1v="},
    {HASHES, "me:abJnggxhB/yWI", "password hash", "abJnggxhB/yWI"},
    {HASHES, "root:*:1\nme:!:2\nyou:!!:3\nhe::4\n", NULL, NULL},
    {PGPASS, "h:5432:db:me:hunter2\n", "password", "hunter2"},
    {PGPASS, "# h:5432:db:me:hunter2\nh:5432:db:me\n", NULL, NULL},
};
enum { N_CASES = sizeof cases / sizeof *cases };

/* The first hit in TEXT, which is handed over without a NUL behind it. */
static bool first_hit(const char *text, int mode, char **out_value,
                      struct secretwords_hit *out)
{
    mb_autofree char *copy = mb_alloc(strlen(text));
    struct secretwords_text t = {copy, strlen(text), strlen(text), mode};

    memcpy(copy, text, strlen(text));
    if (!secretwords_next(&t, 0, out))
        return false;
    *out_value = mb_strndup(copy + out->begin, out->end - out->begin);
    return true;
}

START_TEST(texts)
{
    mb_autofree char *value = NULL;
    struct secretwords_hit hit;
    bool found = first_hit(cases[_i].text, cases[_i].mode, &value, &hit);

    ck_assert_msg(found == !!cases[_i].value, "%s: %s", cases[_i].text,
                  found ? value : "nothing found");
    if (!found)
        return;
    ck_assert_str_eq(value, cases[_i].value);
    ck_assert_str_eq(hit.kind, cases[_i].kind);
    ck_assert(hit.start <= hit.begin);
}
END_TEST

START_TEST(variables)
{
    struct secretwords_hit hit;

    ck_assert(secretwords_variable("DB_PASSWORD=a b c", &hit));
    ck_assert_int_eq(hit.begin, strlen("DB_PASSWORD="));
    ck_assert_int_eq(hit.end, strlen("DB_PASSWORD=a b c"));
    ck_assert(secretwords_variable("DB=postgres://u:hunter2@h", &hit));
    ck_assert_str_eq(hit.kind, "password in a URL");
    ck_assert(!secretwords_variable("PASSWORD=", &hit));
    ck_assert(!secretwords_variable("PASSWORD", &hit));
    ck_assert(!secretwords_variable("", &hit));
    ck_assert(!secretwords_variable("PATH=/bin:/sbin", &hit));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secretwords");
    TCase *tests = tcase_create("secretwords");

    tcase_add_loop_test(tests, texts, 0, N_CASES);
    tcase_add_test(tests, variables);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
