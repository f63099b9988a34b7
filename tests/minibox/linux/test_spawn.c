/* SPDX-License-Identifier: MIT */
/* test_spawn.c - how processes start, fail to start, and end */
#include "linux/program.h"
#include "linux/spawn.h"

#include <limits.h>
#include <sys/socket.h>

#include "sandbox.h"

/* ---- rule 3: a wait status is no exit code ------------------------------ */

static const struct {
    int status, code;
} statuses[] = {
    {0x0000, 0},   {0x0300, 3}, {0xff00, 255},
    {0x0009, 137}, {15, 143},   {0x008b, 139}, /* SIGSEGV, core dumped */
};

START_TEST(test_exit_code)
{
    ck_assert_int_eq(spawn_exit_code(statuses[_i].status), statuses[_i].code);
}
END_TEST

START_TEST(test_wait_decodes)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    ck_assert_int_eq(spawn_wait(pid, &err), 7);
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGKILL);
    ck_assert_int_eq(spawn_wait(pid, &err), 128 + SIGKILL);
    ck_assert_int_eq(spawn_wait(pid, &err), -1); /* it is reaped */
    ck_assert_int_eq(err.errnum, ECHILD);
}
END_TEST

/* ---- the handshake ------------------------------------------------------ */

START_TEST(test_handshake_exec)
{
    struct handshake h;

    ck_assert_ok(handshake_open(&h, &err));
    ck_assert_int_eq(fcntl(h.parent, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fcntl(h.child, F_GETFD), FD_CLOEXEC);
    pid_t pid = fork();
    if (pid == 0) {
        handshake_in_child(&h);
        execl("/bin/true", "true", NULL);
    }
    handshake_in_parent(&h);
    ck_assert_ok(handshake_wait(&h, NULL, &err));
    ck_assert_int_eq(h.parent, -1);
    ck_assert_int_eq(spawn_wait(pid, &err), 0);
}
END_TEST

START_TEST(test_handshake_failure)
{
    struct mb_error childs = {0};
    struct handshake h;

    ck_assert_ok(handshake_open(&h, &err));
    pid_t pid = fork();
    if (pid == 0) {
        handshake_in_child(&h);
        errno = EBUSY;
        mb_fail(&childs, "mount x");
        mb_hint(&childs, "try y");
        mb_code(&childs, 126);
        handshake_fail(&h, &childs);
    }
    handshake_in_parent(&h);
    ck_assert_int_eq(handshake_wait(&h, NULL, &err), -1);
    ck_assert_str_eq(err.msg, "mount x: Device or resource busy");
    ck_assert_str_eq(err.hint, "try y");
    ck_assert_int_eq(err.errnum, EBUSY);
    ck_assert_int_eq(err.code, 126);
    ck_assert_int_eq(spawn_wait(pid, NULL), 126);
}
END_TEST

/* Rule 2: who keeps the other's end open waits for ever. */
START_TEST(test_handshake_needs_both_ends_closed)
{
    struct handshake h;

    ck_assert_ok(handshake_open(&h, &err));
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    ck_assert_int_eq(spawn_wait(pid, NULL), 0);
    struct pollfd p = {.fd = h.parent, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, 50), 0); /* our own copy of h.child */
    handshake_in_parent(&h);
    ck_assert_int_eq(poll(&p, 1, 50), 1);
    ck_assert_ok(handshake_wait(&h, NULL, &err));
}
END_TEST

/* Rule 1: what stands in stdio's buffer is written once. */
START_TEST(test_failing_child_flushes_nothing)
{
    struct mb_error childs = {0};
    struct handshake h;
    char text[100] = "";
    int fds[2];

    ck_assert_int_eq(pipe(fds), 0);
    FILE *out = fdopen(fds[1], "w");
    fputs("once", out);
    ck_assert_ok(handshake_open(&h, &err));
    pid_t pid = fork();
    if (pid == 0)
        handshake_fail(&h, &childs);
    ck_assert_int_eq(spawn_wait(pid, NULL), EXIT_MINIBOX);
    fclose(out);
    (void)!read(fds[0], text, sizeof text - 1);
    ck_assert_str_eq(text, "once");
}
END_TEST

