/* SPDX-License-Identifier: MIT */
/* test_init.c - PID 1: what the kernel keeps from it, and what it must do */
#include "linux/init.h"

#include <sys/ioctl.h>

#include "linux/spawn.h"
#include "sandbox.h"

static const char *script; /* for sh -c */

/* PID 1 of a namespace: init_run() with the script as its command. */
static void be_init(void)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    struct mb_error failure = {0};

    int status = init_run(argv, environ, &failure);
    if (status < 0)
        fprintf(stderr, "%s\n", failure.msg);
    _exit(status < 0 ? failure.code : status);
}

/* Start it; root in a user namespace if need be. */
static struct child start_init(const char *text)
{
    if (geteuid() != 0)
        be_root();
    script = text;
    return child_start(be_init, CLONE_NEWPID);
}

/* Wait, five seconds at most, until the file holds TEXT. */
static void wait_for(const char *path, const char *text)
{
    for (int i = 0; i < 500; i++) {
        mb_autofree char *now = text_of(path);
        if (strstr(now, text))
            return;
        poll(NULL, 0, 10);
    }
    ck_abort_msg("%s never held %s", path, text);
}

/* ---- exit statuses ------------------------------------------------------ */

static const struct {
    const char *script;
    int code;
} ends[] = {
    {"exit 0", 0},
    {"exit 42", 42},
    {"kill -9 $$", 137},
    {"kill -TERM $$", 143},
};

START_TEST(test_status)
{
    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = start_init(ends[_i].script);
    ck_assert_int_eq(spawn_exit_code(child_end(&c)), ends[_i].code);
}
END_TEST

static void be_init_of_nothing(void)
{
    char *argv[] = {"/no/such/command", NULL};

    ck_assert_int_eq(init_run(argv, environ, &err), -1);
    ck_assert_int_eq(err.code, EXIT_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.msg, "no such file or directory"));
}

START_TEST(test_not_found)
{
    in_child(be_init_of_nothing, 0);
}
END_TEST

/* ---- signals ------------------------------------------------------------ */

/* The essay's problem: PID 1 has no default actions. */
static void sleep_as_one(void)
{
    signal(SIGTERM, SIG_DFL); /* Check has handlers of its own */
    signal(SIGINT, SIG_DFL);
    child_pause();
    for (;;)
        pause();
}

START_TEST(test_kernel_ignores_signals_for_pid_1)
{
    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        be_root();
    struct child c = child_start(sleep_as_one, CLONE_NEWPID);
    child_ready(&c);
    kill(c.pid, SIGTERM);
    kill(c.pid, SIGINT);
    struct pollfd end = {.fd = c.pidfd, .events = POLLIN};
    ck_assert_int_eq(poll(&end, 1, 100), 0);
    kill(c.pid, SIGKILL); /* from outside, this one works */
    ck_assert_int_eq(poll(&end, 1, 5000), 1);
    ck_assert_int_eq(child_end(&c), SIGKILL);
}
END_TEST

/* With our PID 1 the command gets them. */
static const int passed[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGQUIT};

START_TEST(test_signals_are_passed_on)
{
    int number = passed[_i];
    mb_autofree char *file = mb_printf("%s/f", tmp_dir);
    mb_autofree char *text = mb_printf("trap 'exit 55' %d; echo ready > %s; "
                                       "while :; do sleep 0.02; done",
                                       number, file);

    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = start_init(text);
    wait_for(file, "ready");
    kill(c.pid, number);
    ck_assert_int_eq(spawn_exit_code(child_end(&c)), 55);
}
END_TEST

/* Rule 2: without a handler the signal ends the command, and so PID 1. */
START_TEST(test_signals_end_the_command)
{
    mb_autofree char *file = mb_printf("%s/f", tmp_dir);
    mb_autofree char *text = mb_printf("echo ready > %s; exec sleep 100", file);

    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = start_init(text);
    wait_for(file, "ready");
    kill(c.pid, SIGTERM);
    ck_assert_int_eq(spawn_exit_code(child_end(&c)), 128 + SIGTERM);
}
END_TEST

