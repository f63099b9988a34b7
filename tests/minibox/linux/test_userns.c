/* SPDX-License-Identifier: MIT */
/* test_userns.c - root without root: who is who, and who may say so */
#include "linux/userns.h"

#include <pwd.h>

#include "sandbox.h"

/* ---- /etc/subuid -------------------------------------------------------- */

static const struct {
    const char *text;
    unsigned long first, count;
} subuids[] = {
    {"ann:100000:65536\n", 100000, 65536},
    {"ann:100000:65536", 100000, 65536}, /* no newline at the end */
    {"1000:7:8\n", 7, 8},
    {"bob:1:2\nann:3:4\nann:5:6\n", 3, 4}, /* the first */
    {"\n\n# x\nann:3:4\n", 3, 4},
    {"", 0, 0},
    {"anna:1:2\nxann:3:4\n10000:5:6\n", 0, 0},
    {"ann:\nann:x:y\nann:1\n", 0, 0},
    {"ann:\n1000:3:4\n", 3, 4}, /* no number of another line */
    {"ann:5:\n7:8:9\n", 0, 0},
    {"ann\nann", 0, 0},
};

START_TEST(test_find_range)
{
    struct id_range r = userns_find_range(subuids[_i].text, "ann", 1000);

    ck_assert_uint_eq(r.first, subuids[_i].first);
    ck_assert_uint_eq(r.count, subuids[_i].count);
}
END_TEST

/* ---- the kernel's rules ------------------------------------------------- */

/* Write TEXT to one of our own /proc files: 0 or the errno. */
static int put(const char *file, const char *text)
{
    mb_autoclose int fd = open(file, O_WRONLY | O_CLOEXEC);
    int result = fd < 0 ? errno : 0;

    if (fd >= 0 && write(fd, text, strlen(text)) < 0)
        result = errno;
    return result;
}

/* Rule 1: only one's own number. */
static void map_foreign(void)
{
    be_ordinary();
    ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
    ck_assert_int_eq(put("/proc/self/uid_map", "0 0 1"), EPERM);
    ck_assert_int_eq(put("/proc/self/uid_map", "0 100000 10"), EPERM);
}

static void map_two_lines(void)
{
    be_ordinary();
    mb_autofree char *two = mb_printf("0 %u 1\n1 100000 1", geteuid());
    mb_autofree char *own = mb_printf("0 %u 1", geteuid());
    ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
    ck_assert_int_eq(put("/proc/self/uid_map", two), EPERM);
    ck_assert_int_eq(put("/proc/self/uid_map", own), 0);
    ck_assert_int_eq(put("/proc/self/uid_map", own), EPERM); /* only once */
}

/* Rule 2: EPERM without deny; and then setgroups(2) is gone. */
static void map_groups(void)
{
    be_ordinary();
    mb_autofree char *own = mb_printf("0 %u 1", getegid());
    ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
    ck_assert_int_eq(put("/proc/self/gid_map", own), EPERM);
    ck_assert_int_eq(put("/proc/self/setgroups", "deny"), 0);
    ck_assert_int_eq(put("/proc/self/gid_map", own), 0);
    ck_assert_errno(setgroups(0, NULL), EPERM);
    ck_assert_int_eq(put("/proc/self/setgroups", "allow"), EPERM);
}

START_TEST(test_map_rules)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(map_foreign, 0);
    in_child(map_two_lines, 0);
    in_child(map_groups, 0);
}
END_TEST

/* Every capability, but only over what belongs to the namespace. */
static void powers(void)
{
    be_ordinary();
    mb_autofree char *before = text_of("/proc/self/status");
    mb_autofree char *none = field_of(before, "CapEff");
    ck_assert_uint_eq(strtoull(none, NULL, 16), 0);
    be_single_root();
    ck_assert_uint_eq(geteuid(), 0);
    mb_autofree char *after = text_of("/proc/self/status");
    mb_autofree char *all = field_of(after, "CapEff");
    ck_assert_uint_eq(strtoull(all, NULL, 16) & 0x1ffffffffff, 0x1ffffffffff);
    ck_assert_errno(sethostname("x", 1), EPERM); /* the host's namespace */
    ck_assert_int_eq(unshare(CLONE_NEWUTS), 0);
    ck_assert_int_eq(sethostname("x", 1), 0); /* its own */
}

START_TEST(test_powers)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(powers, 0);
}
END_TEST

/* ---- the door ----------------------------------------------------------- */

START_TEST(test_root_stays)
{
    if (geteuid() != 0)
        return; /* an ordinary user's door is the next tests' */
    ck_assert_ok(userns_enter(&err));
    ck_assert_int_eq(ns_same(getpid(), getppid(), "user", &err), 1);
}
END_TEST

