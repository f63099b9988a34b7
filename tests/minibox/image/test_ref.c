/* SPDX-License-Identifier: MIT */
/* test_ref.c - what an image's name means, and which names are none */
#include "image/ref.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define D "sha256:" HEX

static const struct {
    const char *text, *canonical, *familiar, *name, *tag, *digest;
} refs[] = {
    {"busybox", "docker.io/library/busybox:latest", "busybox:latest", "busybox",
     "latest", NULL},
    {"busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36",
     "busybox", "1.36", NULL},
    {"docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest",
     "busybox", "latest", NULL},
    {"docker.io/library/busybox:latest", "docker.io/library/busybox:latest",
     "busybox:latest", "busybox", "latest", NULL},
    {"library/busybox", "docker.io/library/busybox:latest", "busybox:latest",
     "busybox", "latest", NULL},
    {"team/app:v1", "docker.io/team/app:v1", "team/app:v1", "team/app", "v1",
     NULL},
    {"host:5000/app", "host:5000/app:latest", "host:5000/app:latest",
     "host:5000/app", "latest", NULL},
    {"localhost/app", "localhost/app:latest", "localhost/app:latest",
     "localhost/app", "latest", NULL},
    {"reg.example/a/b/c:T_1.x-y", "reg.example/a/b/c:T_1.x-y",
     "reg.example/a/b/c:T_1.x-y", "reg.example/a/b/c", "T_1.x-y", NULL},
    {"127.0.0.1:5000/spam", "127.0.0.1:5000/spam:latest",
     "127.0.0.1:5000/spam:latest", "127.0.0.1:5000/spam", "latest", NULL},
    {"app@" D, "docker.io/library/app@" D, "app@" D, "app", NULL, D},
    {"app:v1@" D, "docker.io/library/app:v1@" D, "app:v1@" D, "app", "v1", D},
    {"a", "docker.io/library/a:latest", "a:latest", "a", "latest", NULL},
    {"a__b", "docker.io/library/a__b:latest", "a__b:latest", "a__b", "latest",
     NULL},
    {"a---b", "docker.io/library/a---b:latest", "a---b:latest", "a---b",
     "latest", NULL},
    {"spam", "docker.io/library/spam:latest", "spam:latest", "spam", "latest",
     NULL},
    {"spam:v1", "docker.io/library/spam:v1", "spam:v1", "spam", "v1", NULL},
    {"docker.mycompany.com/spam:v1", "docker.mycompany.com/spam:v1",
     "docker.mycompany.com/spam:v1", "docker.mycompany.com/spam", "v1", NULL},
    {"host:5000/a/b@" D, "host:5000/a/b@" D, "host:5000/a/b@" D,
     "host:5000/a/b", NULL, D},
    {"host:5000/a/b:t@" D, "host:5000/a/b:t@" D, "host:5000/a/b:t@" D,
     "host:5000/a/b", "t", D},
    /* the old name of the Hub */
    {"index.docker.io/x", "docker.io/library/x:latest", "x:latest", "x",
     "latest", NULL},
    {"index.docker.io/a/x:1", "docker.io/a/x:1", "a/x:1", "a/x", "1", NULL},
    {"index.docker.io/library/x", "docker.io/library/x:latest", "x:latest", "x",
     "latest", NULL},
    {"docker.io/library/a/b", "docker.io/library/a/b:latest",
     "library/a/b:latest", "library/a/b", "latest", NULL},
    {"reg.example/library/x", "reg.example/library/x:latest",
     "reg.example/library/x:latest", "reg.example/library/x", "latest", NULL},
    /* without a "/" behind it, it is no domain */
    {"docker.io", "docker.io/library/docker.io:latest", "docker.io:latest",
     "docker.io", "latest", NULL},
    {"localhost:5000", "docker.io/library/localhost:5000", "localhost:5000",
     "localhost", "5000", NULL},
    /* a short one would name another host */
    {"docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c:latest",
     "docker.io/a.b/c", "latest", NULL},
    {"docker.io/localhost/c", "docker.io/localhost/c:latest",
     "docker.io/localhost/c:latest", "docker.io/localhost/c", "latest", NULL},
    {"localhosts/c", "docker.io/localhosts/c:latest", "localhosts/c:latest",
     "localhosts/c", "latest", NULL},
    {"team/app.v2", "docker.io/team/app.v2:latest", "team/app.v2:latest",
     "team/app.v2", "latest", NULL},
    /* upper case: hosts, tags */
    {"Team/app", "Team/app:latest", "Team/app:latest", "Team/app", "latest",
     NULL},
    {"Reg.Example:5000/app:V1", "Reg.Example:5000/app:V1",
     "Reg.Example:5000/app:V1", "Reg.Example:5000/app", "V1", NULL},
    /* IPv6 */
    {"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest",
     "[::1]:5000/x", "latest", NULL},
    {"[fe80::A:1]/x:y", "[fe80::A:1]/x:y", "[fe80::A:1]/x:y", "[fe80::A:1]/x",
     "y", NULL},
    /* 64 hexadecimal digits are an ID when they are alone only */
    {HEX ":v1", "docker.io/library/" HEX ":v1", HEX ":v1", HEX, "v1", NULL},
    {"x/" HEX, "docker.io/x/" HEX ":latest", "x/" HEX ":latest", "x/" HEX,
     "latest", NULL},
    {HEX "0", "docker.io/library/" HEX "0:latest", HEX "0:latest", HEX "0",
     "latest", NULL},
};

