/* SPDX-License-Identifier: MIT */
/* test_cachemount.c - caches: which directory, for whom, and removing them */
#include "engine/cachemount.h"

#include <sys/file.h>

#include "store_fixture.h"

static struct cachemount a, b;

static void setup(void)
{
    store_setup();
    a = b = (struct cachemount){.lock = -1};
}

static void teardown(void)
{
    cachemount_done(&a);
    cachemount_done(&b);
    store_teardown();
}

/* A wish for the cache ID, owned by whoever we are. */
static struct mountflag wish(char *id, enum mountflag_sharing sharing)
{
    return (struct mountflag){.type = MOUNTFLAG_CACHE,
                              .id = id,
                              .sharing = sharing,
                              .uid = getuid(),
                              .gid = getgid(),
                              .mode = -1};
}

static void take(const struct mountflag *m, struct cachemount *out)
{
    ck_assert_ok(cachemount_take(&store, m, out, &err));
}

START_TEST(test_it_lasts)
{
    struct mountflag m = wish("/root/.cache", MOUNTFLAG_SHARED);
    struct mountflag other = wish("/root/.cache2", MOUNTFLAG_SHARED);

    take(&m, &a);
    mb_autofree char *file = mb_printf("%s/f", a.dir);
    mb_autofree char *dir = mb_strdup(a.dir);
    ck_assert_ok(fs_write(AT_FDCWD, file, "x", 1, &err));
    cachemount_done(&a);
    take(&m, &a);
    ck_assert_str_eq(a.dir, dir);
    ck_assert_int_eq(access(file, F_OK), 0);
    take(&other, &b);
    ck_assert_str_ne(b.dir, dir);
}
END_TEST

/* No id leads out of the store. */
START_TEST(test_id_is_no_path)
{
    struct mountflag m = wish("../../../escape", MOUNTFLAG_SHARED);

    take(&m, &a);
    ck_assert_ptr_null(strstr(a.dir, ".."));
    ck_assert_int_eq(strncmp(a.dir, store.root, strlen(store.root)), 0);
}
END_TEST

START_TEST(test_mode)
{
    struct mountflag m = wish("x", MOUNTFLAG_SHARED);
    struct stat st;

    umask(077);
    take(&m, &a);
    ck_assert_int_eq(stat(a.dir, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0755);
    m.mode = 01770;
    take(&m, &b);
    ck_assert_str_ne(a.dir, b.dir); /* another wish, another cache */
    ck_assert_int_eq(stat(b.dir, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 01770);
}
END_TEST

START_TEST(test_shared)
{
    struct mountflag m = wish("x", MOUNTFLAG_SHARED);

    take(&m, &a);
    take(&m, &b);
    ck_assert_str_eq(a.dir, b.dir);
}
END_TEST

START_TEST(test_private)
{
    struct mountflag m = wish("x", MOUNTFLAG_PRIVATE);

    take(&m, &a);
    take(&m, &b);
    ck_assert_str_ne(a.dir, b.dir);
    mb_autofree char *first = mb_strdup(a.dir);
    cachemount_done(&a);
    take(&m, &a); /* the first is free again */
    ck_assert_str_eq(a.dir, first);
}
END_TEST

/* Whoever has it locked keeps all others out: nobody gets the lock. */
START_TEST(test_locked)
{
    struct mountflag m = wish("x", MOUNTFLAG_LOCKED);

    take(&m, &a);
    mb_autofree char *lock = mb_printf("%s.lock", a.dir);
    ck_assert_int_eq(fs_lock(AT_FDCWD, lock, LOCK_SH | LOCK_NB, &err), -1);
    cachemount_done(&a);
    mb_autoclose int fd = fs_lock(AT_FDCWD, lock, LOCK_EX | LOCK_NB, &err);
    ck_assert_int_ge(fd, 0);
}
END_TEST

START_TEST(test_remove_all)
{
    struct mountflag m = wish("x", MOUNTFLAG_SHARED);

    ck_assert_ok(cachemount_remove_all(&store, &err)); /* none is fine */
    take(&m, &a);
    ck_assert_ok(cachemount_remove_all(&store, &err));
    ck_assert_int_eq(access(a.dir, F_OK), -1);
    cachemount_done(&a);
    take(&m, &a); /* and again */
    ck_assert_int_eq(access(a.dir, F_OK), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cachemount");
    TCase *tc = tcase_create("cachemount");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_it_lasts);
    tcase_add_test(tc, test_id_is_no_path);
    tcase_add_test(tc, test_mode);
    tcase_add_test(tc, test_shared);
    tcase_add_test(tc, test_private);
    tcase_add_test(tc, test_locked);
    tcase_add_test(tc, test_remove_all);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
