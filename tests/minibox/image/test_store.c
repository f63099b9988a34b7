/* SPDX-License-Identifier: MIT */
/* test_store.c - a store that many use and any may be killed in */
#include <sys/file.h>

#include "store_fixture.h"

/* Rule 3: nobody else gets in, whatever the umask. */
START_TEST(test_private)
{
    struct stat st;

    ck_assert_int_eq(fstat(store.fd, &st), 0);
    ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
    ck_assert_int_eq(fcntl(store.fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(test_layout)
{
    mb_autofree char *layout = mb_printf("%s/oci-layout", store.root);
    mb_autofree char *index = mb_printf("%s/index.json", store.root);
    mb_autofree char *version = text_of(layout);
    mb_autofree char *manifests = text_of(index);

    ck_assert_str_eq(version, "{\"imageLayoutVersion\":\"1.0.0\"}");
    ck_assert_ptr_nonnull(strstr(manifests, "\"manifests\":[]"));
    ck_assert_int_eq(faccessat(store.fd, "blobs/sha256", F_OK, 0), 0);
}
END_TEST

/* A strange umask must not make a store that nobody can use. */
START_TEST(test_umask)
{
    mb_autofree char *root = mb_printf("%s/other", tmp_dir);
    struct store other;
    struct stat st;

    umask(0077);
    setenv("MINIBOX_ROOT", root, 1);
    ck_assert_ok(store_open(&other, &err));
    ck_assert_uint_eq(umask(0), 0077); /* ours is as before */
    ck_assert_int_eq(fstatat(other.fd, "layers/skeleton/etc", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0755);
    store_close(&other);
}
END_TEST

/* Opening it again changes nothing. */
START_TEST(test_again)
{
    struct store second;
    struct image image = make_image("x", NULL);

    ck_assert_ok(store_open(&second, &err));
    json_t *index = index_load(&second, &err);
    ck_assert_uint_ge(json_array_size(json_object_get(index, "manifests")), 1);
    json_decref(index);
    store_close(&second);
    image_done(&image);
}
END_TEST

START_TEST(test_first_commands_at_the_same_time)
{
    mb_autofree char *root = mb_printf("%s/fresh", tmp_dir);

    setenv("MINIBOX_ROOT", root, 1);
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            struct store s;
            _exit(store_open(&s, NULL) < 0);
        }
    for (int i = 0, status; i < 8; i++) {
        wait(&status);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

START_TEST(test_somebody_elses)
{
    struct store other;

    if (geteuid() == 0)
        ck_assert_int_eq(fchown(store.fd, NOBODY, NOBODY), 0);
    else
        setenv("MINIBOX_ROOT", "/", 1);
    ck_assert_int_eq(store_open(&other, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "belongs to somebody else"));
    ck_assert_ptr_nonnull(strstr(err.hint, "MINIBOX_ROOT"));
}
END_TEST

START_TEST(test_root_is_a_file)
{
    mb_autofree char *root = mb_printf("%s/file", tmp_dir);
    struct store other;

    tmp_file("file", "");
    setenv("MINIBOX_ROOT", root, 1);
    ck_assert_int_eq(store_open(&other, &err), -1);
}
END_TEST

/* ---- holding ------------------------------------------------------------ */

/* Can the store be held like this, without waiting? */
static bool can_hold(int operation)
{
    mb_autoclose int fd = fs_lock(store.fd, "hold", operation | LOCK_NB, NULL);

    return fd >= 0;
}

START_TEST(test_hold)
{
    mb_autoclose int a = store_hold(&store, false, &err);

    ck_assert_int_ge(a, 0);
    ck_assert(can_hold(LOCK_SH));
    ck_assert(!can_hold(LOCK_EX));
    close(a);
    a = store_hold(&store, true, &err);
    ck_assert(!can_hold(LOCK_SH));
}
END_TEST

/* ---- tmp/ --------------------------------------------------------------- */

START_TEST(test_temporary)
{
    mb_autofree char *path = NULL, *second = NULL;
    mb_autoclose int lock = -1, lock2 = -1;

    ck_assert_ok(store_make_temporary(&store, &path, &lock, &err));
    ck_assert_int_eq(access(path, F_OK), 0);
    /* Another one sweeps, but not what is in use. */
    ck_assert_ok(store_make_temporary(&store, &second, &lock2, &err));
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert_str_ne(path, second);
    store_remove_temporary(&store, path);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* Rule 2: what a killed process has left goes with the next one. */
START_TEST(test_sweep)
{
    mb_autofree char *path = NULL, *left = NULL;
    mb_autoclose int lock = -1;

    pid_t pid = fork();
    if (pid == 0) {
        store_make_temporary(&store, &path, &lock, NULL);
        mb_autofree char *deep = mb_printf("%s/a/b", path);
        fs_mkdirs(AT_FDCWD, deep, NULL);
        raise(SIGKILL);
    }
    waitpid(pid, NULL, 0);
    left = mb_printf("%s/store/tmp/removed-x", tmp_dir);
    ck_assert_ok(fs_mkdirs(AT_FDCWD, left, &err));
    ck_assert_ok(store_make_temporary(&store, &path, &lock, &err));
    mb_autofree char *list = mb_printf("ls %s/store/tmp | wc -l", tmp_dir);
    FILE *p = popen(list, "re");
    int n = -1;
    ck_assert_int_eq(fscanf(p, "%d", &n), 1);
    pclose(p);
    ck_assert_int_eq(n, 1); /* the new one alone */
}
END_TEST

/* A blob in the making is a file in tmp/: another's sweep must not take it. */
START_TEST(test_sweep_spares_blobs_in_the_making)
{
    mb_autofree char *path = NULL;
    mb_autoclose int lock = -1;
    struct blob_writer w;
    struct digest digest;

    ck_assert_ok(blob_begin(&w, &store, &err));
    ck_assert_ok(blob_add(&w, "half", 4, &err));
    ck_assert_ok(store_make_temporary(&store, &path, &lock, &err));
    ck_assert_ok(blob_add(&w, "whole", 5, &err));
    ck_assert_ok(blob_finish(&w, &digest, &err));
    ck_assert(blob_exists(&store, &digest));
}
END_TEST

/* Many at once, each sweeping: all get a directory that stays. */
START_TEST(test_temporary_race)
{
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            for (int k = 0; k < 30; k++) {
                char *path = NULL;
                int lock = -1;
                if (store_make_temporary(&store, &path, &lock, NULL) < 0 ||
                    access(path, F_OK) < 0)
                    _exit(1);
                mb_autofree char *deep = mb_printf("%s/x", path);
                if (mkdir(deep, 0700) < 0)
                    _exit(2);
                store_remove_temporary(&store, path);
                close(lock);
            }
            _exit(0);
        }
    for (int i = 0, status; i < 8; i++) {
        wait(&status);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

/* ---- layers ------------------------------------------------------------- */

START_TEST(test_layers)
{
    struct digest one = make_layer("one"), none = digest_of("none", 4);
    mb_autofree char *dir = store_layer_dir(&store, &one);
    mb_autofree char *file = mb_printf("%s/f", dir);
    mb_autofree char *text = text_of(file);

    ck_assert_str_eq(text, "one");
    ck_assert(store_has_layer(&store, &one));
    ck_assert(!store_has_layer(&store, &none));
    ck_assert_uint_eq(store_layer_size(&store, &one), 3);
    ck_assert_uint_eq(store_layer_size(&store, &none), 0);
    ck_assert_ok(store_remove_layer(&store, &one, &err));
    ck_assert(!store_has_layer(&store, &one));
    ck_assert_uint_eq(store_layer_size(&store, &one), 0);
    ck_assert_ok(store_remove_layer(&store, &one, &err)); /* gone is fine */
}
END_TEST

/* Another process was faster: his stays, ours stays where it is. */
START_TEST(test_adopt_twice)
{
    struct digest one = make_layer("one");
    mb_autofree char *dir = mb_printf("%s/second", tmp_dir);

    tmp_mkdir("second/x");
    ck_assert_ok(store_adopt_layer(&store, &one, dir, 3, &err));
    ck_assert_int_eq(access(dir, F_OK), 0);
    mb_autofree char *layer = store_layer_dir(&store, &one);
    mb_autofree char *file = mb_printf("%s/f", layer);
    ck_assert_int_eq(access(file, F_OK), 0);
}
END_TEST

/* What every container stands on: mount points, and nothing in them. */
START_TEST(test_skeleton)
{
    mb_autofree char *skeleton = store_skeleton_dir(&store);
    mb_autofree char *empty = store_empty_dir(&store);
    mb_autofree char *proc = mb_printf("%s/proc", skeleton);

    ck_assert_int_eq(access(proc, F_OK), 0);
    ck_assert_int_eq(rmdir(empty), 0); /* so it was empty */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tc = tcase_create("store");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_private);
    tcase_add_test(tc, test_layout);
    tcase_add_test(tc, test_umask);
    tcase_add_test(tc, test_again);
    tcase_add_test(tc, test_first_commands_at_the_same_time);
    tcase_add_test(tc, test_somebody_elses);
    tcase_add_test(tc, test_root_is_a_file);
    tcase_add_test(tc, test_hold);
    tcase_add_test(tc, test_temporary);
    tcase_add_test(tc, test_sweep);
    tcase_add_test(tc, test_sweep_spares_blobs_in_the_making);
    tcase_add_test(tc, test_temporary_race);
    tcase_add_test(tc, test_layers);
    tcase_add_test(tc, test_adopt_twice);
    tcase_add_test(tc, test_skeleton);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
