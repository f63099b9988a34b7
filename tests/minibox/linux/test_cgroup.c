/* SPDX-License-Identifier: MIT */
/* test_cgroup.c - limits that hold, and groups that leave nothing behind.
 * tests/guest runs it a second time, on cgroups v2. */
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
    if (cg.version == CGROUP_V2) /* the child is born in its group */
        return;
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

/* ---- version 2 only ----------------------------------------------------- */

#define ROOT "/sys/fs/cgroup"
#define DELEGATED ROOT "/unit-test-delegated"

/* The number behind NAME in the file FILE of the group. */
static uint64_t entry_in(const char *file, const char *name)
{
    mb_autofree char *path = mb_printf("%s/%s", cg.dirs[0], file);
    mb_autofree char *text = text_of(path);
    mb_autofree char *value = field_of(text, name);

    return strtoull(value, NULL, 10);
}

/* Write TEXT to FILE of the directory DIR: write(2)'s result, and errno. */
static ssize_t write_to(const char *dir, const char *file, const char *text)
{
    mb_autofree char *path = mb_printf("%s/%s", dir, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    errno = saved;
    return n;
}

/* To enter does nothing, as who was born in the group is there already. */
START_TEST(test_v2_enter)
{
    const struct cgroup_limits none = {0};
    mb_autofree char *before = text_of("/proc/self/cgroup");

    if (!make_group(none))
        return skip_cgroup();
    ck_assert_ok(cgroup_enter(&cg, &err));
    mb_autofree char *after = text_of("/proc/self/cgroup");
    ck_assert_str_eq(before, after);
}
END_TEST

/* What is not limited says so; and rule 3: swap is limited with memory. */
START_TEST(test_v2_files)
{
    const struct cgroup_limits limits = {.memory = 48 << 20};

    if (!make_group(limits))
        return skip_cgroup();
    ck_assert_int_eq(cg.n_dirs, 1);
    ck_assert_uint_eq(number_in(0, "memory.max"), limits.memory);
    mb_autofree char *swap = mb_printf("%s/memory.swap.max", cg.dirs[0]);
    if (access(swap, F_OK) == 0)
        ck_assert_uint_eq(number_in(0, "memory.swap.max"), limits.memory);
    mb_autofree char *pids = mb_printf("%s/pids.max", cg.dirs[0]);
    mb_autofree char *cpu = mb_printf("%s/cpu.max", cg.dirs[0]);
    mb_autofree char *pids_max = text_of(pids), *cpu_max = text_of(cpu);
    ck_assert_str_eq(pids_max, "max\n");
    ck_assert_str_eq(cpu_max, "max 100000\n");
}
END_TEST

/* The one that the kernel kills need not be the one we wait for. */
static void lose_a_child(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        use_much_memory();
        _exit(0);
    }
    _exit(spawn_wait(pid, NULL) == 128 + SIGKILL ? 0 : 1);
}

START_TEST(test_v2_oom_kill_of_a_child)
{
    const struct cgroup_limits limits = {.memory = 32 << 20};

    if (!make_group(limits))
        return skip_cgroup();
    mb_autofree char *swaps = text_of("/proc/swaps");
    if (strchr(swaps, '\n') != strrchr(swaps, '\n'))
        return skip("this machine swaps");
    struct child c = start_in_group(lose_a_child);
    ck_assert_int_eq(wait_in_group(&c), 0);
    ck_assert(cgroup_saw_oom_kill(&cg));
    ck_assert_uint_eq(entry_in("memory.events", "oom_kill"), 1);
    ck_assert_uint_le(number_in(0, "memory.peak"), limits.memory);
}
END_TEST

/* The kernel counts how often a limit was in the way. */
START_TEST(test_v2_counters)
{
    const struct cgroup_limits limits = {.pids = 5, .cpu_us = 20000};

    if (!make_group(limits))
        return skip_cgroup();
    struct child c = start_in_group(fork_until_refused);
    ck_assert_int_eq(wait_in_group(&c), 0);
    ck_assert_uint_ge(entry_in("pids.events", "max"), 1);
    ck_assert(!cgroup_saw_oom_kill(&cg));
    c = start_in_group(spin);
    (void)wait_in_group(&c);
    ck_assert_uint_ge(entry_in("cpu.stat", "nr_throttled"), 3);
}
END_TEST

/* Rule 2: processes or controllers for children, never both.  (The kernel lets
 * pids and cpu pass, as they can tell threads apart; memory can't.) */
START_TEST(test_v2_inner_node)
{
    const struct cgroup_limits none = {0};
    int pidfd;

    if (!make_group(none))
        return skip_cgroup();
    mb_autofree char *below = mb_printf("%s/below", cg.dirs[0]);
    ck_assert_int_eq(mkdir(below, 0755), 0);
    struct child c = start_in_group(sleep_long);
    ck_assert_errno(write_to(cg.dirs[0], "cgroup.subtree_control", "+memory"),
                    EBUSY);
    kill(c.pid, SIGKILL);
    (void)wait_in_group(&c);
    ck_assert_int_gt(write_to(cg.dirs[0], "cgroup.subtree_control", "+memory"),
                     0);
    mb_autoclose int fd = cgroup_open(&cg);
    ck_assert_errno(ns_clone(0, fd, &pidfd, &err), EBUSY);
    ck_assert_errno(write_to(cg.dirs[0], "cgroup.procs", "0"), EBUSY);
    ck_assert_int_eq(rmdir(below), 0);
}
END_TEST

