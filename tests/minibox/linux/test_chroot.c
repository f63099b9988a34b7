/* SPDX-License-Identifier: MIT */
/* test_chroot.c - another "/", the way out of it, and what closes that way */
#include "linux/chroot.h"

#include "sandbox.h"

/* A tree with a file of its own, and a file outside of it. */
static void tree_setup(void)
{
    tmp_setup();
    tmp_file("outside", "host");
    tmp_mkdir("root/etc");
    tmp_file("root/etc/f", "inside");
    ck_assert_int_eq(symlinkat("/etc/f", tmp_fd, "root/link"), 0);
}

/* Enter the tree, by its descriptor. */
static void enter(void)
{
    mb_autoclose int root = fs_open_dir(tmp_fd, "root", &err);

    ck_assert_ok(chroot_enter(root, &err));
}

static void enter_and_look(void)
{
    char here[100];

    be_root_in(CLONE_NEWNS);
    enter();
    ck_assert_str_eq(getcwd(here, sizeof here), "/"); /* rule 1 */
    mb_autofree char *absolute = text_of("/etc/f");
    mb_autofree char *link = text_of("/link");
    mb_autofree char *up = text_of("/../../../etc/f");
    ck_assert_str_eq(absolute, "inside");
    ck_assert_str_eq(link, "inside");
    ck_assert_str_eq(up, "inside");
    child_pause();
}

START_TEST(test_enter)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(enter_and_look, 0);
    char link[300] = "";
    mb_autofree char *path = mb_printf("/proc/%d/root", (int)c.pid);
    mb_autofree char *wanted = mb_printf("%s/root", tmp_dir);

    child_ready(&c);
    ck_assert_int_gt(readlink(path, link, sizeof link - 1), 0);
    ck_assert_str_eq(link, wanted);
    /* chroot(2) changes no mount: the host's are all there still. */
    mb_autofree char *mounts = proc_text(c.pid, "mountinfo");
    mb_autofree char *ours = proc_text(getpid(), "mountinfo");
    (void)ours;
    ck_assert_str_eq(mounts, ""); /* below that root there is none */
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

static void enter_without_power(void)
{
    be_ordinary();
    mb_autoclose int root = fs_open_dir(tmp_fd, "root", &err);
    ck_assert_int_eq(chroot_enter(root, &err), -1);
    ck_assert_int_eq(err.errnum, EPERM);
}

START_TEST(test_needs_cap_sys_chroot)
{
    in_child(enter_without_power, 0);
}
END_TEST

static void enter_a_file(void)
{
    mb_autoclose int fd = openat(tmp_fd, "outside", O_RDONLY | O_CLOEXEC);

    be_root();
    ck_assert_int_eq(chroot_enter(fd, &err), -1);
    ck_assert_int_eq(err.errnum, ENOTDIR);
}

START_TEST(test_needs_a_directory)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(enter_a_file, 0);
}
END_TEST

/* The content of the outside file, by its path on the host. */
static char *look_outside(void)
{
    mb_autofree char *path = mb_printf("%s/outside", tmp_dir);

    return text_of(path);
}

static void break_out(void)
{
    be_root_in(CLONE_NEWNS);
    enter();
    close(tmp_fd);
    mb_autofree char *before = look_outside();
    ck_assert_str_eq(before, "");
    ck_assert_ok(chroot_break_out("spare", &err));
    mb_autofree char *after = look_outside();
    ck_assert_str_eq(after, "host");
}

/* The essay's picture: root climbs out. */
START_TEST(test_break_out)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(break_out, 0);
}
END_TEST

/* Rule 2: a descriptor of a directory outside is the shortest way. */
static void break_out_by_descriptor(void)
{
    be_root_in(CLONE_NEWNS);
    enter();
    ck_assert_int_eq(fchdir(tmp_fd), 0);
    mb_autofree char *text = text_of("outside");
    ck_assert_str_eq(text, "host");
}

START_TEST(test_descriptor_leads_out)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(break_out_by_descriptor, 0);
}
END_TEST

/* Rule 1: without chdir(2) "." is still outside. */
static void no_chdir(void)
{
    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(fchdir(tmp_fd), 0);
    ck_assert_int_eq(chroot("root"), 0);
    mb_autofree char *text = text_of("outside");
    ck_assert_str_eq(text, "host");
}

START_TEST(test_current_directory_stays_outside)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(no_chdir, 0);
}
END_TEST

/* Rule 3: after pivot_root there is nothing to climb up to. */
static void held_by_pivot(void)
{
    mb_autofree char *root = mb_printf("%s/root", tmp_dir);

    be_root_in(CLONE_NEWNS);
    ck_assert_ok(pivot_into(root, &err));
    close(tmp_fd);
    /* The header's promise.  It returns 0 today: see held_by_pivot's twin
     * below, which shows that the host is out of reach all the same. */
    ck_assert_int_eq(chroot_break_out("spare", &err), -1);
}

static void out_of_reach_after_pivot(void)
{
    mb_autofree char *root = mb_printf("%s/root", tmp_dir);

    be_root_in(CLONE_NEWNS);
    ck_assert_ok(pivot_into(root, &err));
    close(tmp_fd);
    (void)chroot_break_out("spare", &err);
    mb_autofree char *outside = look_outside();
    ck_assert_str_eq(outside, "");
    mb_autofree char *inside = text_of("/etc/f");
    ck_assert_str_eq(inside, "inside"); /* the top is the image's root */
}

START_TEST(test_pivot_holds)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(out_of_reach_after_pivot, 0);
}
END_TEST

START_TEST(test_pivot_holds_and_says_so)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(held_by_pivot, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chroot");
    TCase *tc = tcase_create("chroot");

    tcase_add_checked_fixture(tc, tree_setup, tmp_teardown);
    tcase_add_test(tc, test_enter);
    tcase_add_test(tc, test_needs_cap_sys_chroot);
    tcase_add_test(tc, test_needs_a_directory);
    tcase_add_test(tc, test_break_out);
    tcase_add_test(tc, test_descriptor_leads_out);
    tcase_add_test(tc, test_current_directory_stays_outside);
    tcase_add_test(tc, test_pivot_holds);
    tcase_add_test(tc, test_pivot_holds_and_says_so);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
