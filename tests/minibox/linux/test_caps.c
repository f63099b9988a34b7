/* SPDX-License-Identifier: MIT */
/* test_caps.c - root cut into pieces, counted in /proc/PID/status */
#include "linux/caps.h"

#include <sys/capability.h>

#include "sandbox.h"

#define BIT(cap) (UINT64_C(1) << (cap))

/* The hexadecimal set NAME in the text of a status file. */
static uint64_t set_of(const char *status, const char *name)
{
    mb_autofree char *hex = field_of(status, name);

    return strtoull(hex, NULL, 16);
}

static uint64_t own_set(const char *name)
{
    mb_autofree char *status = text_of("/proc/self/status");

    return set_of(status, name);
}

/* ---- names -------------------------------------------------------------- */

static const struct {
    const char *add, *drop;
    uint64_t more, less; /* than the default; all ones: everything */
} wishes[] = {
    {NULL, NULL, 0, 0},
    {"NET_ADMIN", NULL, BIT(CAP_NET_ADMIN), 0},
    {"cap_net_admin", "CAP_MKNOD", BIT(CAP_NET_ADMIN), BIT(CAP_MKNOD)},
    {"Sys_Time", "chown", BIT(CAP_SYS_TIME), BIT(CAP_CHOWN)},
    {"CHOWN", "CHOWN", 0, BIT(CAP_CHOWN)},
    {NULL, "ALL", 0, ~UINT64_C(0)},
    {"CHOWN", "all", BIT(CAP_CHOWN), ~UINT64_C(0)},
};

START_TEST(test_resolve)
{
    mb_autostrv struct strv add = {0}, drop = {0};
    uint64_t set = 0;

    if (wishes[_i].add)
        strv_add(&add, wishes[_i].add);
    if (wishes[_i].drop)
        strv_add(&drop, wishes[_i].drop);
    uint64_t left = caps_docker_default & ~wishes[_i].less;
    if (~wishes[_i].less)
        left = (caps_docker_default | wishes[_i].more) & ~wishes[_i].less;
    else
        left = wishes[_i].more;
    ck_assert_ok(caps_resolve(&add, &drop, &set, &err));
    ck_assert_uint_eq(set, left);
}
END_TEST

/* The number that Docker's containers show. */
START_TEST(test_default)
{
    ck_assert_uint_eq(caps_docker_default, 0xa80425fb);
}
END_TEST

START_TEST(test_all)
{
    mb_autostrv struct strv add = {0}, none = {0};
    uint64_t set = 0;

    strv_add(&add, "ALL");
    ck_assert_ok(caps_resolve(&add, &none, &set, &err));
    ck_assert_uint_eq(set & BIT(CAP_SYS_ADMIN), BIT(CAP_SYS_ADMIN));
    ck_assert_uint_eq(set & caps_docker_default, caps_docker_default);
}
END_TEST

static const char *const bad_names[] = {
    "",
    "NOSUCH",
    "CAP_",
    "CAP_NOSUCH",
    "21",
    "CAP_CAP_CHOWN",
    /* libcap stops at the first odd letter; we must not: who drops two at
     * once would else drop one. */
    "CHOWN ",
    "NET_RAW,CHOWN",
    "CHOWN=ep",
};

START_TEST(test_bad_names)
{
    mb_autostrv struct strv list = {0}, none = {0};
    uint64_t set = 42;

    strv_add(&list, bad_names[_i]);
    ck_assert_int_eq(caps_resolve(&list, &none, &set, &err), -1);
    ck_assert_int_eq(caps_resolve(&none, &list, &set, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "unknown capability"));
    ck_assert_ptr_nonnull(strstr(err.hint, "capabilities(7)"));
    ck_assert_uint_eq(set, 42);
}
END_TEST

/* ---- the sets of a process ---------------------------------------------- */

static void limit_and_pause(void)
{
    be_root();
    ck_assert_ok(caps_bound(caps_docker_default, &err));
    ck_assert_ok(caps_limit(caps_docker_default & own_set("CapPrm"), &err));
    child_pause();
}

START_TEST(test_sets)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(limit_and_pause, 0);
    child_ready(&c);
    mb_autofree char *status = proc_text(c.pid, "status");
    ck_assert_uint_eq(set_of(status, "CapBnd") & ~caps_docker_default, 0);
    ck_assert_uint_eq(set_of(status, "CapEff") & ~caps_docker_default, 0);
    ck_assert(set_of(status, "CapEff") & BIT(CAP_CHOWN));
    ck_assert_uint_eq(set_of(status, "CapPrm"), set_of(status, "CapEff"));
    ck_assert_uint_eq(set_of(status, "CapInh"), 0); /* rule 2 */
    ck_assert_uint_eq(set_of(status, "CapAmb"), 0);
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* What goes through an exec, with file capabilities of root: everything in
 * the bounding set, nothing else. */
static void bound_then_exec(void)
{
    be_root();
    ck_assert_ok(caps_bound(BIT(CAP_CHOWN) | BIT(CAP_KILL), &err));
    execlp("sh", "sh", "-c",
           "grep -q '^CapEff:.*000000000000021$' /proc/self/status && "
           "grep -q '^CapBnd:.*000000000000021$' /proc/self/status",
           NULL);
    _exit(1);
}

START_TEST(test_bound_holds_after_exec)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(bound_then_exec, 0);
}
END_TEST

