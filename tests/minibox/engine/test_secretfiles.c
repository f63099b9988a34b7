/* SPDX-License-Identifier: MIT */
/* test_secretfiles.c - what a file's place says about what is in it */
#include "engine/secretfiles.h"

#include <string.h>

#include "check_main.h"

enum { SHAPES = SECRETWORDS_SHAPES, TEXT, SETTINGS, CONFIG, BARE, HASHES, PG };

static const struct {
    const char *path;
    int mode;
    const char *what;
} files[] = {
    {"/root/.netrc", BARE, "login in .netrc"},
    {"/home/me/.netrc", BARE, "login in .netrc"},
    {"/.netrc", BARE, "login in .netrc"},
    {"/etc/apt/auth.conf.d/x", BARE, "login of apt"},
    {"/root/.docker/config.json", CONFIG, "login at a registry"},
    {"/root/.bash_history", CONFIG, "password in a shell's history"},
    {"/root/.zsh_history", CONFIG, "password in a shell's history"},
    {"/me/fish/fish_history", CONFIG, "password in a shell's history"},
    {"/app/.env", CONFIG, "password in .env"},
    {"/app/.env.local", CONFIG, "password in .env"},
    {"/root/.pgpass", PG, "password in .pgpass"},
    {"/etc/shadow", HASHES, NULL},
    {"/srv/x.htpasswd", HASHES, NULL},
    /* a login is one in a package, too */
    {"/usr/share/x/.netrc", BARE, "login in .netrc"},
    /* names that only look so */
    {"/app/netrc", TEXT, NULL},
    {"/app/x.netrc", TEXT, NULL},
    {"/app/docker/config.json", SETTINGS, NULL},
    {"/app/shadow", TEXT, NULL},
    {"/app/.environment", TEXT, NULL},
    /* settings, and packages full of examples */
    {"/app/settings.yml", SETTINGS, NULL},
    {"/app/web.config", SETTINGS, NULL},
    {"/etc/x.conf", SETTINGS, NULL},
    {"/app/main.py", TEXT, NULL},
    {"/usr/local/lib/x.py", TEXT, NULL},
    {"/usr/src/x.c", TEXT, NULL},
    {"/usr/lib/x.conf", SHAPES, NULL},
    {"/usr/share/doc/x/y.yml", SHAPES, NULL},
    {"/app/node_modules/x/y.json", SHAPES, NULL},
    {"/usr/local/lib/python3/site-packages/x.py", SHAPES, NULL},
};

START_TEST(kind_of)
{
    struct secretfiles_kind is = secretfiles_kind_of(files[_i].path);

    ck_assert_msg((int)is.mode == files[_i].mode, "%s: %d", files[_i].path,
                  is.mode);
    ck_assert_pstr_eq(is.what, files[_i].what);
}
END_TEST

/* DER: a sequence of 5 bytes or more, whose first member is a version. */
static const struct {
    const char *path, *data;
    size_t size;
    const char *what;
} whole[] = {
    {"/a.jks", "\xfe\xed\xfe\xed\0\0\0\2", 8, "keystore (Java)"},
    {"/a.keystore", "\xfe\xed\xfe\xed", 4, "keystore (Java)"},
    {"/a.kdbx", "\x03\xd9\xa2\x9a", 4, "password store (KeePass)"},
    {"/a.p12", "\x30\x82\x01\x02\x02\x01\x03", 7, "keystore (PKCS#12)"},
    {"/a.pfx", "\x30\x05\x02\x01\x03", 5, "keystore (PKCS#12)"},
    {"/a.key", "\x30\x82\x01\x02\x02\x01\x00", 7, "private key (DER)"},
    {"/a.der", "\x30\x05\x02\x01\x01", 5, "private key (DER)"},
    {"/app/config/master.key", "0f1e2d3c4b5a6978", 16, "master key of Rails"},
    {"/run/secrets/db", "hunter2\n", 8, "secret that was mounted"},
    /* the name without the bytes, and the other way round */
    {"/a.jks", "some text", 9, NULL},
    {"/a.jks", "\xfe\xed\xfe", 3, NULL},
    {"/a.txt", "\xfe\xed\xfe\xed", 4, NULL},
    {"/jks", "\xfe\xed\xfe\xed", 4, NULL},
    /* a certificate: its first member is a sequence */
    {"/a.der", "\x30\x82\x01\x02\x30\x82\x01", 7, NULL},
    {"/a.key", "-----BEGIN", 10, NULL},
    {"/a.p12", "\x30\x82\x01\x02\x02\x01", 6, NULL},
    {"/a.p12", "\x30", 1, NULL},
    {"/a.p12", "", 0, NULL},
    {"/a.p12", "\x30\xff\x01\x02\x02\x01\x03", 7, NULL},
    {"/run/secrets/db", "", 0, NULL},
    {"/run/secrets/db", "two words\n", 10, NULL},
    {"/run/secrets/db", "two\nlines\n", 10, NULL},
    {"/run/secrets/x/y", "hunter2\n", 8, NULL},
};

START_TEST(is_whole)
{
    const char *is =
        secretfiles_whole(whole[_i].path, whole[_i].data, whole[_i].size);

    ck_assert_pstr_eq(is, whole[_i].what);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("secretfiles");
    TCase *tests = tcase_create("secretfiles");

    tcase_add_loop_test(tests, kind_of, 0, N(files));
    tcase_add_loop_test(tests, is_whole, 0, N(whole));
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
