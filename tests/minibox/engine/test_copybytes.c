/* SPDX-License-Identifier: MIT */
/* test_copybytes.c - all bytes, holes as holes, and what goes wrong */
#include "engine/copybytes.h"

#include <sys/resource.h>

#include "sandbox.h"

static int from, to;

static void setup(void)
{
    tmp_setup();
    from = openat(tmp_fd, "from", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    to = openat(tmp_fd, "to", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ck_assert_int_ge(from, 0);
    ck_assert_int_ge(to, 0);
}

static void teardown(void)
{
    close(from);
    close(to);
    tmp_teardown();
}

static void put(off_t at, const char *text)
{
    ck_assert_int_eq(pwrite(from, text, strlen(text), at), strlen(text));
}

static off_t size_of(int fd)
{
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    return st.st_size;
}

/* Copy all, and expect the same bytes. */
static void expect_copy(void)
{
    mb_autobuf struct buf a = BUF_INIT, b = BUF_INIT;

    ck_assert_ok(copybytes_all(from, to, size_of(from), &err));
    ck_assert_ok(fs_read(tmp_fd, "from", 64 << 20, &a, &err));
    ck_assert_ok(fs_read(tmp_fd, "to", 64 << 20, &b, &err));
    ck_assert_uint_eq(a.len, b.len);
    ck_assert_int_eq(memcmp(a.s, b.s, a.len), 0);
}

START_TEST(test_sizes)
{
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 65537, 1 << 20};
    mb_autofree char *text = mb_alloc(sizes[_i] + 1);

    for (size_t i = 0; i < sizes[_i]; i++)
        text[i] = 'a' + i * 7 % 26;
    put(0, text);
    expect_copy();
}
END_TEST

/* A hole at the beginning, in the middle, at the end; nothing but a hole. */
START_TEST(test_holes)
{
    static const off_t at[][2] = {
        {0, 1 << 20}, {5 << 20, 0}, {1 << 20, 3 << 20}, {-1, 0}};
    struct stat st;

    ck_assert_int_eq(ftruncate(from, 8 << 20), 0);
    if (at[_i][0] >= 0) {
        put(at[_i][0], "here");
        put(at[_i][1], "and there");
    }
    expect_copy();
    ck_assert_int_eq(fstat(to, &st), 0);
    ck_assert_int_lt(st.st_blocks * 512, 1 << 20);
}
END_TEST

/* A terabyte of nothing takes neither time nor space. */
START_TEST(test_terabyte)
{
    off_t size = (off_t)1 << 40;

    if (ftruncate(from, size) < 0)
        return skip("no file of a terabyte on this file system");
    put(size - 4, "last");
    ck_assert_ok(copybytes_all(from, to, size, &err));
    char last[5] = "";
    ck_assert_int_eq(pread(to, last, 4, size - 4), 4);
    ck_assert_str_eq(last, "last");
    ck_assert_int_eq(size_of(to), size);
}
END_TEST

/* Files of proc say that they are empty. */
START_TEST(test_proc)
{
    mb_autoclose int proc = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    mb_autobuf struct buf text = BUF_INIT;

    ck_assert_ok(copybytes_all(proc, to, 0, &err));
    ck_assert_ok(fs_read(tmp_fd, "to", 1 << 20, &text, &err));
    ck_assert_ptr_nonnull(strstr(text.s, "Name:"));
}
END_TEST

/* Another file system, where copy_file_range(2) may refuse. */
START_TEST(test_other_file_system)
{
    close(to);
    to = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (to < 0)
        return skip("no /dev/shm");
    put(0, "text");
    ck_assert_ok(copybytes_all(from, to, 4, &err));
    ck_assert_int_eq(size_of(to), 4);
}
END_TEST

/* ---- what goes wrong ----------------------------------------------------- */

START_TEST(test_no_room)
{
    const struct rlimit limit = {1 << 16, 1 << 16};
    mb_autofree char *text = mb_alloc((1 << 20) + 1);

    memset(text, 'x', 1 << 20);
    put(0, text);
    signal(SIGXFSZ, SIG_IGN); /* else EFBIG kills */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(copybytes_all(from, to, 1 << 20, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "File too large"));
}
END_TEST

START_TEST(test_read_only)
{
    mb_autoclose int closed = openat(tmp_fd, "to", O_RDONLY | O_CLOEXEC);

    put(0, "text");
    ck_assert_int_eq(copybytes_all(from, closed, 4, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "Bad file descriptor"));
}
END_TEST

START_TEST(test_directory)
{
    ck_assert_int_eq(copybytes_all(tmp_fd, to, 0, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "Is a directory"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("copybytes");
    TCase *tests = tcase_create("copybytes");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_sizes, 0, 7);
    tcase_add_loop_test(tests, test_holes, 0, 4);
    tcase_add_test(tests, test_terabyte);
    tcase_add_test(tests, test_proc);
    tcase_add_test(tests, test_other_file_system);
    tcase_add_test(tests, test_no_room);
    tcase_add_test(tests, test_read_only);
    tcase_add_test(tests, test_directory);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
