/* SPDX-License-Identifier: MIT */
#ifndef COPY_FIXTURE_H
#define COPY_FIXTURE_H

/*
 * What the tests of COPY share.  Each has a directory of its own, and stands
 * in it:
 *
 *     ctx/       the build context          canary       must never change
 *     root/      the image                  canarydir/   must stay empty
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "check_main.h"
#include "engine/copy.h"
#include "engine/tree.h"

static char base[64];
static int watch; /* inotify(7): who opened what must stay closed */
static const char *ignore_text; /* the .dockerignore of this test */
static struct copy settings;    /* chown and mode of this test */
static struct mb_error err;

/* -- building and looking ------------------------------------------------ */

static inline void make(const char *path, const char *content)
{
    mb_autofree char *dir = NULL, *name = NULL;

    fs_split(path, &dir, &name);
    ck_assert_int_eq(fs_mkdirs(AT_FDCWD, dir, NULL), 0);
    ck_assert_int_eq(fs_write(AT_FDCWD, path, content, strlen(content), NULL),
                     0);
}

static inline void make_dir(const char *path, mode_t mode)
{
    ck_assert_int_eq(fs_mkdirs(AT_FDCWD, path, NULL), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static inline void make_link(const char *target, const char *path)
{
    ck_assert_int_eq(symlink(target, path), 0);
}

/* The file's content; "" if there is none.  Kept until the next call. */
static inline const char *content(const char *path)
{
    static struct buf text = BUF_INIT;

    buf_clear(&text);
    (void)fs_read(AT_FDCWD, path, 1 << 20, &text, NULL);
    return text.s;
}

/* Everything below a directory, in one line.  Kept until the next call. */
static inline const char *tree(const char *path)
{
    static struct buf text = BUF_INIT;
    mb_autostrv struct strv list = {0};
    mb_autoclose int fd = open(path, O_PATH | O_CLOEXEC);

    buf_clear(&text);
    ck_assert_int_ge(fd, 0);
    const struct tree all = {.root = fd};
    ck_assert_int_eq(tree_walk(&all, "", &list, NULL), 0);
    for (size_t i = 0; i < list.n; i++)
        buf_addf(&text, "%s%s", i ? " " : "", list.v[i]);
    return text.s;
}

static inline struct stat look(const char *path)
{
    struct stat st = {0};

    ck_assert_msg(lstat(path, &st) == 0, "%s: %m", path);
    return st;
}

static inline unsigned mode_of(const char *path)
{
    return look(path).st_mode & 07777;
}

/* PATH must not be opened or changed any more.  (O_PATH does not count.) */
static inline void watch_file(const char *path)
{
    ck_assert_int_ge(inotify_add_watch(watch, path, IN_OPEN | IN_MODIFY), 0);
}

/* Has one of them been? */
static inline bool was_opened(void)
{
    char events[4096] __attribute__((aligned(8)));
    ssize_t n = read(watch, events, sizeof events);
    bool bad = false;

    for (char *p = events; n > 0 && p < events + n;) {
        struct inotify_event *event = (void *)p;
        bad |= (event->mask & (IN_OPEN | IN_MODIFY)) != 0;
        p += sizeof *event + event->len;
    }
    return bad;
}

static inline void setup(void)
{
    snprintf(base, sizeof base, "/tmp/minibox-context-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert_int_eq(chdir(base), 0);
    umask(022);
    make_dir("ctx", 0755);
    make_dir("root", 0755);
    make_dir("canarydir", 0755);
    make("canary", "alive");
    watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watch_file("canary");
    ignore_text = "";
    settings = (struct copy){0};
}

static inline void teardown(void)
{
    ck_assert_msg(!was_opened(), "a file that must not be opened was");
    close(watch);
    ck_assert_str_eq(content("canary"), "alive");
    ck_assert_str_eq(tree("canarydir"), "");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base, NULL), 0);
}

/* The digest of what a key says of the sources. */
static inline int source_digest(const struct copy *copy, struct digest *out)
{
    mb_autokey struct key key = KEY_INIT;
    int result = copy_add_to_key(copy, &key, &err);

    if (result == 0) {
        key_finish(&key);
        *out = key.digest;
    }
    return result;
}

/* Run COPY WORDS, the last of which is the destination; DIGEST instead if it
 * is not NULL. */
static inline int copy_words(char *const *words, struct digest *digest)
{
    mb_autostrv struct strv sources = {0};
    mb_autoclose int from = open("ctx", O_PATH | O_CLOEXEC);
    mb_autoclose int to = open("root", O_PATH | O_CLOEXEC);
    struct ignore ignore;
    struct copy copy = settings;

    err = (struct mb_error){0};
    ck_assert_int_eq(ignore_parse(ignore_text, &ignore, NULL), 0);
    for (; words[1]; words++)
        strv_add(&sources, *words);
    copy.source_root = from;
    copy.ignore = &ignore;
    copy.sources = &sources;
    copy.dest = *words;
    int result =
        digest ? source_digest(&copy, digest) : copy_run(&copy, to, &err);
    ignore_done(&ignore);
    return result;
}

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})
#define COPY(...)                                                              \
    ck_assert_msg(copy_words(WORDS(__VA_ARGS__), NULL) == 0, "%s", err.msg)
#define COPY_FAILS(text, ...)                                                  \
    do {                                                                       \
        ck_assert_int_eq(copy_words(WORDS(__VA_ARGS__), NULL), -1);            \
        ck_assert_msg(strstr(err.msg, text) != NULL, "\"%s\" lacks \"%s\"",    \
                      err.msg, text);                                          \
    } while (0)

/* The digest of the sources. */
#define DIGEST(...) digest_words(WORDS(__VA_ARGS__, "/"))
static inline struct digest digest_words(char *const *words)
{
    struct digest digest = {""};

    ck_assert_msg(copy_words(words, &digest) == 0, "%s", err.msg);
    ck_assert_uint_eq(strlen(digest.hex), 64);
    return digest;
}

/* All tests with the fixture around each. */
static inline int run_tests(const char *name, const TTest *const *tests)
{
    Suite *suite = suite_create(name);
    TCase *tc = tcase_create("copy");

    tcase_add_checked_fixture(tc, setup, teardown);
    for (; *tests; tests++)
        tcase_add_test(tc, *tests);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}

#endif