/* SCM_RIGHTS: a descriptor travels, and is O_CLOEXEC at its end. */
START_TEST(test_handshake_descriptor)
{
    struct handshake h;
    int got = -1, fds[2];
    char text[10] = "";

    ck_assert_ok(handshake_open(&h, &err));
    pid_t pid = fork();
    if (pid == 0) {
        handshake_in_child(&h);
        if (pipe(fds) < 0 || write(fds[1], "hello", 5) != 5 ||
            handshake_send_fd(&h, fds[0], NULL) < 0)
            _exit(1);
        execl("/bin/true", "true", NULL);
    }
    handshake_in_parent(&h);
    ck_assert_ok(handshake_wait(&h, &got, &err));
    ck_assert_int_ge(got, 0);
    ck_assert_int_eq(fcntl(got, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(read(got, text, 9), 5);
    ck_assert_str_eq(text, "hello");
    ck_assert_int_eq(spawn_wait(pid, &err), 0);
}
END_TEST

/* ---- exec --------------------------------------------------------------- */

/* spawn_exec(ARGV0) in a child, with PATH; its error or status. */
static int try_exec(const char *argv0, const char *path)
{
    char *argv[] = {(char *)argv0, NULL};
    mb_autofree char *variable = mb_printf("PATH=%s", path ? path : "");
    char *env[] = {path ? variable : NULL, NULL};
    struct mb_error failure = {0};
    struct handshake h;

    err = (struct mb_error){0};
    ck_assert_ok(handshake_open(&h, &err));
    pid_t pid = fork();
    if (pid == 0) {
        handshake_in_child(&h);
        spawn_exec(argv, env, &failure);
        handshake_fail(&h, &failure);
    }
    handshake_in_parent(&h);
    (void)handshake_wait(&h, NULL, &err);
    return spawn_wait(pid, NULL);
}

/* A program that ends with STATUS. */
static void make_script(const char *name, const char *text, mode_t mode)
{
    tmp_file(name, text);
    ck_assert_int_eq(fchmodat(tmp_fd, name, mode, 0), 0);
}

START_TEST(test_exec_in_path)
{
    mb_autofree char *path =
        mb_printf("/nonexistent:%s/a:%s/b", tmp_dir, tmp_dir);

    tmp_mkdir("a");
    tmp_mkdir("b");
    make_script("a/denied-first", "#!/bin/sh\nexit 1\n", 0644);
    make_script("b/denied-first", "#!/bin/sh\nexit 42\n", 0755);
    make_script("a/denied", "#!/bin/sh\n", 0644);
    ck_assert_int_eq(try_exec("denied-first", path), 42);
    ck_assert_int_eq(try_exec("denied", path), EXIT_NOT_RUNNABLE);
    ck_assert_str_eq(err.msg, "exec: \"denied\": permission denied");
    ck_assert_int_eq(try_exec("nosuch", path), EXIT_NOT_FOUND);
    ck_assert_str_eq(err.msg,
                     "exec: \"nosuch\": executable file not found in $PATH");
    ck_assert_int_eq(try_exec("true", NULL), EXIT_NOT_FOUND);
    ck_assert_int_eq(try_exec("", path), EXIT_NOT_FOUND);
}
END_TEST

/* A path is taken as it is: PATH is not asked. */
START_TEST(test_exec_path)
{
    mb_autofree char *script = mb_printf("%s/s", tmp_dir);

    make_script("s", "#!/bin/sh\nexit 5\n", 0755);
    ck_assert_int_eq(try_exec(script, NULL), 5);
    ck_assert_int_eq(try_exec("/nonexistent/x", "/bin"), EXIT_NOT_FOUND);
    ck_assert_str_eq(err.msg, "exec: \"/nonexistent/x\": stat /nonexistent/x: "
                              "no such file or directory");
    ck_assert_int_eq(try_exec(tmp_dir, NULL), EXIT_NOT_RUNNABLE);
    ck_assert_ptr_nonnull(strstr(err.msg, "is a directory"));
    ck_assert_int_eq(try_exec("/bin/sh/x", NULL), EXIT_NOT_FOUND);
}
END_TEST

START_TEST(test_exec_bad_files)
{
    mb_autofree char *missing = mb_printf("%s/missing", tmp_dir);
    mb_autofree char *binary = mb_printf("%s/binary", tmp_dir);

    make_script("missing", "#!/no/such/shell\n", 0755);
    make_script("binary", "no program at all\n", 0755);
    ck_assert_int_eq(try_exec(missing, NULL), EXIT_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.msg, "its interpreter is missing"));
    ck_assert_ptr_nonnull(strstr(err.hint, "#!"));
    ck_assert_int_eq(try_exec(binary, NULL), EXIT_NOT_RUNNABLE);
    ck_assert_ptr_nonnull(strstr(err.msg, "Exec format error"));
    ck_assert_ptr_nonnull(strstr(err.hint, "#!/bin/sh"));
}
END_TEST

/* An empty part of PATH is the current directory for a shell: not "/". */
START_TEST(test_exec_empty_path_part)
{
    if (access("/lib", F_OK) < 0)
        return skip("no /lib");
    ck_assert_int_eq(try_exec("lib", ":/nonexistent"), EXIT_NOT_FOUND);
}
END_TEST

/* ---- helpers of the host ------------------------------------------------ */

/* Run `sh -c SCRIPT` with these descriptors; what it prints goes to *out. */
static int run_sh(const char *script, int extra, struct buf *out)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    char chunk[256];
    int fds[2];
    ssize_t n;

    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    const struct program p = {
        .argv = argv, .in = -1, .out = fds[1], .errors = -1, .extra = extra};
    pid_t pid = program_start(&p, &err);
    close(fds[1]);
    while ((n = read(fds[0], chunk, sizeof chunk)) > 0)
        buf_add(out, chunk, n);
    close(fds[0]);
    return pid < 0 ? -1 : spawn_wait(pid, &err);
}

