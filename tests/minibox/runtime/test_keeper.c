/* SPDX-License-Identifier: MIT */
/* test_keeper.c - who cleans up when minibox itself is killed */
#include "runtime/keeper.h"

#include <sys/ioctl.h>

#include "sandbox.h"

static struct keeper keeper;
static struct cgroup cg;
static struct terminal terminal;
static pid_t ward; /* the container, for these tests a plain process */
static int ward_pidfd;

/* A process that would live for ever. */
static void make_ward(void)
{
    ward = ns_clone(0, -1, &ward_pidfd, &err);
    ck_assert_int_ge(ward, 0);
    if (ward == 0)
        for (;;)
            pause();
}

/* The keeper's number: our only child but the ward. */
static pid_t keeper_pid(pid_t parent)
{
    mb_autofree char *list =
        mb_printf("/proc/%d/task/%d/children", (int)parent, (int)parent);
    mb_autofree char *text = text_of(list);

    for (char *p = text, *end;; p = end) {
        long pid = strtol(p, &end, 10);
        if (p == end)
            return -1;
        if (pid != ward)
            return pid;
    }
}

/* Wait for the end of the process behind PIDFD; false after some seconds. */
static bool ends_soon(int pidfd)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};

    return poll(&p, 1, 5000) == 1;
}

START_TEST(test_dismiss)
{
    make_ward();
    keeper_start(&keeper, ward_pidfd, &cg, &terminal);
    ck_assert_int_ge(keeper.line, 0);
    ck_assert_int_eq(fcntl(keeper.line, F_GETFD), FD_CLOEXEC);
    keeper_dismiss(&keeper);
    ck_assert_int_eq(keeper.line, -1);
    keeper_dismiss(&keeper); /* twice is fine */
    struct pollfd p = {.fd = ward_pidfd, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, 100), 0); /* the ward lives */
    kill(ward, SIGKILL);
    keeper_reap();
    ck_assert_errno(waitpid(-1, NULL, 0), ECHILD);
}
END_TEST

/* ---- the alarm ---------------------------------------------------------- */

static void start_and_pause(void)
{
    keeper_start(&keeper, ward_pidfd, &cg, &terminal);
    child_pause();
    for (;;)
        pause();
}

/* Start a parent with a keeper, and kill the parent as nobody expects it. */
static void kill_the_parent(void)
{
    struct child c = child_start(start_and_pause, 0);

    child_ready(&c);
    kill(c.pid, SIGKILL);
    (void)child_end(&c);
}

START_TEST(test_alarm)
{
    make_ward();
    kill_the_parent();
    ck_assert(ends_soon(ward_pidfd));
    int status;
    waitpid(ward, &status, 0);
    ck_assert_int_eq(status, SIGKILL);
}
END_TEST

/* Its cgroup goes too. */
START_TEST(test_alarm_removes_cgroup)
{
    const struct cgroup_limits none = {0};

    if (cgroup_create(&cg, "keeper-test", &none, &err) < 0 ||
        cg.version == CGROUP_NONE)
        return skip_cgroup();
    make_ward();
    kill_the_parent();
    ck_assert(ends_soon(ward_pidfd));
    waitpid(ward, NULL, 0);
    for (int i = 0; i < cg.n_dirs; i++) {
        for (int k = 0; k < 300 && access(cg.dirs[i], F_OK) == 0; k++)
            poll(NULL, 0, 10);
        ck_assert_int_eq(access(cg.dirs[i], F_OK), -1);
    }
}
END_TEST

/* And the user's terminal is as it was. */
START_TEST(test_alarm_restores_terminal)
{
    struct termios modes;
    int unlock = 0;
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
        return skip("no pty");
    dup2(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), 0);
    make_ward();
    terminal_save(&terminal);
    terminal_make_raw(&terminal);
    kill_the_parent();
    ck_assert(ends_soon(ward_pidfd));
    for (int i = 0; i < 300; i++) {
        tcgetattr(0, &modes);
        if (modes.c_lflag & ICANON)
            break;
        poll(NULL, 0, 10);
    }
    ck_assert(modes.c_lflag & ICANON);
    waitpid(ward, NULL, 0);
}
END_TEST

/* ---- rule 2 ------------------------------------------------------------- */

/* A session of its own, all signals blocked, no descriptor of ours. */
START_TEST(test_rule_2)
{
    make_ward();
    int leak = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    keeper_start(&keeper, ward_pidfd, &cg, &terminal);
    pid_t pid = keeper_pid(getpid());
    ck_assert_int_gt(pid, 0);
    for (int i = 0; i < 200 && getsid(pid) != pid; i++)
        poll(NULL, 0, 5);
    ck_assert_int_eq(getsid(pid), pid);
    mb_autofree char *status = proc_text(pid, "status");
    mb_autofree char *blocked = field_of(status, "SigBlk");
    ck_assert_uint_ne(strtoull(blocked, NULL, 16) & 1 << (SIGTERM - 1), 0);
    mb_autofree char *link = mb_printf("/proc/%d/fd/%d", (int)pid, leak);
    ck_assert_int_eq(access(link, F_OK), -1);
    kill(pid, SIGTERM);
    kill(pid, SIGINT);
    poll(NULL, 0, 50);
    ck_assert_int_eq(kill(pid, 0), 0);
    keeper_dismiss(&keeper);
    kill(ward, SIGKILL);
    keeper_reap();
}
END_TEST

/* Our own signal mask is as before. */
START_TEST(test_parents_mask)
{
    sigset_t mask;

    make_ward();
    keeper_start(&keeper, ward_pidfd, &cg, &terminal);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    ck_assert(!sigismember(&mask, SIGTERM));
    keeper_dismiss(&keeper);
    kill(ward, SIGKILL);
    keeper_reap();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keeper");
    TCase *tc = tcase_create("keeper");

    tcase_set_timeout(tc, 20);
    tcase_add_test(tc, test_dismiss);
    tcase_add_test(tc, test_alarm);
    tcase_add_test(tc, test_alarm_removes_cgroup);
    tcase_add_test(tc, test_alarm_restores_terminal);
    tcase_add_test(tc, test_rule_2);
    tcase_add_test(tc, test_parents_mask);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
