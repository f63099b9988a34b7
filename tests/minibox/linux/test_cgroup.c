/* SPDX-License-Identifier: MIT */
/* test_cgroup.c - limits that hold, and groups that leave nothing behind */
#include "linux/cgroup.h"

#include <sys/mman.h>
#include <sys/vfs.h>
#include <time.h>

#include "linux/spawn.h"
#include "sandbox.h"

static struct cgroup cg;
static const char group[] = "unit-test-cgroup-1234";

/* Make the group with these limits; false when this machine has none. */
static bool make_group(struct cgroup_limits limits)
{
    if (cgroup_create(&cg, group, &limits, &err) < 0) {
        ck_assert_ptr_nonnull(strstr(err.msg, "limits can't be set here"));
        return false;
    }
    return cg.version != CGROUP_NONE;
}

/* Every test ends with its group gone. */
static void group_teardown(void)
{
    cgroup_remove(&cg);
    for (int i = 0; i < cg.n_dirs; i++)
        ck_assert_int_eq(access(cg.dirs[i], F_OK), -1);
}

/* The number in the file NAME of the group's directory N. */
static uint64_t number_in(int n, const char *name)
{
    mb_autofree char *path = mb_printf("%s/%s", cg.dirs[n], name);
    mb_autofree char *text = text_of(path);

    return strtoull(text, NULL, 10);
}

START_TEST(test_host_version)
{
    struct statfs fs;
    enum cgroup_version version = cgroup_host_version();

    if (statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == 0x63677270)
        ck_assert_int_eq(version, CGROUP_V2);
    else
        ck_assert_int_ne(version, CGROUP_V2); /* hybrid counts as v1 */
}
END_TEST

START_TEST(test_limits_are_written)
{
    const struct cgroup_limits limits = {
        .memory = 64 << 20, .cpu_us = 50000, .pids = 20};

    if (!make_group(limits))
        return skip_cgroup();
    if (cg.version == CGROUP_V2) {
        mb_autofree char *path = mb_printf("%s/cpu.max", cg.dirs[0]);
        mb_autofree char *cpu = text_of(path);
        ck_assert_uint_eq(number_in(0, "memory.max"), limits.memory);
        ck_assert_uint_eq(number_in(0, "pids.max"), 20);
        ck_assert_str_eq(cpu, "50000 100000\n");
        return;
    }
    ck_assert_int_eq(cg.n_dirs, 3);
    ck_assert_uint_eq(number_in(0, "memory.limit_in_bytes"), limits.memory);
    ck_assert_uint_eq(number_in(1, "cpu.cfs_quota_us"), 50000);
    ck_assert_uint_eq(number_in(1, "cpu.cfs_period_us"), 100000);
    ck_assert_uint_eq(number_in(2, "pids.max"), 20);
    mb_autofree char *swap =
        mb_printf("%s/memory.memsw.limit_in_bytes", cg.dirs[0]);
    if (access(swap, F_OK) == 0) /* rule 3 */
        ck_assert_uint_eq(number_in(0, "memory.memsw.limit_in_bytes"),
                          2 * limits.memory);
}
END_TEST

static void enter_and_pause(void)
{
    ck_assert_ok(cgroup_enter(&cg, &err));
    child_pause();
}

