/* SPDX-License-Identifier: MIT */
/* test_probecgroup.c - may this user set limits?  v2 is played by a directory
 * with files of the same names, so that all its ways to fail can be seen. */
#include "linux/probecgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "check_main.h"

static char dir[] = "/tmp/test_probecgroup-XXXXXX";

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
    ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static void put(const char *name, const char *text)
{
    mb_autoclose int fd = fs_open_dir(AT_FDCWD, dir, NULL);

    ck_assert_int_eq(fs_write(fd, name, text, strlen(text), NULL), 0);
}

static const struct {
    const char *controllers, *missing;
} lists[] = {
    {"cpuset cpu io memory hugetlb pids rdma misc\n", ""},
    {"memory pids cpu", ""},
    {"memory pids\n", "cpu"},
    {"cpuset memory pids\n", "cpu"}, /* a part of a name is no name */
    {"cpu\n", "memory pids"},
    {"", "memory pids cpu"},
    {"\n", "memory pids cpu"},
};

START_TEST(test_missing)
{
    mb_autofree char *missing = probecgroup_missing(lists[_i].controllers);

    ck_assert_str_eq(missing, lists[_i].missing);
}
END_TEST

static const struct {
    const char *controllers, *passed, *procs, *type;
    enum probe_cause cause;
    const char *found;
} groups[] = {
    {"cpu memory pids\n", "", "", "domain\n", PROBE_OK, "v2, in"},
    {"cpu memory\n", "", "", "domain\n", PROBE_CGROUP_MISSING,
     "lacks the controllers: pids"},
    {"cpu memory pids\n", "", "1\n", "domain\n", PROBE_CGROUP_BUSY,
     "holds other processes (1)"},
    /* they were passed down before somebody came in: can't be on a real one,
     * but it shows that the list is believed */
    {"cpu memory pids\n", "cpu memory pids\n", "1\n", "domain\n", PROBE_OK,
     "v2, in"},
    {"cpu memory pids\n", "", "1\n2\n", NULL, PROBE_OK, "v2, in"}, /* root */
};

START_TEST(test_v2)
{
    put("cgroup.controllers", groups[_i].controllers);
    put("cgroup.subtree_control", groups[_i].passed);
    put("cgroup.procs", groups[_i].procs);
    if (groups[_i].type)
        put("cgroup.type", groups[_i].type);
    struct probe p = probecgroup_v2(dir);
    ck_assert_int_eq(p.cause, groups[_i].cause);
    ck_assert_ptr_nonnull(strstr(p.found, groups[_i].found));
}
END_TEST

/* We ourselves may be in the group: linux/cgroup moves us aside. */
START_TEST(test_alone)
{
    mb_autofree char *self = mb_printf("%d\n", getpid());

    put("cgroup.controllers", "cpu memory pids\n");
    put("cgroup.subtree_control", "");
    put("cgroup.procs", self);
    put("cgroup.type", "domain\n");
    ck_assert_int_eq(probecgroup_v2(dir).cause, PROBE_OK);
}
END_TEST

START_TEST(test_denied)
{
    ck_assert_int_eq(probecgroup_v2("/proc/self").cause, PROBE_CGROUP_DENIED);
    /* a directory that is no cgroup */
    ck_assert_int_eq(probecgroup_v2(dir).cause, PROBE_CGROUP_DENIED);
}
END_TEST

/* Whatever this machine has: the answer is one of those for cgroups, and no
 * group is left. */
START_TEST(test_here)
{
    struct probe p = probecgroup_limits();
    mb_autofree char *find = mb_printf(
        "test -z \"$(find /sys/fs/cgroup -name '*doctor.%d' 2>/dev/null)\"",
        getpid());

    ck_assert(p.cause == PROBE_OK || p.cause >= PROBE_CGROUP_NONE);
    ck_assert_int_eq(system(find), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probecgroup");
    TCase *tc = tcase_create("probecgroup");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, test_missing, 0, sizeof lists / sizeof *lists);
    tcase_add_loop_test(tc, test_v2, 0, sizeof groups / sizeof *groups);
    tcase_add_test(tc, test_alone);
    tcase_add_test(tc, test_denied);
    tcase_add_test(tc, test_here);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
