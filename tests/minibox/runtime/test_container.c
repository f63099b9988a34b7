/* SPDX-License-Identifier: MIT */
/* test_container.c - a container's life: what it returns and what it leaves */
#include <dirent.h>

#include "container_fixture.h"

START_TEST(test_hello)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    expect_output("echo hello; echo error >&2", "hello\nerror\n");
    ck_assert(!result.oom_killed);
}
END_TEST

/* ---- exit codes --------------------------------------------------------- */

static const struct {
    const char *script;
    int code;
} ends[] = {
    {"exit 0", 0},
    {"exit 42", 42},
    {"exit 255", 255},
    {"busybox sh -c 'kill -9 $$'; exit $?", 137},
};

START_TEST(test_exit_code)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    set_script(ends[_i].script);
    ck_assert_int_eq(run_spec(), ends[_i].code);
}
END_TEST

static const struct {
    const char *command;
    int code;
    const char *words;
} failures[] = {
    {"nosuch", 127, "executable file not found in $PATH"},
    {"/bin/nosuch", 127, "no such file or directory"},
    {"/etc/passwd", 126, "permission denied"},
    {"/etc", 126, "is a directory"},
};

START_TEST(test_cannot_start)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    strv_add(&spec.argv, failures[_i].command);
    ck_assert_int_eq(run_spec(), -1);
    ck_assert_int_eq(err.code, failures[_i].code);
    ck_assert_msg(strstr(err.msg, failures[_i].words) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(test_no_layer)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    strv_add(&spec.lowers, "/no/such/layer");
    set_script("exit 0");
    ck_assert_int_eq(run_spec(), -1);
    ck_assert_int_eq(err.code, EXIT_MINIBOX);
    ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/layer"));
}
END_TEST

/* ---- while it runs ------------------------------------------------------ */

static pid_t seen_pid;
static char *seen_mounts, *seen_status;

/* Look at the running container from outside. */
static void look(pid_t pid, void *argument)
{
    static const char *const own[] = {"mnt", "pid", "net", "uts", "ipc"};

    (void)argument;
    seen_pid = pid;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        ck_assert_msg(ns_same(getpid(), pid, own[i], &err) == 0, "%s", own[i]);
    ck_assert_int_eq(ns_same(getpid(), pid, "user", &err), 1);
    seen_mounts = proc_text(pid, "mountinfo");
    seen_status = proc_text(pid, "status");
}

/* The hexadecimal set NAME of the status file. */
static unsigned long long seen_set(const char *name)
{
    mb_autofree char *hex = field_of(seen_status, name);

    return strtoull(hex, NULL, 16);
}

START_TEST(test_seen_from_outside)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    set_script("busybox sleep 0.2");
    ck_assert_ok(container_run(&spec, look, NULL, &result, &err));
    ck_assert_int_eq(result.exit_code, 0);
    mb_autofree char *root = mount_line(seen_mounts, "/");
    mb_autofree char *nspid = field_of(seen_status, "NSpid");
    mb_autofree char *filter = field_of(seen_status, "Seccomp");
    ck_assert_ptr_nonnull(strstr(root, " - overlay "));
    ck_assert_ptr_null(strstr(seen_mounts, "/dev/vda"));
    ck_assert(ends_with(nspid, "\t1"));
    ck_assert_str_eq(filter, "2");
    ck_assert_uint_eq(seen_set("CapEff") & ~caps_docker_default, 0);
    ck_assert_uint_eq(seen_set("CapBnd") & ~caps_docker_default, 0);
    ck_assert_uint_eq(seen_set("CapInh"), 0);
    ck_assert_uint_eq(seen_set("CapAmb"), 0);
    ck_assert_uint_eq(seen_set("SigBlk"), 0);
    free(seen_mounts);
    free(seen_status);
}
END_TEST

static int signal_to_send;

/* After a moment, send a signal to ourselves, as Ctrl-C or kill would. */
static void send_later(pid_t pid, void *argument)
{
    pid_t parent = getpid();

    (void)pid, (void)argument;
    if (fork() == 0) {
        poll(NULL, 0, 300);
        kill(parent, signal_to_send);
        _exit(0);
    }
}

/* Signals are passed on, and do not end us. */
static const int passed[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

START_TEST(test_signals)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    signal_to_send = passed[_i];
    mb_autofree char *script =
        mb_printf("trap 'exit 33' %d; while :; do busybox sleep 0.02; done",
                  signal_to_send);
    set_script(script);
    ck_assert_ok(container_run(&spec, send_later, NULL, &result, &err));
    ck_assert_int_eq(result.exit_code, 33);
}
END_TEST

