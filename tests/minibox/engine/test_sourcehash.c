/* SPDX-License-Identifier: MIT */
/* test_sourcehash.c - when the build cache hits, and when not */
#include "engine/copy_fixture.h"

/* -- the digest (docker-truth: cache) ------------------------------------ */

/* A context to change one thing at a time. */
static struct digest digest_of_d(void)
{
    return DIGEST("d", "f*");
}

#define HIT(change)                                                            \
    do {                                                                       \
        struct digest before = digest_of_d();                                  \
        change;                                                                \
        struct digest after = digest_of_d();                                   \
        ck_assert_msg(digest_equal(&before, &after), "missed: " #change);      \
    } while (0)
#define MISS(change)                                                           \
    do {                                                                       \
        struct digest before = digest_of_d();                                  \
        change;                                                                \
        struct digest after = digest_of_d();                                   \
        ck_assert_msg(!digest_equal(&before, &after), "hit: " #change);        \
    } while (0)

static void digest_context(void)
{
    make("ctx/d/x", "X");
    make("ctx/d/sub/y", "Y");
    make_link("x", "ctx/d/link");
    make("ctx/f1", "F");
    make("ctx/other", "O");
}

START_TEST(test_digest_hits)
{
    const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 2}};

    digest_context();
    HIT((void)0);
    HIT(utimensat(AT_FDCWD, "ctx/d/x", old, 0));
    HIT(utimensat(AT_FDCWD, "ctx/d/link", old, AT_SYMLINK_NOFOLLOW));
    HIT(utimensat(AT_FDCWD, "ctx/d/sub", old, 0));
    if (geteuid() == 0)
        HIT(lchown("ctx/d/x", 1000, 1000));
    HIT(make("ctx/other", "not named by COPY"));
    HIT((make("ctx/d/x", "Z"), make("ctx/d/x", "X"))); /* reverted */
    HIT((rename("ctx/d/x", "ctx/d/t"), rename("ctx/d/t", "ctx/d/x")));
    ignore_text = "d/log";
    HIT(make("ctx/d/log", "ignored"));
    ignore_text = "d/log\nd/tmp\n!d/tmp/keep";
    HIT(make("ctx/d/tmp/x", "ignored"));
    HIT(chmod("ctx/d", 0700)); /* is not copied */
}
END_TEST

START_TEST(test_digest_misses)
{
    digest_context();
    MISS(make("ctx/d/x", "x"));
    MISS(make("ctx/d/x", ""));
    MISS(chmod("ctx/d/x", 0600));
    MISS(chmod("ctx/d/sub", 0700));
    MISS(make("ctx/d/new", ""));
    MISS(unlink("ctx/d/new"));
    MISS(make_dir("ctx/d/empty", 0755));
    MISS(rmdir("ctx/d/empty"));
    MISS(rename("ctx/d/x", "ctx/d/z"));
    MISS((unlink("ctx/d/link"), make_link("y", "ctx/d/link")));
    MISS((unlink("ctx/d/link"), make("ctx/d/link", "y")));
    MISS(make("ctx/f2", "F"));
    MISS(rename("ctx/f2", "ctx/f3"));
    MISS(rename("ctx/d/sub/y", "ctx/d/y"));
    MISS(ignore_text = "d/y");
    MISS(ignore_text = "d/z");
}
END_TEST

/* With --from owners are kept, so they count. */
START_TEST(test_digest_owners)
{
    if (geteuid() != 0)
        return;
    digest_context();
    settings.keep_owner = true;
    HIT((void)0);
    MISS(lchown("ctx/d/x", 1000, 0));
    MISS(lchown("ctx/d/x", 1000, 1000));
    MISS(lchown("ctx/d/link", 0, 1000));
    MISS(lchown("ctx/d/sub", 7, 7));
    MISS(lchown("ctx/f1", 7, 7));
    HIT(lchown("ctx/other", 7, 7));
}
END_TEST

/* Bytes must not be able to pass for structure. */
START_TEST(test_digest_framing)
{
    make("ctx/p/a", "1");
    make("ctx/p/b", "2");
    make("ctx/q/ab", "12");
    make_link("x", "ctx/l");
    make("ctx/r", "x");
    struct digest p = DIGEST("p"), q = DIGEST("q"), l = DIGEST("p", "q"),
                  m = DIGEST("q", "p");
    ck_assert(!digest_equal(&p, &q));
    ck_assert(!digest_equal(&l, &m));
    ck_assert_int_eq(unlink("ctx/p/b"), 0);
    ck_assert_int_eq(rename("ctx/q/ab", "ctx/q/b"), 0);
    make("ctx/q/b", "2");
    struct digest split = DIGEST("p", "q"); /* a=1 | b=2, not a=1 b=2 */
    ck_assert(!digest_equal(&p, &split));
    make("ctx/s/a", "1");
    make("ctx/s/f", "2");
    make("ctx/t/a", "1");
    make("ctx/f", "2");
    struct digest both = DIGEST("s"), apart = DIGEST("t", "f");
    ck_assert(!digest_equal(&both, &apart)); /* where does the list end? */
}
END_TEST

/* 300 files, made in one order or the other. */
static void make_many(const char *dir, bool backwards)
{
    for (int i = 0; i < 300; i++) {
        mb_autofree char *path =
            mb_printf("%s/%d", dir, backwards ? 299 - i : i);
        make(path, "");
    }
}

/* The order in which files were made is that of readdir(3), more or less. */
START_TEST(test_digest_order)
{
    const struct tree here = {.root = AT_FDCWD};
    mb_autostrv struct strv names = {0};

    make_many("ctx/many", false);
    struct digest up = DIGEST("many"), up_each = DIGEST("many/*");
    ck_assert_int_eq(rename("ctx/many", "ctx/away"), 0);
    make_many("ctx/many", true);
    struct digest down = DIGEST("many"), down_each = DIGEST("many/*");
    ck_assert(digest_equal(&up, &down));
    ck_assert(digest_equal(&up_each, &down_each));
    /* ext4 orders by a hash of the name, so that may have been luck. */
    ck_assert_int_eq(tree_list(&here, "ctx/many", &names, &err), 0);
    ck_assert_uint_eq(names.n, 300);
    for (size_t i = 1; i < names.n; i++)
        ck_assert_int_lt(strcmp(names.v[i - 1], names.v[i]), 0);
}
END_TEST

/* A newline in a name must not make two files out of one. */
START_TEST(test_digest_newline)
{
    mb_autostrv struct strv sources = {0};
    mb_autoclose int from = open("ctx", O_PATH | O_CLOEXEC);
    struct copy copy = {.source_root = from, .sources = &sources};
    mb_autokey struct key key = KEY_INIT;

    make("ctx/d/a\nfile b\\", "1");
    strv_add(&sources, "d");
    ck_assert_int_eq(copy_add_to_key(&copy, &key, &err), 0);
    mb_autofree char *want =
        mb_printf("tree d -\nfile d/a\\012file b\\134 100644:%s\n",
                  digest_of("1", 1).hex);
    ck_assert_str_eq(key.text.s, want);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {test_digest_hits,
                                  test_digest_misses,
                                  test_digest_owners,
                                  test_digest_framing,
                                  test_digest_order,
                                  test_digest_newline,
                                  NULL};

    return run_tests("engine/sourcehash", tests);
}