/* Rule 2: nothing is blocked in the command. */
START_TEST(test_command_blocks_nothing)
{
    mb_autofree char *file = mb_printf("%s/f", tmp_dir);
    mb_autofree char *text = mb_printf("cat /proc/self/status > %s", file);

    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = start_init(text);
    ck_assert_int_eq(child_end(&c), 0);
    mb_autofree char *status = text_of(file);
    mb_autofree char *blocked = field_of(status, "SigBlk");
    ck_assert_uint_eq(strtoull(blocked, NULL, 16), 0);
}
END_TEST

/* ---- orphans ------------------------------------------------------------ */

/* Rule 3: orphans come to PID 1 and leave no zombie, however many end at the
 * same time. */
START_TEST(test_orphans_are_reaped)
{
    mb_autofree char *file = mb_printf("%s/f", tmp_dir);
    mb_autofree char *text = mb_printf(
        "for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.05 & sleep 0.05 & exit) & "
        "done; wait; sleep 0.3; echo ready > %s; sleep 100",
        file);

    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = start_init(text);
    wait_for(file, "ready");
    mb_autofree char *list =
        mb_printf("/proc/%d/task/%d/children", (int)c.pid, (int)c.pid);
    mb_autofree char *children = text_of(list);
    /* One child is left: the command. */
    ck_assert_ptr_eq(strchr(children, ' '), strrchr(children, ' '));
    mb_autofree char *status = proc_text(atoi(children), "status");
    ck_assert_ptr_null(strstr(status, "zombie"));
    kill(c.pid, SIGKILL);
    (void)child_end(&c);
}
END_TEST

/* When the command ends everything ends. */
START_TEST(test_all_end_with_the_command)
{
    mb_autofree char *file = mb_printf("%s/f", tmp_dir);
    mb_autofree char *text = mb_printf(
        "(while :; do echo alive >> %s; sleep 0.01; done) & sleep 0.1", file);

    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = start_init(text);
    ck_assert_int_eq(child_end(&c), 0);
    struct stat before, after;
    ck_assert_int_eq(stat(file, &before), 0);
    poll(NULL, 0, 100);
    ck_assert_int_eq(stat(file, &after), 0);
    ck_assert_int_eq(before.st_size, after.st_size);
}
END_TEST

/* ---- a terminal --------------------------------------------------------- */

static int pty_master;

static void be_init_on_a_terminal(void)
{
    int slave = ioctl(pty_master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

    ck_assert_int_ge(slave, 0);
    ck_assert_int_gt(setsid(), 0);
    ck_assert_int_eq(ioctl(slave, TIOCSCTTY, 0), 0);
    for (int fd = 0; fd < 3; fd++)
        dup2(slave, fd);
    be_init();
}

/* The command is in the foreground: it may read, and Ctrl-C is for it.  It
 * must not be stopped on the way (SIGTTOU). */
START_TEST(test_command_gets_the_terminal)
{
    mb_autofree char *file = mb_printf("%s/f", tmp_dir);
    mb_autofree char *text = mb_printf("trap 'exit 66' INT; echo ready > %s; "
                                       "while :; do sleep 0.02; done",
                                       file);
    int unlock = 0;

    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        be_root();
    pty_master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (pty_master < 0 || ioctl(pty_master, TIOCSPTLCK, &unlock) < 0)
        return skip("no pty");
    script = text;
    struct child c = child_start(be_init_on_a_terminal, CLONE_NEWPID);
    wait_for(file, "ready");
    ck_assert_int_eq(write(pty_master, "\003", 1), 1); /* Ctrl-C */
    ck_assert_int_eq(spawn_exit_code(child_end(&c)), 66);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("init");
    TCase *tc = tcase_create("init");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, tmp_setup, tmp_teardown);
    tcase_add_loop_test(tc, test_status, 0, N(ends));
    tcase_add_test(tc, test_not_found);
    tcase_add_test(tc, test_kernel_ignores_signals_for_pid_1);
    tcase_add_loop_test(tc, test_signals_are_passed_on, 0, N(passed));
    tcase_add_test(tc, test_signals_end_the_command);
    tcase_add_test(tc, test_command_blocks_nothing);
    tcase_add_test(tc, test_orphans_are_reaped);
    tcase_add_test(tc, test_all_end_with_the_command);
    tcase_add_test(tc, test_command_gets_the_terminal);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