/* ---- what it leaves ----------------------------------------------------- */

/* Changes go to upper/, and the layers stay as they were. */
START_TEST(test_changes)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    expect_output("echo new >/f; echo x >>/etc/passwd; busybox rm /etc/group",
                  "");
    mb_autofree char *f = mb_printf("%s/c/upper/f", tmp_dir);
    mb_autofree char *text = text_of(f);
    ck_assert_str_eq(text, "new\n");
    mb_autofree char *passwd = mb_printf("%s/image/etc/passwd", tmp_dir);
    mb_autofree char *layer = text_of(passwd);
    ck_assert_ptr_null(strstr(layer, "x\n"));
    ck_assert_int_eq(faccessat(tmp_fd, "image/etc/group", F_OK, 0), 0);
}
END_TEST

/* The same container once more, with what it has left in work/. */
START_TEST(test_again)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    expect_output("echo 1 >/n", "");
    expect_output("busybox cat /n; echo 2 >/n", "1\n");
    expect_output("busybox cat /n", "2\n");
}
END_TEST

static int count_names(const char *path)
{
    mb_autodir DIR *dir = opendir(path);
    int n = 0;

    while (dir && readdir(dir))
        n++;
    return n;
}

/* No process, no descriptor, no mount, no signal mask stays. */
START_TEST(test_nothing_left)
{
    sigset_t mask;

    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *before = text_of("/proc/self/mountinfo");
    int descriptors = count_names("/proc/self/fd");
    expect_output("(busybox sleep 100 &) ; exit 0", "");
    mb_autofree char *after = text_of("/proc/self/mountinfo");
    ck_assert_str_eq(before, after);
    ck_assert_int_eq(count_names("/proc/self/fd"), descriptors);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    ck_assert(!sigismember(&mask, SIGTERM));
    while (waitpid(-1, NULL, 0) > 0)
        ; /* the keeper, on its way */
    ck_assert_int_eq(errno, ECHILD);
    mb_autofree char *group =
        mb_printf("/sys/fs/cgroup/memory/minibox-%.20s", spec.id);
    ck_assert_int_eq(access(group, F_OK), -1);
}
END_TEST

/* All of it, many times: the same at the end as after the first. */
START_TEST(test_many_times)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    expect_output("exit 0", "");
    int descriptors = count_names("/proc/self/fd");
    for (int i = 0; i < 50; i++)
        expect_output("echo x", "x\n");
    ck_assert_int_eq(count_names("/proc/self/fd"), descriptors);
}
END_TEST

/* ---- limits ------------------------------------------------------------- */

START_TEST(test_memory_limit)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    spec.limits.memory = 16 << 20;
    set_script("busybox dd if=/dev/zero of=/dev/null bs=64M count=1 2>&1");
    int code = run_spec();
    if (code < 0) {
        ck_assert_ptr_nonnull(strstr(err.msg, "limits can't be set here"));
        ck_assert_int_eq(err.code, EXIT_MINIBOX);
        return skip_cgroup();
    }
    ck_assert_int_ne(code, 0);
    ck_assert(result.oom_killed);
}
END_TEST

START_TEST(test_pids_limit)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    spec.limits.pids = 3;
    set_script("for i in 1 2 3 4 5 6; do busybox sleep 1 & done; wait");
    int code = run_spec();
    if (code < 0)
        return skip_cgroup();
    mb_autofree char *text = take_output();
    ck_assert_ptr_nonnull(strstr(text, "can't fork"));
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("container");
    TCase *tc = tcase_create("container");

    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, container_setup, container_teardown);
    tcase_add_test(tc, test_hello);
    tcase_add_loop_test(tc, test_exit_code, 0, N(ends));
    tcase_add_loop_test(tc, test_cannot_start, 0, N(failures));
    tcase_add_test(tc, test_no_layer);
    tcase_add_test(tc, test_seen_from_outside);
    tcase_add_loop_test(tc, test_signals, 0, N(passed));
    tcase_add_test(tc, test_changes);
    tcase_add_test(tc, test_again);
    tcase_add_test(tc, test_nothing_left);
    tcase_add_test(tc, test_many_times);
    tcase_add_test(tc, test_memory_limit);
    tcase_add_test(tc, test_pids_limit);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