START_TEST(test_program)
{
    mb_autobuf struct buf out = BUF_INIT;

    ck_assert_int_eq(run_sh("echo hi; exit 3", -1, &out), 3);
    ck_assert_str_eq(out.s, "hi\n");
}
END_TEST

/* Nothing of ours is open in it: only 0, 1, 2, and 3 if it was asked for. */
START_TEST(test_program_descriptors)
{
    mb_autobuf struct buf out = BUF_INIT;
    int leak = open("/", O_RDONLY | O_DIRECTORY); /* not O_CLOEXEC */
    int extra = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    const char *script = "for f in 3 4 5 6 7 8 9; do "
                         "[ -e /proc/self/fd/$f ] && "
                         "echo $f $(readlink /proc/$$/fd/$f); done; :";

    ck_assert(leak >= 0 && extra >= 0);
    dup2(leak, 9);
    ck_assert_int_eq(run_sh(script, -1, &out), 0);
    ck_assert_ptr_null(strstr(out.s, " /\n"));
    buf_clear(&out);
    ck_assert_int_eq(run_sh("readlink /proc/$$/fd/3", extra, &out), 0);
    ck_assert_str_eq(out.s, "/dev/zero\n");
}
END_TEST

/* Descriptors that are where they belong already must not close on exec. */
START_TEST(test_program_extra_is_three)
{
    mb_autobuf struct buf out = BUF_INIT;
    int zero = open("/dev/zero", O_RDONLY);

    dup3(zero, 3, O_CLOEXEC);
    ck_assert_int_eq(run_sh("readlink /proc/$$/fd/3", 3, &out), 0);
    ck_assert_str_eq(out.s, "/dev/zero\n");
}
END_TEST

START_TEST(test_program_not_there)
{
    char *argv[] = {"/no/such/program", NULL};
    const struct program p = {
        .argv = argv, .in = -1, .out = -1, .errors = -1, .extra = -1};

    ck_assert_int_eq(program_start(&p, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "/no/such/program"));
    ck_assert_int_eq(err.errnum, ENOENT);
    ck_assert_errno(waitpid(-1, NULL, 0), ECHILD); /* it is reaped */
}
END_TEST

START_TEST(test_sibling)
{
    char self[PATH_MAX] = "";
    mb_autofree char *sibling = program_sibling("other");

    ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
    *strrchr(self, '/') = '\0';
    ck_assert(starts_with(sibling, self));
    ck_assert(ends_with(sibling, "/other"));
}
END_TEST

/* ---- program_call ---------------------------------------------------------
 */

static int fail_with_words(void *argument, struct mb_error *e)
{
    return mb_failx(e, "no luck with %s", (char *)argument);
}

static int change_hostname(void *argument, struct mb_error *e)
{
    return sethostname(argument, strlen(argument)) < 0 ? mb_fail(e, "x") : 0;
}

static int die(void *argument, struct mb_error *e)
{
    (void)argument, (void)e;
    raise(SIGKILL);
    return 0;
}

START_TEST(test_call)
{
    char before[100], after[100];

    ck_assert_int_eq(program_call(0, fail_with_words, "x", &err), -1);
    ck_assert_str_eq(err.msg, "no luck with x");
    ck_assert_int_eq(program_call(0, die, NULL, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "status 137"));
    if (!can_be_root())
        return skip("no user namespaces");
    gethostname(before, sizeof before);
    ck_assert_ok(program_call(CLONE_NEWUSER | CLONE_NEWUTS, change_hostname,
                              "elsewhere", &err));
    gethostname(after, sizeof after);
    ck_assert_str_eq(before, after);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("spawn");
    TCase *tc = tcase_create("spawn"), *exec = tcase_create("exec");

    tcase_add_loop_test(tc, test_exit_code, 0, N(statuses));
    tcase_add_test(tc, test_wait_decodes);
    tcase_add_test(tc, test_handshake_exec);
    tcase_add_test(tc, test_handshake_failure);
    tcase_add_test(tc, test_handshake_needs_both_ends_closed);
    tcase_add_test(tc, test_failing_child_flushes_nothing);
    tcase_add_test(tc, test_handshake_descriptor);
    tcase_add_test(tc, test_program);
    tcase_add_test(tc, test_program_descriptors);
    tcase_add_test(tc, test_program_extra_is_three);
    tcase_add_test(tc, test_program_not_there);
    tcase_add_test(tc, test_sibling);
    tcase_add_test(tc, test_call);
    tcase_add_checked_fixture(exec, tmp_setup, tmp_teardown);
    tcase_add_test(exec, test_exec_in_path);
    tcase_add_test(exec, test_exec_path);
    tcase_add_test(exec, test_exec_bad_files);
    tcase_add_test(exec, test_exec_empty_path_part);
    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, exec);
    return check_main(suite);
}
