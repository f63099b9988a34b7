/* SPDX-License-Identifier: MIT */
/* test_pivot.c - a root that nobody climbs out of, and its two conditions */
#include "linux/pivot.h"

#include "sandbox.h"

static char *root_path; /* of the tree that becomes "/" */

static void tree_setup(void)
{
    tmp_setup();
    tmp_file("outside", "host");
    tmp_mkdir("root/etc");
    tmp_file("root/etc/f", "inside");
    root_path = mb_printf("%s/root", tmp_dir);
}

static void tree_teardown(void)
{
    tmp_teardown();
    free(root_path);
}

static void pivot_and_pause(void)
{
    char here[100];

    be_root_in(CLONE_NEWNS);
    mb_autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    ck_assert_ok(pivot_into(root_path, &err));
    ck_assert_str_eq(getcwd(here, sizeof here), "/");
    mb_autofree char *inside = text_of("/etc/f");
    ck_assert_str_eq(inside, "inside");
    ck_assert_int_eq(access(tmp_dir, F_OK), -1);
    child_pause();
}

/* Seen from outside: one mount, the new root; and our own table is as it was
 * before. */
START_TEST(test_pivot)
{
    if (!can_be_root())
        return skip("no user namespaces");
    mb_autofree char *before = text_of("/proc/self/mountinfo");
    struct child c = child_start(pivot_and_pause, 0);
    child_ready(&c);
    mb_autofree char *mounts = proc_text(c.pid, "mountinfo");
    mb_autofree char *line = mount_line(mounts, "/");
    ck_assert_ptr_nonnull(strstr(line, "/root / "));
    ck_assert_ptr_eq(strchr(mounts, '\n'), strrchr(mounts, '\n'));
    mb_autofree char *after = text_of("/proc/self/mountinfo");
    ck_assert_str_eq(before, after);
    ck_assert_int_eq(ns_same(getpid(), c.pid, "mnt", &err), 0);
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* What was mounted below the rootfs comes along. */
static void pivot_with_submount(void)
{
    mb_autofree char *sub = mb_printf("%s/etc", root_path);

    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(mount("tmpfs", sub, "tmpfs", 0, NULL), 0);
    mb_autofree char *file = mb_printf("%s/new", sub);
    ck_assert_ok(fs_write(AT_FDCWD, file, "sub", 3, &err));
    ck_assert_ok(pivot_into(root_path, &err));
    mb_autofree char *text = text_of("/etc/new");
    ck_assert_str_eq(text, "sub");
}

/* And a rootfs that is a mount point already is taken as it is. */
static void pivot_into_mount(void)
{
    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(mount("tmpfs", root_path, "tmpfs", 0, NULL), 0);
    mb_autofree char *file = mb_printf("%s/new", root_path);
    ck_assert_ok(fs_write(AT_FDCWD, file, "tmp", 3, &err));
    ck_assert_ok(pivot_into(root_path, &err));
    mb_autofree char *text = text_of("/new");
    ck_assert_str_eq(text, "tmp");
}

START_TEST(test_mounts_come_along)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(pivot_with_submount, 0);
    in_child(pivot_into_mount, 0);
}
END_TEST

/* Rule 1: EBUSY when it lies on the root mount, EINVAL otherwise. */
static void pivot_plain_dir(void)
{
    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(chdir(root_path), 0);
    errno = 0;
    ck_assert_int_eq(syscall(SYS_pivot_root, ".", "."), -1);
    ck_assert(errno == EBUSY || errno == EINVAL);
}

static void pivot_plain_dir_elsewhere(void)
{
    mb_autofree char *dir = mb_printf("%s/x", root_path);

    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(mount("tmpfs", root_path, "tmpfs", 0, NULL), 0);
    ck_assert_int_eq(mkdir(dir, 0755), 0);
    ck_assert_int_eq(chdir(dir), 0);
    ck_assert_errno(syscall(SYS_pivot_root, ".", "."), EINVAL);
}

START_TEST(test_rule_1_mount_point)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(pivot_plain_dir, 0);
    in_child(pivot_plain_dir_elsewhere, 0);
}
END_TEST

