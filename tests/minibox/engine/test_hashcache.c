/* SPDX-License-Identifier: MIT */
/* test_hashcache.c - untouched files are known, all others are not */
#include "engine/hashcache.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "engine/sourcehash.h"
#include "engine/sweep.h"
#include "store_fixture.h"

static const struct digest one = {
    "1111111111111111111111111111111111111111111111111111111111111111"};
static const struct digest two = {
    "2222222222222222222222222222222222222222222222222222222222222222"};

/* A file that has been lying there for years. */
static struct stat old_file(ino_t inode)
{
    return (struct stat){.st_dev = 7,
                         .st_ino = inode,
                         .st_size = 100,
                         .st_mtim = {1000000000, 1},
                         .st_ctim = {1100000000, 2}};
}

/* The cache of the context TMP as the next build would find it. */
static struct hashcache *load(void)
{
    return hashcache_load(&store, tmp_fd);
}

static void save(struct hashcache *cache)
{
    ck_assert_ok(hashcache_save(cache, &store, &err));
    hashcache_free(cache);
}

/* Remember that the file has the digest ONE. */
static void remember(struct stat st)
{
    struct hashcache *cache = load();

    hashcache_note(cache, &st, &one);
    save(cache);
}

static bool knows(struct stat st)
{
    struct hashcache *cache = load();
    struct digest digest = {""};
    bool found = hashcache_find(cache, &st, &digest);

    ck_assert_str_eq(digest.hex, found ? one.hex : "");
    hashcache_free(cache);
    return found;
}

/* Where it is: the only file in cache/ with this ending. */
static char *cache_path(void)
{
    char *path = NULL;
    mb_autofree char *dir = mb_printf("%s/cache", store.root);
    mb_autodir DIR *list = opendir(dir);
    struct dirent *entry;

    while ((entry = readdir(list)))
        if (ends_with(entry->d_name, ".files"))
            path = mb_printf("%s/%s", dir, entry->d_name);
    return path;
}

START_TEST(test_untouched)
{
    ck_assert(!knows(old_file(1)));
    remember(old_file(1));
    ck_assert(knows(old_file(1)));
    ck_assert(!knows(old_file(2)));
}
END_TEST