/* Equal, or both NULL. */
static void same(const char *a, const char *b)
{
    ck_assert_msg(a == b || (a && b && strcmp(a, b) == 0), "%s, not %s",
                  a ? a : "NULL", b ? b : "NULL");
}

START_TEST(test_good)
{
    struct mb_error err;
    struct image_ref ref;

    ck_assert_msg(ref_parse(refs[_i].text, &ref, &err) == 0, "%s", err.msg);
    same(ref.canonical, refs[_i].canonical);
    same(ref.familiar, refs[_i].familiar);
    same(ref.name, refs[_i].name);
    same(ref.tag, refs[_i].tag);
    same(ref.digest, refs[_i].digest);
    /* The parts are those of the long spelling. */
    mb_autofree char *parts = mb_printf("%s/%s", ref.domain, ref.path);
    ck_assert(starts_with(ref.canonical, parts));
    ck_assert_ptr_null(strchr(ref.domain, '/'));
    /* Both spellings mean the same. */
    struct image_ref again;
    ck_assert_int_eq(ref_parse(ref.canonical, &again, &err), 0);
    same(again.familiar, ref.familiar);
    ref_done(&again);
    ck_assert_int_eq(ref_parse(ref.familiar, &again, &err), 0);
    same(again.canonical, ref.canonical);
    ref_done(&again);
    ref_done(&ref);
}
END_TEST

static const char *const bad[] = {
    "",
    "Spam:v1",
    "spam:",
    ":v1",
    "/spam",
    "spam/",
    "a//b",
    "../x",
    "a/../b",
    ".",
    "-a",
    "a-",
    "a_",
    "_a",
    "a..b",
    "a b",
    "a\nb",
    "a:b c",
    "a:.b",
    "a:-b",
    "a@",
    "a@sha256:12",
    "a@md5:x",
    "@" D,
    "a:b:c",
    "host:5000/",
    "host:5000/A",
    "a.b/",
    "a:\xc3\xa9",
    "caf\xc3\xa9",
    "a___b",
    "a._b",
    "ho st:1/app",
    "a:b/c:d:e",
    "app@" D "0",
    "app@" D "@" D,
    "ex_ample.com/app:x/y",
    "foo_bar.com/x", /* docker takes it: its host is a path to some */
    "[::1/x",
    "[]/x",
    "[::1]x/y",
    "[::1]:/x",
    "[::g]/x",
    "[::1]",
    "h:/x",
    "h:5x/x",
    "-h.x/y",
    "h-.x/y",
    "h..x/y",
    ".h/y",
    "h./y",
    "http://h.x/y",
    "a/b/../c",
    "Team/App",
    "docker.io/Team/app",
    "index.docker.io/",
    "app:v1@sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852"
    "B855",
};