/* The child in the group, and nobody else: seen in its cgroup.procs. */
START_TEST(test_enter)
{
    const struct cgroup_limits none = {0};

    if (!make_group(none))
        return skip_cgroup();
    if (cg.version != CGROUP_V1)
        return skip("on v2 the child is born in its group");
    struct child c = child_start(enter_and_pause, 0);
    child_ready(&c);
    mb_autofree char *expected = mb_printf("%d\n", (int)c.pid);
    for (int i = 0; i < cg.n_dirs; i++) {
        mb_autofree char *path = mb_printf("%s/cgroup.procs", cg.dirs[i]);
        mb_autofree char *procs = text_of(path);
        ck_assert_str_eq(procs, expected);
    }
    mb_autofree char *membership = proc_text(c.pid, "cgroup");
    ck_assert_ptr_nonnull(strstr(membership, "minibox-unit-test-cgroup-1"));
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* On v2 a clone lands in the group at once. */
START_TEST(test_born_in_it)
{
    const struct cgroup_limits none = {0};
    int pidfd;

    if (!make_group(none))
        return skip_cgroup();
    mb_autoclose int fd = cgroup_open(&cg);
    ck_assert_int_eq(fd >= 0, cg.version == CGROUP_V2);
    if (fd < 0)
        return;
    pid_t pid = ns_clone(0, fd, &pidfd, &err);
    if (pid == 0)
        for (;;)
            pause();
    mb_autofree char *path = mb_printf("%s/cgroup.procs", cg.dirs[0]);
    mb_autofree char *procs = text_of(path);
    ck_assert_int_eq(atoi(procs), pid);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
END_TEST

/* ---- the limits hold ---------------------------------------------------- */

/* A child in the group, the same on both versions.  It is PID 1 of a namespace,
 * so that all it forks ends with it. */
static struct child start_in_group(void (*fn)(void))
{
    mb_autoclose int fd = cgroup_open(&cg);
    struct child c = {.pidfd = -1};

    c.pid = ns_clone(CLONE_NEWPID, fd, &c.pidfd, &err);
    ck_assert_int_ge(c.pid, 0);
    if (c.pid == 0) {
        ck_assert_ok(cgroup_enter(&cg, &err));
        fn();
        _exit(0);
    }
    return c;
}

/* Its exit status, as a shell's. */
static int wait_in_group(const struct child *c)
{
    return spawn_wait(c->pid, &err);
}

static void use_much_memory(void)
{
    size_t size = 64 << 20;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (p != MAP_FAILED)
        for (size_t i = 0; i < size; i += 4096)
            p[i] = 1;
}

static void use_little_memory(void)
{
    char *p = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(p, 1, 4 << 20);
}

START_TEST(test_memory_limit)
{
    const struct cgroup_limits limits = {.memory = 32 << 20};

    if (!make_group(limits))
        return skip_cgroup();
    struct child c = start_in_group(use_little_memory);
    ck_assert_int_eq(wait_in_group(&c), 0);
    ck_assert(!cgroup_saw_oom_kill(&cg));
    mb_autofree char *swaps = text_of("/proc/swaps");
    if (strchr(swaps, '\n') != strrchr(swaps, '\n'))
        return skip("this machine swaps");
    c = start_in_group(use_much_memory);
    ck_assert_int_eq(wait_in_group(&c), 128 + SIGKILL);
    ck_assert(cgroup_saw_oom_kill(&cg));
}
END_TEST

static void fork_until_refused(void)
{
    int n = 0;

    signal(SIGTERM, SIG_IGN);
    for (; n < 100; n++) {
        pid_t pid = fork();
        if (pid < 0)
            break;
        if (pid == 0) {
            for (;;)
                pause();
        }
    }
    int saved = errno;
    _exit(n == 4 && saved == EAGAIN ? 0 : n + 1);
}

START_TEST(test_pids_limit)
{
    const struct cgroup_limits limits = {.pids = 5};

    if (!make_group(limits))
        return skip_cgroup();
    struct child c = start_in_group(fork_until_refused);
    ck_assert_int_eq(wait_in_group(&c), 0);
}
END_TEST

static void spin(void)
{
    struct timespec start, now;

    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec - start.tv_sec + (now.tv_nsec - start.tv_nsec) / 1e9 <
           1.0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    _exit(now.tv_sec * 100 + now.tv_nsec / 10000000);
}

/* A fifth of a processor for a second: 20 hundredths, give or take. */
START_TEST(test_cpu_limit)
{
    const struct cgroup_limits limits = {.cpu_us = 20000};

    if (!make_group(limits))
        return skip_cgroup();
    struct child c = start_in_group(spin);
    int hundredths = wait_in_group(&c);
    ck_assert_int_lt(hundredths, 50);
}
END_TEST

/* ---- making and removing ------------------------------------------------ */

/* Rule 4: not while somebody is in it. */
START_TEST(test_remove_waits)
{
    const struct cgroup_limits none = {0};

    if (!make_group(none))
        return skip_cgroup();
    struct child c = start_in_group(use_little_memory);
    (void)wait_in_group(&c);
    cgroup_remove(&cg); /* the kernel may still be busy with it */
    ck_assert_int_eq(access(cg.dirs[0], F_OK), -1);
}
END_TEST

static void sleep_long(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        pause();
}

START_TEST(test_rmdir_of_a_full_group)
{
    const struct cgroup_limits none = {0};

    if (!make_group(none))
        return skip_cgroup();
    struct child c = start_in_group(sleep_long);
    /* It enters by itself on v1: wait until it has. */
    mb_autofree char *path =
        mb_printf("%s/cgroup.procs", cg.dirs[cg.n_dirs - 1]);
    for (int i = 0; i < 1000; i++) {
        mb_autofree char *procs = text_of(path);
        if (*procs)
            break;
        poll(NULL, 0, 1);
    }
    ck_assert_errno(rmdir(cg.dirs[0]), EBUSY);
    kill(c.pid, SIGKILL);
    (void)wait_in_group(&c);
}
END_TEST

/* A name that is taken: nothing of the other's is touched. */
START_TEST(test_name_is_taken)
{
    const struct cgroup_limits limits = {.pids = 7};
    struct cgroup second;

    if (!make_group(limits))
        return skip_cgroup();
    ck_assert_int_eq(cgroup_create(&second, group, &limits, &err), -1);
    ck_assert_int_eq(second.version, CGROUP_NONE);
    ck_assert_int_eq(second.n_dirs, 0);
    ck_assert_ptr_nonnull(strstr(err.msg, "File exists"));
    ck_assert_uint_eq(number_in(cg.n_dirs - 1, "pids.max"), 7);
    cgroup_remove(&second);
    ck_assert_int_eq(access(cg.dirs[0], F_OK), 0);
}
END_TEST

/* A limit that the kernel refuses leaves no group behind. */
START_TEST(test_bad_limit)
{
    const struct cgroup_limits limits = {.cpu_us = 1};
    struct cgroup_limits none = {0};

    if (!make_group(none))
        return skip_cgroup();
    group_teardown();
    ck_assert_int_eq(cgroup_create(&cg, group, &limits, &err), -1);
    ck_assert_str_ne(err.hint, "");
    ck_assert(make_group(none)); /* the name is free */
}
END_TEST

/* ---- without the right -------------------------------------------------- */

static void without_rights(void)
{
    const struct cgroup_limits none = {0}, limits = {.memory = 64 << 20};

    be_ordinary();
    if (cgroup_create(&cg, group, &none, &err) == 0 &&
        cg.version != CGROUP_NONE) {
        cgroup_remove(&cg);
        _exit(77); /* delegated to this user */
    }
    ck_assert_int_eq(cg.n_dirs, 0);
    ck_assert_ok(cgroup_enter(&cg, &err)); /* nothing to enter */
    ck_assert_int_eq(cgroup_open(&cg), -1);
    ck_assert(!cgroup_saw_oom_kill(&cg));
    ck_assert_int_eq(cgroup_create(&cg, group, &limits, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "limits can't be set here"));
    ck_assert_str_ne(err.hint, "");
    ck_assert_int_eq(cg.version, CGROUP_NONE);
}

/* Never unlimited in silence. */
START_TEST(test_without_rights)
{
    struct child c = child_start(without_rights, 0);
    int status = child_end(&c);

    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        return skip("this user has a delegated cgroup");
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cgroup");
    TCase *tc = tcase_create("cgroup");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, NULL, group_teardown);
    tcase_add_test(tc, test_host_version);
    tcase_add_test(tc, test_limits_are_written);
    tcase_add_test(tc, test_enter);
    tcase_add_test(tc, test_born_in_it);
    tcase_add_test(tc, test_memory_limit);
    tcase_add_test(tc, test_pids_limit);
    tcase_add_test(tc, test_cpu_limit);
    tcase_add_test(tc, test_remove_waits);
    tcase_add_test(tc, test_rmdir_of_a_full_group);
    tcase_add_test(tc, test_name_is_taken);
    tcase_add_test(tc, test_bad_limit);
    tcase_add_test(tc, test_without_rights);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