#define CHANGED(change)                                                        \
    do {                                                                       \
        struct stat st = old_file(1);                                          \
        change;                                                                \
        ck_assert_msg(!knows(st), "known in spite of " #change);               \
    } while (0)

START_TEST(test_touched)
{
    remember(old_file(1));
    CHANGED(st.st_dev++);
    CHANGED(st.st_ino++);
    CHANGED(st.st_size++);
    CHANGED(st.st_mtim.tv_sec++);
    CHANGED(st.st_mtim.tv_nsec++);
    CHANGED(st.st_ctim.tv_sec--);
    CHANGED(st.st_ctim.tv_nsec++);
    CHANGED((st.st_ctim.tv_sec++, st.st_ctim.tv_nsec = 0));
    /* Mode and owner are not content. */
    struct stat st = old_file(1);
    st.st_mode = 0600;
    st.st_uid = 7;
    ck_assert(knows(st));
}
END_TEST

/* A file that has just been changed may be changed again in the same tick of
 * the clock. */
START_TEST(test_too_young)
{
    struct stat st = old_file(1);

    st.st_ctim.tv_sec = time(NULL);
    remember(st);
    ck_assert(!knows(st));
    st.st_ctim.tv_sec = time(NULL) + 1000; /* another machine's clock */
    remember(st);
    ck_assert(!knows(st));
    st.st_ctim.tv_sec = time(NULL) - 1000;
    st.st_mtim.tv_sec = time(NULL) + 1000; /* anybody can set that */
    remember(st);
    ck_assert(knows(st));
}
END_TEST

/* The same for real: a file of one size, with one mtime, rewritten as quickly
 * as can be.  Never may the digest be that of the content before. */
START_TEST(test_rewritten)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    struct source source = {.name = "f", .path = "f"};
    struct digest last = {""};

    for (int i = 0; i < 200; i++) {
        struct hashcache *cache = load();
        mb_autokey struct key key = KEY_INIT;
        char text[2] = {'a' + i % 2, '\0'};
        mb_autoclose int fd =
            openat(tmp_fd, "f", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        ck_assert_int_eq(write(fd, text, 1), 1);
        ck_assert_int_eq(futimens(fd, times), 0);
        const struct sourcehash how = {
            .root = tmp_fd, .cache = cache, .out = &key};
        ck_assert_ok(sourcehash_add(&how, &source, &err));
        key_finish(&key);
        ck_assert(!digest_equal(&key.digest, &last));
        last = key.digest;
        save(cache);
    }
}
END_TEST

/* A file that is known is not read: what was noted comes out, here something
 * that is wrong.  /etc/passwd is older than this test. */
START_TEST(test_is_used)
{
    mb_autoclose int etc = open("/etc", O_PATH | O_CLOEXEC);
    struct source source = {.name = "passwd", .path = "passwd"};
    struct digest results[2];
    struct stat st;

    ck_assert_int_eq(fstatat(etc, "passwd", &st, AT_SYMLINK_NOFOLLOW), 0);
    if (!S_ISREG(st.st_mode) || st.st_ctime >= time(NULL) - 3)
        return;
    remember(st);
    struct hashcache *caches[2] = {NULL, load()};
    for (int i = 0; i < 2; i++) {
        mb_autokey struct key key = KEY_INIT;
        const struct sourcehash how = {
            .root = etc, .cache = caches[i], .out = &key};
        ck_assert_ok(sourcehash_add(&how, &source, &err));
        key_finish(&key);
        results[i] = key.digest;
    }
    hashcache_free(caches[1]);
    ck_assert(!digest_equal(&results[0], &results[1]));
}
END_TEST

/* What this build has asked for stays, found or noted; the rest goes. */
START_TEST(test_forgets)
{
    struct stat a = old_file(1), b = old_file(2), c = old_file(3);
    struct hashcache *cache = load();
    struct digest digest;

    hashcache_note(cache, &b, &one);
    hashcache_note(cache, &a, &one);
    save(cache);
    ck_assert(knows(a) && knows(b));
    cache = load();
    ck_assert(hashcache_find(cache, &a, &digest));
    save(cache); /* nothing new: as it was */
    ck_assert(knows(a) && knows(b));
    cache = load();
    ck_assert(hashcache_find(cache, &a, &digest));
    hashcache_note(cache, &c, &one);
    save(cache);
    ck_assert(knows(a) && !knows(b) && knows(c));
}
END_TEST

/* Two lines of COPY may ask for the same file. */
START_TEST(test_twice)
{
    struct stat a = old_file(1);
    struct hashcache *cache = load();

    for (int i = 0; i < 5; i++)
        hashcache_note(cache, &a, &one);
    save(cache);
    ck_assert(knows(a));
}
END_TEST

START_TEST(test_many)
{
    struct hashcache *cache = load();
    struct digest digest;

    for (ino_t i = 5000; i > 0; i--) {
        struct stat st = old_file(i);
        hashcache_note(cache, &st, i % 2 ? &one : &two);
    }
    save(cache);
    cache = load();
    for (ino_t i = 1; i <= 5000; i++) {
        struct stat st = old_file(i);
        ck_assert(hashcache_find(cache, &st, &digest));
        ck_assert_str_eq(digest.hex, i % 2 ? one.hex : two.hex);
    }
    hashcache_free(cache);
}
END_TEST

START_TEST(test_damaged)
{
    remember(old_file(1));
    mb_autofree char *path = cache_path();
    ck_assert_ptr_nonnull(path);
    ck_assert_int_eq(truncate(path, 50), 0);
    ck_assert(!knows(old_file(1)));
    remember(old_file(1));
    ck_assert(knows(old_file(1)));
    mb_autofree char *junk = mb_alloc(11200);
    memset(junk, 0xff, 11200);
    ck_assert_ok(fs_write(AT_FDCWD, path, junk, 11200, &err));
    ck_assert(!knows(old_file(1)));
    ck_assert_ok(fs_write(AT_FDCWD, path, "", 0, &err));
    ck_assert(!knows(old_file(1)));
}
END_TEST

/* prune keeps it or removes it, as it does with the build cache. */
START_TEST(test_swept)
{
    uint64_t freed = 0;

    remember(old_file(1));
    for (int with_cache = 1; with_cache >= 0; with_cache--) {
        json_t *marks = sweep_mark(&store, with_cache, &err);
        ck_assert_ok(sweep_unmarked(&store, marks, &freed, &err));
        json_decref(marks);
        ck_assert_int_eq(knows(old_file(1)), with_cache);
    }
    ck_assert_ptr_null(cache_path());
}
END_TEST

/* Without a cache nothing is known, and nothing breaks. */
START_TEST(test_none)
{
    struct stat st = old_file(1);
    struct digest digest;

    ck_assert(!hashcache_find(NULL, &st, &digest));
    hashcache_note(NULL, &st, &one);
    ck_assert_ok(hashcache_save(NULL, &store, &err));
    hashcache_free(NULL);
    struct hashcache *lost = hashcache_load(&store, -1);
    ck_assert(!hashcache_find(lost, &st, &digest));
    hashcache_free(lost);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {test_untouched, test_touched, test_too_young,
                                  test_rewritten, test_is_used, test_forgets,
                                  test_twice,     test_many,    test_damaged,
                                  test_swept,     test_none};
    Suite *suite = suite_create("engine/hashcache");
    TCase *tc = tcase_create("hashcache");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(tc, tests[i]);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
