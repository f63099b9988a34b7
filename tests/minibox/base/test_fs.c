/* SPDX-License-Identifier: MIT */
/* test_fs.c - files that are whole, and paths that stay inside */
#include "base/fs.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "sandbox.h"

/* ---- reading and writing ------------------------------------------------ */

START_TEST(test_write_then_read)
{
    mb_autobuf struct buf text = BUF_INIT;

    tmp_file("f", "old, and longer");
    tmp_file("f", "new");
    ck_assert_ok(fs_read(tmp_fd, "f", 100, &text, &err));
    ck_assert_str_eq(text.s, "new");
    ck_assert_ok(fs_read(tmp_fd, "f", 3, &text, &err)); /* appends */
    ck_assert_str_eq(text.s, "newnew");
}
END_TEST

START_TEST(test_read_limit)
{
    mb_autobuf struct buf text = BUF_INIT;

    tmp_file("f", "four");
    ck_assert_int_eq(fs_read(tmp_fd, "f", 3, &text, &err), -1);
    ck_assert_str_eq(err.msg, "f is larger than 3 bytes");
    ck_assert_int_eq(fs_read(AT_FDCWD, "/dev/zero", 100, &text, &err), -1);
    ck_assert_int_eq(fs_read(tmp_fd, "none", 100, &text, &err), -1);
    ck_assert_int_eq(err.errnum, ENOENT);
    ck_assert_int_eq(fs_read(tmp_fd, ".", 100, &text, &err), -1);
    ck_assert_int_eq(err.errnum, EISDIR);
}
END_TEST

/* How many names does the test's directory hold? */
static int count_names(void)
{
    mb_autodir DIR *dir = opendir(tmp_dir);
    int n = 0;

    for (struct dirent *e; (e = readdir(dir));)
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    return n;
}

/* A full disk: the old file stays, and no half one beside it. */
START_TEST(test_write_fails_whole)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct rlimit small = {.rlim_cur = 4096, .rlim_max = 4096};
    static char big[100000];

    tmp_file("f", "old");
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    ck_assert_int_eq(fs_write(tmp_fd, "f", big, sizeof big, &err), -1);
    ck_assert_int_eq(err.errnum, EFBIG);
    ck_assert_ok(fs_read(tmp_fd, "f", 100, &text, &err));
    ck_assert_str_eq(text.s, "old");
    ck_assert_int_eq(count_names(), 1);
}
END_TEST

/* The name is replaced, not what a link of that name leads to. */
START_TEST(test_write_replaces_links)
{
    mb_autofree char *victim = mb_printf("%s/victim", tmp_dir);

    tmp_file("victim", "alive");
    ck_assert_int_eq(symlinkat(victim, tmp_fd, "link"), 0);
    tmp_file("link", "mine");
    mb_autofree char *text = text_of(victim);
    ck_assert_str_eq(text, "alive");
}
END_TEST

START_TEST(test_write_over_a_directory)
{
    tmp_mkdir("d");
    ck_assert_int_eq(fs_write(tmp_fd, "d", "x", 1, &err), -1);
    ck_assert_int_eq(err.errnum, EISDIR);
    ck_assert_int_eq(count_names(), 1);
}
END_TEST

