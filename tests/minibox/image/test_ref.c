/* SPDX-License-Identifier: MIT */
/* test_ref.c - what an image's name means, and which names are none */
#include "image/ref.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

#define D                                                                      \
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

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

START_TEST(test_upper_case)
{
    struct image_ref ref;
    struct mb_error err;

    ck_assert_int_eq(ref_parse("Spam", &ref, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "must be lowercase"));
}
END_TEST

START_TEST(test_lengths)
{
    mb_autobuf struct buf name = BUF_INIT, tag = BUF_INIT;
    struct image_ref ref;

    for (int i = 0; i < 128; i++)
        buf_addc(&tag, 't');
    mb_autofree char *longest = mb_printf("a:%s", tag.s);
    mb_autofree char *longer = mb_printf("a:%st", tag.s);
    ck_assert_int_eq(ref_parse(longest, &ref, NULL), 0);
    ref_done(&ref);
    ck_assert_int_eq(ref_parse(longer, &ref, NULL), -1);
    for (int i = 0; i < 5000; i++)
        buf_addc(&name, 'n');
    ck_assert_int_eq(ref_parse(name.s, &ref, NULL), -1);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("ref");
    TCase *tc = tcase_create("ref");

    tcase_add_loop_test(tc, test_good, 0, N(refs));
    tcase_add_loop_test(tc, test_bad, 0, N(bad));
    tcase_add_test(tc, test_upper_case);
    tcase_add_test(tc, test_lengths);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
