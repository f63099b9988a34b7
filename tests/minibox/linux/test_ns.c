/* SPDX-License-Identifier: MIT */
/* test_ns.c - new namespaces, seen from inside and from outside */
#include "linux/ns.h"

#include "sandbox.h"

/* An ordinary user gets the others by way of a user namespace. */
static unsigned long long with_user(unsigned long long flags)
{
    return geteuid() == 0 ? flags : flags | CLONE_NEWUSER;
}

/* ---- clone -------------------------------------------------------------- */

/* A child in one new namespace shares all others with us. */
START_TEST(test_each_kind)
{
    const struct ns_kind *kind = &ns_kinds[_i];

    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(child_pause, with_user(kind->flag));
    child_ready(&c);
    for (size_t i = 0; i < ns_kinds_count; i++) {
        int is_new = with_user(kind->flag) & ns_kinds[i].flag ? 1 : 0;
        int same = ns_same(getpid(), c.pid, ns_kinds[i].name, &err);
        ck_assert_msg(same == !is_new, "%s: %d", ns_kinds[i].name, same);
    }
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* The kinds by their numbers, for kernel and lesson alike. */
START_TEST(test_flags)
{
    unsigned long long all = 0;

    ck_assert_uint_eq(ns_kinds_count, 7);
    for (size_t i = 0; i < ns_kinds_count; i++)
        all |= ns_kinds[i].flag;
    ck_assert_uint_eq(all, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
                               CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP |
                               CLONE_NEWUSER);
}
END_TEST

START_TEST(test_clone_is_fork)
{
    int pidfd = -1, status;
    pid_t pid = ns_clone(0, -1, &pidfd, &err);

    if (pid == 0)
        _exit(9);
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    ck_assert_int_eq(poll(&end, 1, 5000), 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(status), 9);
    close(pidfd);
}
END_TEST

static void clone_without_power(void)
{
    int pidfd;

    be_ordinary();
    ck_assert_int_eq(ns_clone(CLONE_NEWUTS, -1, &pidfd, &err), -1);
    ck_assert_int_eq(err.errnum, EPERM);
    ck_assert_ptr_nonnull(strstr(err.hint, "minibox doctor"));
}

START_TEST(test_clone_needs_power)
{
    in_child(clone_without_power, 0);
}
END_TEST

/* ---- rule 1: PID namespaces --------------------------------------------- */

static void be_number_one(void)
{
    ck_assert_int_eq(getpid(), 1);
    ck_assert_int_eq(getppid(), 0);
    pid_t pid = fork();
    if (pid == 0) {
        child_pause();
        for (;;)
            pause();
    }
    ck_assert_int_eq(pid, 2);
    char byte;
    (void)!read(child_self.go[0], &byte, 1);
}

/* The process table of the new namespace: [1 2]; ours sees it too, with
 * other numbers, and when PID 1 ends, all of it ends. */
START_TEST(test_pid_one)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(be_number_one, with_user(CLONE_NEWPID));
    mb_autofree char *file =
        mb_printf("/proc/%d/task/%d/children", (int)c.pid, (int)c.pid);

    child_ready(&c);
    mb_autofree char *status = proc_text(c.pid, "status");
    mb_autofree char *numbers = field_of(status, "NSpid");
    mb_autofree char *expected = mb_printf("%d\t1", (int)c.pid);
    ck_assert_str_eq(numbers, expected);
    mb_autofree char *children = text_of(file);
    int grandchild = atoi(children);
    ck_assert_int_gt(grandchild, 0);
    ck_assert_int_eq(kill(grandchild, 0), 0);
    ck_assert_int_eq(child_end(&c), 0);
    for (int i = 0; i < 1000 && kill(grandchild, 0) == 0; i++)
        poll(NULL, 0, 1);
    ck_assert_errno(kill(grandchild, 0), ESRCH);
}
END_TEST

/* unshare(2) moves only the later children. */
static void unshare_pid(void)
{
    be_root();
    pid_t before = getpid();
    ck_assert_int_eq(unshare(CLONE_NEWPID), 0);
    ck_assert_int_eq(getpid(), before);
    pid_t pid = fork();
    if (pid == 0)
        _exit(getpid() == 1 ? 0 : 1);
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    /* Its PID 1 is dead: nobody can be born there any more. */
    ck_assert_errno(fork(), ENOMEM);
}

START_TEST(test_unshare_pid)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(unshare_pid, 0);
}
END_TEST

/* ---- join --------------------------------------------------------------- */

static void rename_host(void)
{
    ck_assert_int_eq(sethostname("joined", 6), 0);
    child_pause();
}

static int target_pidfd, target_pid;

static void join_target(void)
{
    char name[100];
    unsigned long long flags = with_user(CLONE_NEWUTS | CLONE_NEWNET);

    ck_assert_ok(ns_join(target_pidfd, flags, &err));
    gethostname(name, sizeof name);
    ck_assert_str_eq(name, "joined");
    ck_assert_int_eq(ns_same(getpid(), target_pid, "net", &err), 1);
    ck_assert_int_eq(ns_same(getpid(), target_pid, "ipc", &err), 0);
}

/* Several at once, the user namespace with them (Linux 5.8). */
START_TEST(test_join)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(
        rename_host, with_user(CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC));
    child_ready(&c);
    target_pidfd = c.pidfd;
    target_pid = c.pid;
    in_child(join_target, 0);
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

static void join_without_power(void)
{
    be_ordinary();
    ck_assert_int_eq(ns_join(target_pidfd, CLONE_NEWUTS, &err), -1);
    ck_assert_int_eq(err.errnum, EPERM);
}

/* Rule 2: who has no power over its user namespace does not get in. */
START_TEST(test_join_needs_power)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(child_pause, with_user(CLONE_NEWUTS));
    child_ready(&c);
    target_pidfd = c.pidfd;
    in_child(join_without_power, 0);
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

START_TEST(test_same_errors)
{
    ck_assert_int_eq(ns_same(getpid(), getpid(), "uts", &err), 1);
    ck_assert_int_eq(ns_same(getpid(), getpid(), "nonsense", &err), -1);
    ck_assert_int_eq(err.errnum, ENOENT);
    ck_assert_int_eq(ns_same(getpid(), 0x7ffffff, "uts", &err), -1);
}
END_TEST

/* ---- the first user namespace ------------------------------------------- */

static void be_another(void)
{
    be_ordinary();
    be_single_root();
    ck_assert(!ns_is_initial_user());
}

static void unmapped(void)
{
    be_ordinary();
    ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
    ck_assert(!ns_is_initial_user()); /* an empty map */
}

START_TEST(test_is_initial_user)
{
    mb_autofree char *map = text_of("/proc/self/uid_map");
    mb_autofree char *wide = mb_printf("%u", 4294967295U);

    ck_assert_int_eq(ns_is_initial_user(), strstr(map, wide) != NULL);
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(be_another, 0);
    in_child(unmapped, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ns");
    TCase *tc = tcase_create("ns");

    tcase_add_loop_test(tc, test_each_kind, 0, ns_kinds_count);
    tcase_add_test(tc, test_flags);
    tcase_add_test(tc, test_clone_is_fork);
    tcase_add_test(tc, test_clone_needs_power);
    tcase_add_test(tc, test_pid_one);
    tcase_add_test(tc, test_unshare_pid);
    tcase_add_test(tc, test_join);
    tcase_add_test(tc, test_join_needs_power);
    tcase_add_test(tc, test_same_errors);
    tcase_add_test(tc, test_is_initial_user);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