/* Without the bound, what was only dropped comes back at the next exec. */
static void limit_then_exec(void)
{
    be_root();
    ck_assert_ok(caps_limit(0, &err));
    ck_assert_uint_eq(own_set("CapEff"), 0);
    execlp("sh", "sh", "-c",
           "! grep -q '^CapEff:.0000000000000000$' /proc/self/status", NULL);
    _exit(1);
}

START_TEST(test_limit_alone_is_not_enough)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(limit_then_exec, 0);
}
END_TEST

/* Rule 1: the bounding set needs CAP_SETPCAP. */
static void bound_too_late(void)
{
    be_root();
    ck_assert_ok(caps_limit(BIT(CAP_CHOWN), &err));
    ck_assert_int_eq(caps_bound(BIT(CAP_CHOWN), &err), -1);
    ck_assert_int_eq(err.errnum, EPERM);
}

static void bound_ordinary(void)
{
    be_ordinary();
    ck_assert_int_eq(caps_bound(0, &err), -1);
    ck_assert_int_eq(err.errnum, EPERM);
}

START_TEST(test_rule_1_order)
{
    in_child(bound_ordinary, 0);
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(bound_too_late, 0);
}
END_TEST

/* Rule 2: an inheritable set would have survived: ours does not. */
static void inheritable_is_emptied(void)
{
    be_root();
    cap_t caps = cap_get_proc();
    cap_value_t value = CAP_CHOWN;
    cap_set_flag(caps, CAP_INHERITABLE, 1, &value, CAP_SET);
    ck_assert_int_eq(cap_set_proc(caps), 0);
    cap_free(caps);
    ck_assert_int_eq(
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), 0);
    ck_assert_uint_eq(own_set("CapAmb"), BIT(CAP_CHOWN));
    ck_assert_ok(caps_limit(BIT(CAP_CHOWN), &err));
    ck_assert_uint_eq(own_set("CapInh"), 0);
    ck_assert_uint_eq(own_set("CapAmb"), 0);
    ck_assert_uint_eq(own_set("CapEff"), BIT(CAP_CHOWN));
}

START_TEST(test_rule_2_inheritable)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(inheritable_is_emptied, 0);
}
END_TEST

/* Rule 3: a change of user clears two sets, and leaves the bound. */
static void change_user(void)
{
    be_root();
    if (userns_is_single_id())
        _exit(77);
    uint64_t bound = own_set("CapBnd");
    ck_assert_int_eq(setresuid(1000, 1000, 1000), 0);
    ck_assert_uint_eq(own_set("CapPrm"), 0);
    ck_assert_uint_eq(own_set("CapEff"), 0);
    ck_assert_uint_eq(own_set("CapBnd"), bound);
}

START_TEST(test_rule_3_change_of_user)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(change_user, 0);
    int status = child_end(&c);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        return skip("only one uid is mapped here");
    ck_assert_int_eq(status, 0);
}
END_TEST

/* "All" means all that we have ourselves: a root who lacks some (this happens
 * in containers and virtual machines) can still give the rest. */
static void limit_to_all(void)
{
    mb_autostrv struct strv add = {0}, none = {0};
    uint64_t set;

    be_root();
    /* Make sure that one is missing. */
    (void)prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE);
    ck_assert_ok(caps_limit(own_set("CapPrm") & ~BIT(CAP_SYS_RESOURCE), &err));
    uint64_t have = own_set("CapPrm");
    strv_add(&add, "ALL");
    ck_assert_ok(caps_resolve(&add, &none, &set, &err));
    ck_assert_ok(caps_bound(set, &err));
    ck_assert_ok(caps_limit(set, &err));
    ck_assert_uint_eq(own_set("CapPrm"), have);
}

START_TEST(test_all_of_a_poor_root)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(limit_to_all, 0);
}
END_TEST

/* A power that is gone is gone. */
static void use_lost_power(void)
{
    be_root_in(CLONE_NEWUTS);
    ck_assert_int_eq(sethostname("x", 1), 0);
    ck_assert_ok(caps_limit(BIT(CAP_CHOWN), &err));
    ck_assert_errno(sethostname("x", 1), EPERM);
    ck_assert_errno(chroot("/"), EPERM);
    ck_assert_int_eq(fchownat(tmp_fd, ".", 0, 0, 0), 0);
}

START_TEST(test_lost_power)
{
    if (!can_be_root())
        return skip("no user namespaces");
    tmp_setup();
    in_child(use_lost_power, 0);
    tmp_teardown();
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("caps");
    TCase *tc = tcase_create("caps");

    tcase_add_loop_test(tc, test_resolve, 0, N(wishes));
    tcase_add_test(tc, test_default);
    tcase_add_test(tc, test_all);
    tcase_add_loop_test(tc, test_bad_names, 0, N(bad_names));
    tcase_add_test(tc, test_sets);
    tcase_add_test(tc, test_bound_holds_after_exec);
    tcase_add_test(tc, test_limit_alone_is_not_enough);
    tcase_add_test(tc, test_rule_1_order);
    tcase_add_test(tc, test_rule_2_inheritable);
    tcase_add_test(tc, test_rule_3_change_of_user);
    tcase_add_test(tc, test_all_of_a_poor_root);
    tcase_add_test(tc, test_lost_power);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