/* Nobody has no subordinate ids: one number. */
static void enter_alone(void)
{
    if (geteuid() == 0)
        be_ordinary();
    ck_assert_ok(userns_enter(&err));
    ck_assert_uint_eq(geteuid(), 0);
    ck_assert_uint_eq(getegid(), 0);
    ck_assert(userns_is_single_id());
    child_pause();
}

START_TEST(test_enter_alone)
{
    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        return; /* an ordinary user's own numbers: see the next test */
    struct child c = child_start(enter_alone, 0);
    child_ready(&c);
    mb_autofree char *uids = proc_text(c.pid, "uid_map");
    mb_autofree char *setgroups = proc_text(c.pid, "setgroups");
    unsigned inside, outside, count;
    ck_assert_int_eq(sscanf(uids, "%u %u %u", &inside, &outside, &count), 3);
    ck_assert_uint_eq(inside, 0);
    ck_assert_uint_eq(outside, NOBODY);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(setgroups, "deny\n");
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* Become the first user with subordinate ids, when we are root. */
static bool be_lender(void)
{
    mb_autofree char *text = text_of("/etc/subuid");
    mb_autofree char *name = mb_strndup(text, strcspn(text, ":"));

    if (geteuid() != 0)
        return userns_find_range(text, getpwuid(geteuid())->pw_name, geteuid())
                   .count > 0;
    struct passwd *who = getpwnam(name);
    if (!who)
        return false;
    ck_assert_int_eq(setgroups(0, NULL), 0);
    ck_assert_int_eq(setresgid(who->pw_gid, who->pw_gid, who->pw_gid), 0);
    ck_assert_int_eq(setresuid(who->pw_uid, who->pw_uid, who->pw_uid), 0);
    ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
    return true;
}

static void enter_with_ranges(void)
{
    if (!be_lender())
        _exit(77);
    mb_autofree char *before = mb_printf("%u", geteuid());
    ck_assert_ok(userns_enter(&err));
    ck_assert_uint_eq(geteuid(), 0);
    ck_assert(!userns_is_single_id());
    child_pause();
    ck_assert_int_eq(setgroups(0, NULL), 0); /* allowed: ranges came by root */
    ck_assert_int_eq(setresgid(1000, 1000, 1000), 0);
    ck_assert_int_eq(setresuid(1000, 1000, 1000), 0);
}

START_TEST(test_enter_with_ranges)
{
    if (!can_be_root())
        return skip("no user namespaces");
    if (access("/usr/bin/newuidmap", X_OK) < 0)
        return skip("no newuidmap");
    struct child c = child_start(enter_with_ranges, 0);
    char byte;
    if (read(c.ready[0], &byte, 1) != 1) {
        ck_assert_int_eq(WEXITSTATUS(child_end(&c)), 77);
        return skip("no user with subordinate ids");
    }
    mb_autofree char *uids = proc_text(c.pid, "uid_map");
    mb_autofree char *lent = text_of("/etc/subuid");
    unsigned long m[6], first, count;
    ck_assert_int_eq(sscanf(uids, "%lu %lu %lu %lu %lu %lu", m, m + 1, m + 2,
                            m + 3, m + 4, m + 5),
                     6);
    ck_assert(m[0] == 0 && m[2] == 1 && m[3] == 1);
    if (sscanf(strchr(lent, ':'), ":%lu:%lu", &first, &count) == 2 &&
        strchr(lent, '\n') == strrchr(lent, '\n')) {
        ck_assert_uint_eq(m[4], first);
        ck_assert_uint_eq(m[5], count);
    }
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* Rule 3 and a crowd: no helper process may be left behind. */
static void enter_and_count(void)
{
    if (!be_lender())
        _exit(0);
    ck_assert_ok(userns_enter(&err));
    ck_assert_errno(waitpid(-1, NULL, 0), ECHILD);
}

START_TEST(test_no_helper_left)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(enter_and_count, 0);
}
END_TEST

/* A machine that forbids it: an error with a hint, and it does not hang. */
static void enter_forbidden(void)
{
    be_ordinary();
    be_single_root();
    int fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "0", 1), 1);
    ck_assert_errno(unshare(CLONE_NEWUSER), ENOSPC);
    child_pause();
}

START_TEST(test_forbidden)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(enter_forbidden, 0);
    child_ready(&c);
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("userns");
    TCase *tc = tcase_create("userns");

    tcase_add_loop_test(tc, test_find_range, 0, N(subuids));
    tcase_add_test(tc, test_map_rules);
    tcase_add_test(tc, test_powers);
    tcase_add_test(tc, test_root_stays);
    tcase_add_test(tc, test_enter_alone);
    tcase_add_test(tc, test_enter_with_ranges);
    tcase_add_test(tc, test_no_helper_left);
    tcase_add_test(tc, test_forbidden);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