/* Readers see the old or the new text, never anything between. */
START_TEST(test_write_is_one_step)
{
    static char a[50000], b[50000];
    mb_autofree char *path = mb_printf("%s/f", tmp_dir);

    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    ck_assert_ok(fs_write(tmp_fd, "f", a, sizeof a, &err));
    pid_t writer = fork();
    if (writer == 0)
        for (int i = 0;; i++)
            fs_write(tmp_fd, "f", i % 2 ? a : b, sizeof a, NULL);
    for (int i = 0; i < 500; i++) {
        mb_autofree char *text = text_of(path);
        ck_assert_uint_eq(strlen(text), sizeof a);
        ck_assert_int_eq(text[0], text[sizeof a - 1]);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
}
END_TEST

static void no_handler(int number)
{
    (void)number;
}

/* A pipe that is full and signals that interrupt: all bytes arrive. */
START_TEST(test_write_all)
{
    static char data[300000], back[300000];
    struct sigaction action = {.sa_handler = no_handler}; /* no SA_RESTART */
    int fds[2];
    size_t got = 0;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = i * 7;
    sigaction(SIGUSR1, &action, NULL);
    ck_assert_int_eq(pipe(fds), 0);
    pid_t writer = fork();
    if (writer == 0)
        _exit(fs_write_all(fds[1], data, sizeof data, NULL) < 0);
    close(fds[1]);
    for (ssize_t n; (n = read(fds[0], back + got, 7000)) > 0; got += n) {
        kill(writer, SIGUSR1);
        poll(NULL, 0, 1);
    }
    ck_assert_uint_eq(got, sizeof data);
    ck_assert_int_eq(memcmp(data, back, sizeof data), 0);
    int status;
    waitpid(writer, &status, 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* ---- directories -------------------------------------------------------- */

START_TEST(test_mkdirs)
{
    struct stat st;

    umask(0);
    ck_assert_ok(fs_mkdirs(tmp_fd, "a/b/c", &err));
    ck_assert_ok(fs_mkdirs(tmp_fd, "a/b/c", &err));
    ck_assert_ok(fs_mkdirs(tmp_fd, "a//b/d/", &err));
    ck_assert_int_eq(fstatat(tmp_fd, "a/b/d", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode, S_IFDIR | 0755);
    tmp_file("f", "");
    ck_assert_int_eq(fs_mkdirs(tmp_fd, "f/x", &err), -1);
    ck_assert_int_eq(err.errnum, ENOTDIR);
}
END_TEST

/* No path is no directory: and nothing behind the string may be read. */
START_TEST(test_mkdirs_of_nothing)
{
    ck_assert_int_eq(fs_mkdirs(tmp_fd, "", &err), -1);
    ck_assert_int_eq(err.errnum, ENOENT);
}
END_TEST

START_TEST(test_open_dir_refuses_links)
{
    tmp_mkdir("d");
    ck_assert_int_eq(symlinkat("d", tmp_fd, "link"), 0);
    ck_assert_int_eq(fs_open_dir(tmp_fd, "link", &err), -1);
    ck_assert_int_eq(err.errnum, ENOTDIR);
    mb_autoclose int fd = fs_open_dir(tmp_fd, "d", &err);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(test_remove_tree)
{
    tmp_mkdir("t/a/b");
    tmp_mkdir("canary");
    tmp_file("canary/f", "alive");
    tmp_file("t/a/f", "x");
    ck_assert_int_eq(symlinkat("../../canary", tmp_fd, "t/a/out"), 0);
    ck_assert_int_eq(mkfifoat(tmp_fd, "t/p", 0600), 0);
    ck_assert_ok(fs_remove_tree(tmp_fd, "t", &err));
    ck_assert_ok(fs_remove_tree(tmp_fd, "t", &err)); /* gone is fine */
    ck_assert_int_eq(faccessat(tmp_fd, "t", F_OK, 0), -1);
    ck_assert_int_eq(faccessat(tmp_fd, "canary/f", F_OK, 0), 0);
    ck_assert_int_eq(symlinkat("canary", tmp_fd, "link"), 0);
    ck_assert_ok(fs_remove_tree(tmp_fd, "link", &err)); /* the link alone */
    ck_assert_int_eq(faccessat(tmp_fd, "canary/f", F_OK, 0), 0);
}
END_TEST

/* ---- inside a root ------------------------------------------------------ */

/* A tree with every trick that a hostile image may play. */
static int make_root(void)
{
    static const char *const links[][2] = {
        {"/", "r/slash"},           {"../../../..", "r/up"},
        {"/proc/self/fd", "r/fds"}, {"loop", "r/loop"},
        {"/canary", "r/out"},       {"d", "r/d-link"},
        {"/nowhere", "r/dangling"},
    };

    tmp_mkdir("r/d");
    tmp_mkdir("canary");
    tmp_file("canary/f", "host");
    tmp_file("r/d/f", "image");
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        ck_assert_int_eq(symlinkat(links[i][0], tmp_fd, links[i][1]), 0);
    return fs_open_dir(tmp_fd, "r", &err);
}

static const struct {
    const char *path;
    int expected; /* errno; 0: the image's d/f */
} in_root[] = {
    {"d/f", 0},
    {"/d/f", 0},
    {"slash/d/f", 0},
    {"up/d/f", 0},
    {"../../d/f", 0},
    {"d-link/f", 0},
    {"slash/up/slash/d-link/../d/f", 0},
    {"out/f", ENOENT},
    {"../canary/f", ENOENT},
    {"loop/f", ELOOP},
    {"fds/0", ENOENT}, /* there is no /proc in here */
    {"d/f/x", ENOTDIR},
};

START_TEST(test_open_in_root)
{
    mb_autoclose int root = make_root();
    char text[10] = "";

    mb_autoclose int fd = fs_open_in_root(root, in_root[_i].path, O_RDONLY, 0);
    int saved = errno;
    if (in_root[_i].expected) {
        ck_assert_int_eq(fd, -1);
        ck_assert_int_eq(saved, in_root[_i].expected);
        return;
    }
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, text, 9), 5);
    ck_assert_str_eq(text, "image");
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

/* Magic links lead anywhere: they are refused (CVE-2024-21626). */
START_TEST(test_open_in_root_magic_links)
{
    mb_autoclose int slash = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mb_autofree char *path = mb_printf("proc/self/fd/%d", tmp_fd);

    ck_assert_errno(fs_open_in_root(slash, path, O_PATH, 0), ELOOP);
    ck_assert_errno(fs_open_in_root(slash, "proc/self/root", O_PATH, 0), ELOOP);
    ck_assert_errno(fs_open_in_root(slash, "proc/self/cwd/x", O_PATH, 0),
                    ELOOP);
}
END_TEST

/* Without O_CREAT a mode is an error (EINVAL) for openat2(2), not for us. */
START_TEST(test_open_in_root_create)
{
    mb_autoclose int root = make_root();
    struct stat st;

    umask(0);
    mb_autoclose int a = fs_open_in_root(root, "d/f", O_RDONLY, 0600);
    mb_autoclose int b =
        fs_open_in_root(root, "up/new", O_WRONLY | O_CREAT, 0640);
    ck_assert(a >= 0 && b >= 0);
    ck_assert_int_eq(fstatat(tmp_fd, "r/new", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(test_mkdirs_in_root)
{
    mb_autoclose int root = make_root();
    struct stat st;

    umask(077);
    mb_autoclose int a = fs_mkdirs_in_root(root, "slash/up/x/y", 0, 0, &err);
    ck_assert_int_ge(a, 0);
    ck_assert_int_eq(fstatat(tmp_fd, "r/x/y", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode, S_IFDIR | 0755); /* whatever the umask */
    mb_autoclose int b = fs_mkdirs_in_root(root, "/../../z", 0, 0, &err);
    ck_assert_int_eq(fstatat(tmp_fd, "r/z", &st, 0), 0);
    mb_autoclose int c = fs_mkdirs_in_root(root, "/", 0, 0, &err);
    ck_assert(b >= 0 && c >= 0);
    ck_assert_int_eq(faccessat(tmp_fd, "z", F_OK, 0), -1);
}
END_TEST

START_TEST(test_mkdirs_in_root_refuses)
{
    mb_autoclose int root = make_root();

    ck_assert_int_eq(fs_mkdirs_in_root(root, "loop/x", 0, 0, &err), -1);
    ck_assert_int_eq(err.errnum, ELOOP);
    ck_assert_int_eq(fs_mkdirs_in_root(root, "d/f/x", 0, 0, &err), -1);
    ck_assert_int_eq(err.errnum, ENOTDIR);
    /* A link to nowhere: nothing may appear at that place on the host. */
    (void)fs_mkdirs_in_root(root, "dangling/x", 0, 0, NULL);
    ck_assert_int_eq(access("/nowhere", F_OK), -1);
}
END_TEST

START_TEST(test_mkdirs_in_root_owner)
{
    mb_autoclose int root = make_root();
    struct stat st;

    if (geteuid() != 0)
        be_root();
    if (userns_is_single_id())
        return skip("only one uid is mapped here");
    mb_autoclose int fd = fs_mkdirs_in_root(root, "d/new/er", 12, 34, &err);
    ck_assert_msg(fd >= 0, "%s", err.msg);
    ck_assert_int_eq(fstatat(tmp_fd, "r/d/new/er", &st, 0), 0);
    ck_assert(st.st_uid == 12 && st.st_gid == 34);
    ck_assert_int_eq(fstatat(tmp_fd, "r/d", &st, 0), 0);
    ck_assert_uint_ne(st.st_uid, 12); /* it was there before */
}
END_TEST

/* ---- locks -------------------------------------------------------------- */

START_TEST(test_lock_excludes)
{
    mb_autoclose int a = fs_lock(tmp_fd, "l", LOCK_SH, &err);
    mb_autoclose int b = fs_lock(tmp_fd, "l", LOCK_SH | LOCK_NB, &err);

    ck_assert(a >= 0 && b >= 0);
    ck_assert_errno(fs_lock(tmp_fd, "l", LOCK_EX | LOCK_NB, &err), EWOULDBLOCK);
    ck_assert_ptr_nonnull(strstr(err.msg, "lock l"));
}
END_TEST

/* The lock goes with its holder, even after kill -9. */
START_TEST(test_lock_dies_with_its_holder)
{
    int ready[2];
    char byte;

    ck_assert_int_eq(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0) {
        fs_lock(tmp_fd, "l", LOCK_EX, NULL);
        (void)!write(ready[1], "x", 1);
        pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(fs_lock(tmp_fd, "l", LOCK_SH | LOCK_NB, NULL), -1);
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    mb_autoclose int fd = fs_lock(tmp_fd, "l", LOCK_EX | LOCK_NB, &err);
    ck_assert_int_ge(fd, 0);
}
END_TEST

START_TEST(test_lock_refuses_links)
{
    tmp_file("f", "alive");
    ck_assert_int_eq(symlinkat("f", tmp_fd, "l"), 0);
    ck_assert_int_eq(fs_lock(tmp_fd, "l", LOCK_EX, &err), -1);
    ck_assert_int_eq(err.errnum, ELOOP);
}
END_TEST

/* ---- text --------------------------------------------------------------- */

static const struct {
    const char *path, *dir, *base;
} splits[] = {
    {"a/b/c", "a/b", "c"}, {"a", ".", "a"}, {"/a", "/", "a"},
    {"/", "/", ""},        {"a/", "a", ""}, {"", ".", ""},
};

START_TEST(test_split)
{
    mb_autofree char *dir = NULL, *base = NULL;

    fs_split(splits[_i].path, &dir, &base);
    ck_assert_str_eq(dir, splits[_i].dir);
    ck_assert_str_eq(base, splits[_i].base);
}
END_TEST

static const struct {
    const char *base, *path, *clean;
} cleans[] = {
    {"/", "a", "/a"},
    {"/x/y", "../z", "/x/z"},
    {"/x", "/a//b/./c/", "/a/b/c"},
    {"/x", "../../../..", "/"},
    {"/x", "", "/x"},
    {"/", "", "/"},
    {"/", "...", "/..."},
    {"/x/../y", "..a", "/y/..a"},
    {"/", "a/../../b", "/b"},
    {"relative", "x", "/relative/x"},
};

START_TEST(test_clean_path)
{
    mb_autofree char *clean = fs_clean_path(cleans[_i].base, cleans[_i].path);

    ck_assert_str_eq(clean, cleans[_i].clean);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

static TCase *files_case(void)
{
    TCase *tc = tcase_create("files");

    tcase_add_checked_fixture(tc, tmp_setup, tmp_teardown);
    tcase_add_test(tc, test_write_then_read);
    tcase_add_test(tc, test_read_limit);
    tcase_add_test(tc, test_write_fails_whole);
    tcase_add_test(tc, test_write_replaces_links);
    tcase_add_test(tc, test_write_over_a_directory);
    tcase_add_test(tc, test_write_is_one_step);
    tcase_add_test(tc, test_write_all);
    tcase_add_test(tc, test_mkdirs);
    tcase_add_test(tc, test_mkdirs_of_nothing);
    tcase_add_test(tc, test_open_dir_refuses_links);
    tcase_add_test(tc, test_remove_tree);
    tcase_add_test(tc, test_lock_excludes);
    tcase_add_test(tc, test_lock_dies_with_its_holder);
    tcase_add_test(tc, test_lock_refuses_links);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("fs");
    TCase *root = tcase_create("root"), *text = tcase_create("text");

    tcase_add_checked_fixture(root, tmp_setup, tmp_teardown);
    tcase_add_loop_test(root, test_open_in_root, 0, N(in_root));
    tcase_add_test(root, test_open_in_root_magic_links);
    tcase_add_test(root, test_open_in_root_create);
    tcase_add_test(root, test_mkdirs_in_root);
    tcase_add_test(root, test_mkdirs_in_root_refuses);
    tcase_add_test(root, test_mkdirs_in_root_owner);
    tcase_add_loop_test(text, test_split, 0, N(splits));
    tcase_add_loop_test(text, test_clean_path, 0, N(cleans));
    suite_add_tcase(suite, files_case());
    suite_add_tcase(suite, root);
    suite_add_tcase(suite, text);
    return check_main(suite);
}
