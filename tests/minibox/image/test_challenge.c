/* SPDX-License-Identifier: MIT */
/* test_challenge.c - WWW-Authenticate headers, as they are and as they are not
 * meant to be */
#include "image/challenge.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

static const struct {
    const char *header;
    enum challenge_scheme scheme;
    const char *realm, *service, *scope;
} headers[] = {
    {"Bearer "
     "realm=\"https://a.example/t\",service=\"s\",scope=\"x:y:pull,push\"",
     CHALLENGE_BEARER, "https://a.example/t", "s", "x:y:pull,push"},
    {"Basic realm=\"r\"", CHALLENGE_BASIC, "r", NULL, NULL},
    {"basic REALM=r", CHALLENGE_BASIC, "r", NULL, NULL},
    {"BEARER Realm=r", CHALLENGE_BEARER, "r", NULL, NULL},
    {"Basic", CHALLENGE_BASIC, NULL, NULL, NULL},
    /* blanks and empty elements: RFC 9110, 5.6.1 and 5.6.3 */
    {" , ,Bearer realm = \"r\" ,\t, scope\t=\ts ,", CHALLENGE_BEARER, "r", NULL,
     "s"},
    /* several */
    {"Basic realm=\"b\", Bearer realm=\"r\"", CHALLENGE_BEARER, "r", NULL,
     NULL},
    {"Bearer realm=\"r\", Basic realm=\"b\"", CHALLENGE_BEARER, "r", NULL,
     NULL},
    {"Basic, Bearer realm=r", CHALLENGE_BEARER, "r", NULL, NULL},
    {"Bearer service=s, Basic realm=b", CHALLENGE_BASIC, "b", NULL, NULL},
    {"Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", "
     "Basic realm=\"simple\"",
     CHALLENGE_BASIC, "simple", NULL, NULL},
    /* one word instead of parameters: RFC 9110, 11.2 */
    {"Negotiate, Basic realm=b", CHALLENGE_BASIC, "b", NULL, NULL},
    {"Negotiate YWJj/+==, Bearer realm=r", CHALLENGE_BEARER, "r", NULL, NULL},
    {"Negotiate YW/Jj , Bearer realm=r", CHALLENGE_BEARER, "r", NULL, NULL},
    {"NTLM a+b/c", CHALLENGE_NONE, NULL, NULL, NULL},
    /* rule 3 */
    {"Bearer realm=a, realm=b", CHALLENGE_BEARER, "a", NULL, NULL},
    /* quotes */
    {"Bearer realm=\"a\\\"b\\\\c\\d\"", CHALLENGE_BEARER, "a\"b\\cd", NULL,
     NULL},
    {"Bearer realm=\"\"", CHALLENGE_BEARER, "", NULL, NULL},
    {"Bearer x=\"Basic realm=\\\"y\\\"\", realm=\"a, b\"", CHALLENGE_BEARER,
     "a, b", NULL, NULL},
    /* broken */
    {"", CHALLENGE_NONE, NULL, NULL, NULL},
    {" ,", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearer", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearer scope=s", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearer realm=\"r", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearer realm=\"r\\", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearer realm=\"r\\\"", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearer realm=\"", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearer =r, realm=s", CHALLENGE_NONE, NULL, NULL, NULL},
    {"\"Bearer\" realm=r", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Bearerrealm=r", CHALLENGE_NONE, NULL, NULL, NULL},
    {"Basic realm=b, Bearer realm=\"cut", CHALLENGE_BASIC, "b", NULL, NULL},
};

/* Equal, or both NULL. */
static void same(const char *header, const char *a, const char *b)
{
    ck_assert_msg(a == b || (a && b && strcmp(a, b) == 0), "%s: %s, not %s",
                  header, a ? a : "NULL", b ? b : "NULL");
}

START_TEST(test_headers)
{
    const char *header = headers[_i].header;
    struct challenge c;

    challenge_parse(header, &c);
    ck_assert_msg(c.scheme == headers[_i].scheme, "%s: scheme %d", header,
                  c.scheme);
    same(header, c.realm, headers[_i].realm);
    same(header, c.service, headers[_i].service);
    same(header, c.scope, headers[_i].scope);
    challenge_done(&c);
}
END_TEST

/* Each beginning of a good header, in memory that ends with it. */
START_TEST(test_cut_anywhere)
{
    static const char whole[] =
        "Negotiate a/b==, Bearer realm=\"a\\\"b\", scope = x , Basic";

    for (size_t len = 0; len < sizeof whole; len++) {
        mb_autofree char *part = mb_strndup(whole, len);
        struct challenge c;
        challenge_parse(part, &c);
        ck_assert(c.scheme != CHALLENGE_BEARER || c.realm);
        challenge_done(&c);
    }
}
END_TEST

/* Three characters of any kind behind a beginning. */
START_TEST(test_any_bytes)
{
    static const char kinds[] = "a=\"\\, /;\1\x7f\x80\xff";

    for (size_t i = 0; i < 12 * 12 * 12; i++) {
        mb_autofree char *header =
            mb_printf("Bearer realm=%c%c%c", kinds[i % 12], kinds[i / 12 % 12],
                      kinds[i / 144]);
        struct challenge c;
        challenge_parse(header, &c);
        ck_assert(c.scheme != CHALLENGE_BEARER || c.realm);
        challenge_done(&c);
    }
}
END_TEST

/* A megabyte of each, in a moment: no way to read it that takes the square of
 * its length. */
static const char *const pieces[] = {
    "Basic,",
    "Bearer ",
    "Basic realm=a ",
    "Bearer realm=\"\\\"\",",
    "a=b,",
    ",",
    "x ",
    "\\\"",
    "Negotiate a/ ",
    "realm=\"",
    "=",
    "Negotiate abc==,",
    "a",
};

START_TEST(test_long)
{
    mb_autobuf struct buf header = BUF_INIT;
    struct challenge c;

    buf_adds(&header, "Bearer realm=r, ");
    while (header.len < 1 << 20)
        buf_adds(&header, pieces[_i]);
    clock_t before = clock();
    challenge_parse(header.s, &c);
    ck_assert_msg(clock() - before < CLOCKS_PER_SEC, "%s", pieces[_i]);
    challenge_done(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("challenge");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, test_headers, 0, sizeof headers / sizeof *headers);
    tcase_add_test(tc, test_cut_anywhere);
    tcase_add_test(tc, test_any_bytes);
    tcase_add_loop_test(tc, test_long, 0, sizeof pieces / sizeof *pieces);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