/* Rule 2: EINVAL below a shared mount. */
static void pivot_shared(void)
{
    be_root();
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
    ck_assert_int_eq(pivot_into(root_path, &err), -1);
    ck_assert_int_eq(err.errnum, EINVAL);
}

START_TEST(test_rule_2_shared)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(pivot_shared, 0);
}
END_TEST

static void make_private(void)
{
    be_root();
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
    ck_assert_ok(pivot_make_private(&err));
    mb_autofree char *mounts = text_of("/proc/self/mountinfo");
    ck_assert_ptr_null(strstr(mounts, " shared:"));
    ck_assert_ptr_null(strstr(mounts, " master:"));
}

START_TEST(test_make_private)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(make_private, 0);
}
END_TEST

/* Without it, what we mount shows where the namespace came from. */
static void mount_in_shared(void)
{
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    if (child_self.pidfd == 1)
        ck_assert_ok(pivot_make_private(&err));
    ck_assert_int_eq(mount("tmpfs", root_path, "tmpfs", 0, NULL), 0);
}

static void share_then_fork(void)
{
    mb_autofree char *line = NULL, *mounts = NULL;
    bool private = child_self.pidfd == 1;

    be_root();
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
    pid_t pid = fork();
    if (pid == 0) {
        child_self.pidfd = private;
        mount_in_shared();
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    mounts = text_of("/proc/self/mountinfo");
    line = mount_line(mounts, root_path);
    ck_assert_int_eq(*line == '\0', private);
}

static void share_then_fork_private(void)
{
    child_self.pidfd = 1;
    share_then_fork();
}

static void share_then_fork_shared(void)
{
    child_self.pidfd = 0;
    share_then_fork();
}

START_TEST(test_private_mounts_do_not_show)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(share_then_fork_private, 0);
    in_child(share_then_fork_shared, 0);
}
END_TEST

/* How many mounts do we see?  By the host's /proc, opened before. */
static int count_mounts(int proc)
{
    mb_autobuf struct buf text = BUF_INIT;
    int n = 0;

    ck_assert_ok(fs_read(proc, "self/mountinfo", 1 << 20, &text, &err));
    for (const char *p = text.s; (p = strchr(p, '\n')); p++)
        n++;
    return n;
}

/* Rule 3: all of the host is there until it is detached by the name ".". */
static void pivot_step_by_step(void)
{
    be_root_in(CLONE_NEWNS);
    mb_autoclose int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int all = count_mounts(proc);
    ck_assert_int_eq(mount(root_path, root_path, NULL, MS_BIND, NULL), 0);
    ck_assert_int_eq(chdir(root_path), 0);
    ck_assert_int_eq(syscall(SYS_pivot_root, ".", "."), 0);
    ck_assert_int_eq(count_mounts(proc), all + 1);
    ck_assert_errno(umount2("/", 0), EBUSY); /* not without MNT_DETACH */
    ck_assert_int_eq(umount2(".", MNT_DETACH), 0);
    ck_assert_int_eq(count_mounts(proc), 1);
}

START_TEST(test_rule_3_detach)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(pivot_step_by_step, 0);
}
END_TEST

static void pivot_nowhere(void)
{
    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(pivot_into("/no/such/dir", &err), -1);
    ck_assert_int_eq(err.errnum, ENOENT);
}

static void without_power(void)
{
    be_ordinary();
    ck_assert_int_eq(pivot_make_private(&err), -1);
    ck_assert_int_eq(err.errnum, EPERM);
}

START_TEST(test_errors)
{
    in_child(without_power, 0);
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(pivot_nowhere, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pivot");
    TCase *tc = tcase_create("pivot");

    tcase_add_checked_fixture(tc, tree_setup, tree_teardown);
    tcase_add_test(tc, test_pivot);
    tcase_add_test(tc, test_mounts_come_along);
    tcase_add_test(tc, test_rule_1_mount_point);
    tcase_add_test(tc, test_rule_2_shared);
    tcase_add_test(tc, test_make_private);
    tcase_add_test(tc, test_private_mounts_do_not_show);
    tcase_add_test(tc, test_rule_3_detach);
    tcase_add_test(tc, test_errors);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
