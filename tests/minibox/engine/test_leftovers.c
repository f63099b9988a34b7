/* SPDX-License-Identifier: MIT */
/* test_leftovers.c - what package managers leave behind, layer by layer */
#include "engine/leftovers.h"

#include "picture_fixture.h"

static struct leftovers left;

static void leftovers_teardown(void)
{
    leftovers_done(&left);
    picture_teardown();
}

/* Each row as "LAYER DIRECTORY FILES BYTES;". */
static char *found(void)
{
    struct buf out = BUF_INIT;

    take();
    leftovers_done(&left);
    leftovers_find(&picture, &left);
    for (size_t i = 0; i < left.n; i++) {
        const struct leftovers_row *r = &left.rows[i];
        buf_addf(&out, "%d %s %zu %llu;", r->layer, r->directory, r->files,
                 (unsigned long long)r->bytes);
        ck_assert(r->what[0] && r->fix[0]);
    }
    return buf_take(&out);
}

START_TEST(test_the_most_first)
{
    lay("var/lib/apt/lists/ var/lib/apt/lists/a=5000 "
        "var/lib/apt/lists/partial/ var/lib/apt/lists/partial/b=7000");
    lay("root/.npm/_cacache/ root/.npm/_cacache/x=90000 var/cache/apt/ "
        "var/cache/apt/pkgcache.bin=4096");
    mb_autofree char *is = found();
    ck_assert_str_eq(is, "1 /root/.npm 1 90000;0 /var/lib/apt/lists 2 12000;"
                         "1 /var/cache/apt 1 4096;");
}
END_TEST

/* What a later layer deletes is in the image all the same. */
START_TEST(test_hidden)
{
    lay("root/.cache/pip/ root/.cache/pip/x=5000");
    lay("root/ root/.cache/ -root/.cache/pip");
    mb_autofree char *is = found();
    ck_assert_str_eq(is, "0 /root/.cache/pip 1 5000;");
}
END_TEST

/* Each layer has its own row, the lower one first among equals. */
START_TEST(test_layers)
{
    lay("var/cache/apk/ var/cache/apk/x=5000");
    lay("var/cache/apk/ var/cache/apk/y=5000");
    mb_autofree char *is = found();
    ck_assert_str_eq(is, "0 /var/cache/apk 1 5000;1 /var/cache/apk 1 5000;");
}
END_TEST

START_TEST(test_nothing)
{
    mb_autofree char *empty = found();
    ck_assert_str_eq(empty, "");
    /* a lock, links, names that only begin so, and somebody else's cache */
    lay("var/lib/apt/lists/ var/lib/apt/lists/lock=4095 "
        "var/lib/apt/lists/l>lock var/lib/apt/lists2=9000 "
        "var/cache/fontconfig/ var/cache/fontconfig/f=9000");
    mb_autofree char *is = found();
    ck_assert_str_eq(is, "");
}
END_TEST

/* A file with two names takes up its space once. */
START_TEST(test_hard_link)
{
    lay("var/cache/yum/ var/cache/yum/a=5000 var/cache/yum/b@var/cache/yum/a");
    mb_autofree char *is = found();
    ck_assert_ptr_nonnull(strstr(is, " 5000;"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leftovers");
    TCase *tests = tcase_create("leftovers");

    tcase_add_checked_fixture(tests, picture_setup, leftovers_teardown);
    tcase_add_test(tests, test_the_most_first);
    tcase_add_test(tests, test_hidden);
    tcase_add_test(tests, test_layers);
    tcase_add_test(tests, test_nothing);
    tcase_add_test(tests, test_hard_link);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
