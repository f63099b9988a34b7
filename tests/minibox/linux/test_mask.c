/* SPDX-License-Identifier: MIT */
/* test_mask.c - what a container sees of /proc and /sys, and what not */
#include "linux/mask.h"

#include <dirent.h>

#include "linux/mount.h"
#include "sandbox.h"

static void image_setup(void)
{
    tmp_setup();
    tmp_mkdir("image");
}

/* Standard mounts and masks, then into the image. */
static void mask_and_enter(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);

    ck_assert_ok(pivot_make_private(&err));
    ck_assert_int_eq(mount(path, path, NULL, MS_BIND, NULL), 0);
    mb_autoclose int root = fs_open_dir(AT_FDCWD, path, &err);
    ck_assert_ok(mount_standard(root, &err));
    ck_assert_ok(mask_apply(root, &err));
    ck_assert_ok(pivot_into(path, &err));
}

/* FN as PID 1 of a container in the making. */
static void in_container(void (*fn)(void))
{
    if (geteuid() != 0)
        be_root();
    in_child(fn, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC);
}

static const char *const hidden[] = {
    "/proc/acpi",        "/proc/asound",  "/proc/interrupts",
    "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi",    "/proc/timer_list",
    "/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap",
};
static const char *const locked[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* A hidden file is empty, a hidden directory too. */
static void check_hidden(const char *path)
{
    struct stat st;
    int n = 0;

    if (stat(path, &st) < 0) {
        ck_assert_int_eq(errno, ENOENT); /* rule 2 */
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        mb_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
        char byte;
        ck_assert_msg(fd >= 0 && read(fd, &byte, 1) == 0, "%s", path);
        ck_assert_msg(S_ISCHR(st.st_mode), "%s", path);
        return;
    }
    mb_autodir DIR *dir = opendir(path);
    while (readdir(dir))
        n++;
    ck_assert_msg(n == 2, "%s holds %d names", path, n - 2);
    mb_autofree char *file = mb_printf("%s/x", path);
    ck_assert_errno(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), EROFS);
}

static void all_hidden(void)
{
    mask_and_enter();
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        check_hidden(hidden[i]);
}

START_TEST(test_hidden)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(all_hidden);
}
END_TEST

static void all_locked(void)
{
    mask_and_enter();
    mb_autofree char *mounts = text_of("/proc/self/mountinfo");
    for (size_t i = 0; i < sizeof locked / sizeof *locked; i++) {
        mb_autofree char *line = mount_line(mounts, locked[i]);
        mb_autofree char *options =
            mb_printf(" %s ro,nosuid,nodev,noexec", locked[i]);
        if (access(locked[i], F_OK) == 0)
            ck_assert_msg(strstr(line, options) != NULL, "%s: %s", locked[i],
                          line);
    }
    mb_autofree char *readable = text_of("/proc/sys/kernel/osrelease");
    ck_assert_str_ne(readable, "");
    if (ns_is_initial_user()) /* else the file belongs to nobody here */
        ck_assert_errno(
            open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC), EROFS);
    /* Not ours to undo from a namespace below. */
    ck_assert_int_eq(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
    ck_assert_errno(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL),
                    EPERM);
    ck_assert_errno(umount2("/proc/sys", 0), EINVAL);
}

START_TEST(test_locked)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(all_locked);
}
END_TEST

/* The host's own view is as it was. */
START_TEST(test_host_unharmed)
{
    if (!can_be_root())
        return skip("no user namespaces");
    mb_autofree char *before = text_of("/proc/self/mountinfo");
    in_container(all_hidden);
    mb_autofree char *after = text_of("/proc/self/mountinfo");
    ck_assert_str_eq(before, after);
}
END_TEST

/* Rule 1: what hides a file is the device 1:3 that we bound, whatever the
 * image had at /dev/null (CVE-2025-31133). */
static void null_is_ours(void)
{
    struct stat st;

    mask_and_enter();
    if (stat("/proc/keys", &st) < 0 && stat("/proc/timer_list", &st) < 0)
        return;
    ck_assert(S_ISCHR(st.st_mode));
    ck_assert_uint_eq(st.st_rdev, 0x103);
}

START_TEST(test_rule_1_null)
{
    if (!can_be_root())
        return skip("no user namespaces");
    tmp_mkdir("image/dev");
    ck_assert_int_eq(
        symlinkat("/proc/sys/kernel/core_pattern", tmp_fd, "image/dev/null"),
        0);
    in_container(null_is_ours);
}
END_TEST

/* Without our /dev there is no mask: a failure, not a container without. */
static void no_dev(void)
{
    mb_autofree char *path = mb_printf("%s/image", tmp_dir);
    mb_autoclose int root = fs_open_dir(AT_FDCWD, path, &err);
    ck_assert_int_eq(mask_apply(root, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "/dev/null"));
}

START_TEST(test_no_dev)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_container(no_dev);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mask");
    TCase *tc = tcase_create("mask");

    tcase_add_checked_fixture(tc, image_setup, tmp_teardown);
    tcase_add_test(tc, test_hidden);
    tcase_add_test(tc, test_locked);
    tcase_add_test(tc, test_host_unharmed);
    tcase_add_test(tc, test_rule_1_null);
    tcase_add_test(tc, test_no_dev);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