START_TEST(test_bad)
{
    struct image_ref ref = {0};
    struct mb_error err;

    if (ref_parse(bad[_i], &ref, &err) == 0)
        ck_abort_msg("\"%s\" became %s", bad[_i], ref.canonical);
    ck_assert_ptr_nonnull(strstr(err.msg, "invalid reference format"));
    ck_assert_ptr_null(ref.canonical);
}
END_TEST

/* Docker's own words. */
static const struct {
    const char *text, *error;
} errors[] = {
    {"Spam:v1", "invalid reference format: repository name (library/Spam) must "
                "be lowercase"},
    {"host.x/Team/app", "invalid reference format: repository name (Team/app) "
                        "must be lowercase"},
    {HEX, "invalid repository name (" HEX
          "), cannot specify 64-byte hexadecimal strings"},
};

START_TEST(test_errors)
{
    struct image_ref ref;
    struct mb_error err;

    ck_assert_int_eq(ref_parse(errors[_i].text, &ref, &err), -1);
    ck_assert_str_eq(err.msg, errors[_i].error);
}
END_TEST

START_TEST(test_favor_digest)
{
    struct image_ref ref;

    ck_assert_int_eq(ref_parse("h:5000/app:v1@" D, &ref, NULL), 0);
    ref_favor_digest(&ref);
    ck_assert_str_eq(ref.canonical, "h:5000/app@" D);
    ck_assert_str_eq(ref.familiar, "h:5000/app@" D);
    ck_assert_ptr_null(ref.tag);
    ref_favor_digest(&ref);
    ck_assert_str_eq(ref.canonical, "h:5000/app@" D);
    ref_done(&ref);
    ck_assert_int_eq(ref_parse("app:v1", &ref, NULL), 0);
    ref_favor_digest(&ref);
    ck_assert_str_eq(ref.familiar, "app:v1");
    ref_done(&ref);
}
END_TEST

/* Is DOMAIN, a path of N letters, and the tag a name? */
static bool is_name(const char *domain, int n, const char *tag)
{
    mb_autofree char *path = mb_alloc(n + 1);
    struct image_ref ref;
    struct mb_error err;

    memset(path, 'n', n);
    mb_autofree char *text = mb_printf("%s%s%s", domain, path, tag);
    if (ref_parse(text, &ref, &err) == 0) {
        ref_done(&ref);
        return true;
    }
    return false;
}

START_TEST(test_lengths)
{
    mb_autofree char *tag = mb_printf(":%0128d", 0);
    mb_autofree char *longer = mb_printf(":%0129d", 0);
    struct image_ref ref;
    struct mb_error err;

    ck_assert(is_name("", 1, tag));
    ck_assert(!is_name("", 1, longer));
    /* 255 for the path alone, and the long one */
    ck_assert(is_name("h.x/", 255, tag));
    ck_assert(!is_name("h.x/", 256, ""));
    ck_assert(is_name("", 255 - strlen("library/"), ""));
    ck_assert(!is_name("", 256 - strlen("library/"), ""));
    ck_assert(is_name("a/", 253, ""));
    ck_assert(!is_name("a/", 254, ""));
    ck_assert(!is_name("", 100000, ""));
    mb_autofree char *name = mb_printf("%0300d", 0);
    ck_assert_int_eq(ref_parse(name, &ref, &err), -1);
    ck_assert_str_eq(err.msg,
                     "repository name must not be more than 255 characters");
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("ref");
    TCase *tc = tcase_create("ref");

    tcase_add_loop_test(tc, test_good, 0, N(refs));
    tcase_add_loop_test(tc, test_bad, 0, N(bad));
    tcase_add_loop_test(tc, test_errors, 0, N(errors));
    tcase_add_test(tc, test_favor_digest);
    tcase_add_test(tc, test_lengths);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