/* Become an ordinary user in a group that was given to him, as systemd does
 * it: the directory is his, and three of its files. */
static void be_delegated(void)
{
    static const char *const files[] = {"", "/cgroup.procs", "/cgroup.threads",
                                        "/cgroup.subtree_control"};

    ck_assert_int_gt(
        write_to(ROOT, "cgroup.subtree_control", "+memory +pids +cpu"), 0);
    ck_assert_int_eq(mkdir(DELEGATED, 0755), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        mb_autofree char *path = mb_printf(DELEGATED "%s", files[i]);
        ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
    }
    ck_assert_int_eq(write_to(DELEGATED, "cgroup.procs", "0"), 1);
    be_ordinary();
}

/* A process in the group, which does nothing. */
static pid_t sleeper_in_group(void)
{
    mb_autoclose int fd = cgroup_open(&cg);
    mb_autoclose int pidfd = -1;
    pid_t pid = ns_clone(0, fd, &pidfd, &err);

    ck_assert_ok(pid);
    if (pid == 0)
        sleep_long();
    return pid;
}

/* The group's parent holds us: we move aside, it passes the controllers on,
 * and from there on it goes without moving (rule 2). */
static void limit_delegated(void)
{
    const struct cgroup_limits limits = {
        .memory = 64 << 20, .cpu_us = 50000, .pids = 20};

    be_delegated();
    for (int i = 0; i < 2; i++) {
        ck_assert_ok(cgroup_create(&cg, group, &limits, &err));
        ck_assert_int_eq(cg.version, CGROUP_V2);
        ck_assert_ptr_nonnull(strstr(cg.dirs[0], DELEGATED "/minibox-unit"));
        mb_autofree char *self = text_of("/proc/self/cgroup");
        ck_assert_str_eq(self, "0::/unit-test-delegated/minibox-self\n");
        ck_assert_uint_eq(number_in(0, "memory.max"), limits.memory);
        ck_assert_uint_eq(number_in(0, "pids.max"), limits.pids);
        pid_t pid = sleeper_in_group();
        ck_assert_uint_eq(number_in(0, "cgroup.procs"), pid);
        kill(pid, SIGKILL);
        (void)spawn_wait(pid, NULL);
        ck_assert_int_eq(cgroup_remove(&cg), 0);
    }
}

/* Remove what be_delegated() made, with all that may be left in it. */
static void delegated_teardown(void)
{
    static const char *const names[] = {"/other", "/minibox-self",
                                        "/minibox-unit-test-cgroup-1", ""};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct cgroup dir = {.version = CGROUP_V2, .n_dirs = 1};
        snprintf(dir.dirs[0], sizeof dir.dirs[0], DELEGATED "%s", names[i]);
        ck_assert_int_eq(cgroup_remove(&dir), 0);
    }
}

START_TEST(test_v2_delegated)
{
    if (geteuid() != 0 || !ns_is_initial_user())
        return skip_cgroup();
    in_child(limit_delegated, 0);
}
END_TEST

/* How far this program is ahead of its time: time(2) for linux/cgroup. */
static time_t ahead;

time_t time(time_t *out)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec + ahead;
    return now.tv_sec + ahead;
}

/* Below the delegated group, where all that is swept away is this test's. */
static void sweep_delegated(void)
{
    const struct cgroup_limits none = {0};

    be_delegated();
    ck_assert_ok(cgroup_create(&cg, group, &none, &err));
    ck_assert_int_eq(mkdir(DELEGATED "/other", 0755), 0);
    cgroup_sweep(); /* it is too young */
    ck_assert_int_eq(access(cg.dirs[0], F_OK), 0);
    pid_t pid = sleeper_in_group();
    ahead = 60;
    cgroup_sweep(); /* somebody is in it */
    ck_assert_int_eq(access(cg.dirs[0], F_OK), 0);
    kill(pid, SIGKILL);
    (void)spawn_wait(pid, NULL);
    for (int i = 0; i < 1000 && access(cg.dirs[0], F_OK) == 0; i++) {
        cgroup_sweep();
        poll(NULL, 0, 1);
    }
    ck_assert_errno(access(cg.dirs[0], F_OK), ENOENT);
    ck_assert_int_eq(access(DELEGATED "/other", F_OK), 0); /* not ours */
}

START_TEST(test_v2_sweep)
{
    if (geteuid() != 0 || !ns_is_initial_user())
        return skip_cgroup();
    in_child(sweep_delegated, 0);
}
END_TEST

static TCase *v2_tests(void)
{
    TCase *tc = tcase_create("v2");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, NULL, group_teardown);
    tcase_add_checked_fixture(tc, NULL, delegated_teardown);
    tcase_add_test(tc, test_v2_enter);
    tcase_add_test(tc, test_v2_files);
    tcase_add_test(tc, test_v2_oom_kill_of_a_child);
    tcase_add_test(tc, test_v2_counters);
    tcase_add_test(tc, test_v2_inner_node);
    tcase_add_test(tc, test_v2_delegated);
    tcase_add_test(tc, test_v2_sweep);
    return tc;
}

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
    if (cgroup_host_version() == CGROUP_V2)
        suite_add_tcase(suite, v2_tests());
    return check_main(suite);
}
