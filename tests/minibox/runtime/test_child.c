/* SPDX-License-Identifier: MIT */
/* test_child.c - the way from clone to exec: walls, and images that test them
 */
#include <sys/ioctl.h>

#include "linux/program.h"

#include "container_fixture.h"

/* Run the spec; it must fail to start, with WORDS. */
static void expect_refusal(const char *words)
{
    set_script("echo ran");
    int code = run_spec();
    mb_autofree char *text = take_output();

    ck_assert_msg(code == -1, "it ran: %s", text);
    ck_assert_str_eq(text, "");
    ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
    ck_assert_int_eq(err.code, EXIT_MINIBOX);
}

/* ---- what the command finds --------------------------------------------- */

/* Environment: the spec's, and HOME. */
START_TEST(test_environment)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    setenv("SECRET", "of the host", 1);
    strv_add(&spec.argv, "busybox");
    strv_add(&spec.argv, "env");
    ck_assert_int_eq(run_spec(), 0);
    mb_autofree char *text = take_output();
    ck_assert_str_eq(text, "PATH=/bin\nHOME=/root\n");
    strv_add(&spec.env, "HOME=/mine");
    ck_assert_int_eq(run_spec(), 0);
    mb_autofree char *second = take_output();
    ck_assert_str_eq(second, "PATH=/bin\nHOME=/mine\n");
}
END_TEST

/* Descriptors 0, 1 and 2 and no other (CVE-2024-21626). */
START_TEST(test_descriptors)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    int leak = open("/", O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(dup2(leak, 9), 0);
    strv_add(&spec.argv, "busybox");
    strv_add(&spec.argv, "ls");
    strv_add(&spec.argv, "/proc/self/fd");
    ck_assert_int_eq(run_spec(), 0);
    mb_autofree char *text = take_output();
    ck_assert_str_eq(text, "0\n1\n2\n3\n"); /* 3: the directory itself */
}
END_TEST

START_TEST(test_stdin)
{
    int fds[2];

    if (!can_run())
        return skip(NO_CONTAINERS);
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(write(fds[1], "typed\n", 6), 6);
    close(fds[1]);
    dup2(fds[0], 0);
    expect_output("busybox cat", ""); /* without -i: /dev/null */
    spec.interactive = true;
    expect_output("busybox cat", "typed\n");
}
END_TEST

/* Signals as a new process expects them, whatever we ignore. */
START_TEST(test_signals)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    strv_add(&spec.argv, "busybox");
    strv_add(&spec.argv, "grep");
    strv_add(&spec.argv, "-E");
    strv_add(&spec.argv, "Sig(Ign|Blk)");
    strv_add(&spec.argv, "/proc/self/status");
    ck_assert_int_eq(run_spec(), 0);
    mb_autofree char *text = take_output();
    ck_assert_str_eq(text, "SigBlk:\t0000000000000000\n"
                           "SigIgn:\t0000000000000000\n");
}
END_TEST

START_TEST(test_session_and_umask)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    umask(077);
    expect_output("umask; busybox cut -d' ' -f1,6 /proc/$$/stat",
                  "0022\n1 1\n");
}
END_TEST

/* ---- users -------------------------------------------------------------- */

static const struct {
    const char *user, *id;
} users[] = {
    {NULL, "uid=0(root) gid=0 groups=0\n"},
    {"ann", "uid=1000(ann) gid=1001 groups=44(video)\n"},
    {"4711:44", "uid=4711 gid=44(video)\n"},
};

START_TEST(test_user)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    if (userns_is_single_id())
        return skip("only one uid is mapped here");
    spec.user = users[_i].user;
    set_script("busybox id -u; busybox id -g; busybox id -G");
    ck_assert_int_eq(run_spec(), 0);
    mb_autofree char *text = take_output();
    static const char *const numbers[] = {"0\n0\n0\n", "1000\n1001\n1001 44\n",
                                          "4711\n44\n44\n"};
    ck_assert_str_eq(text, numbers[_i]);
}
END_TEST

static const char *const bad_users[] = {"4294967296", "-1", "nosuch", "0x0"};

START_TEST(test_bad_user)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    spec.user = bad_users[_i];
    expect_refusal("unable to find");
}
END_TEST

/* Another user has nothing of root's. */
START_TEST(test_user_has_no_powers)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    if (userns_is_single_id())
        return skip("only one uid is mapped here");
    spec.user = "ann";
    expect_output("busybox grep -E 'Cap(Prm|Eff|Inh|Amb)' /proc/self/status | "
                  "busybox grep -vc 0000000000000000; :",
                  "0\n");
}
END_TEST

/* ---- hostile images: users ---------------------------------------------- */

START_TEST(test_passwd_is_a_fifo)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    ck_assert_ok(fs_remove_tree(tmp_fd, "image/etc/passwd", &err));
    ck_assert_int_eq(mkfifoat(tmp_fd, "image/etc/passwd", 0666), 0);
    spec.user = "ann";
    alarm(10);
    expect_refusal("no ordinary file");
}
END_TEST

/* After the pivot, a link can only lead to the image's files. */
START_TEST(test_passwd_is_a_link)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    tmp_file("canary/passwd", "eve:x:0:0::/:/bin/sh\n");
    mb_autofree char *target = mb_printf("%s/canary/passwd", tmp_dir);
    ck_assert_ok(fs_remove_tree(tmp_fd, "image/etc/passwd", &err));
    ck_assert_int_eq(symlinkat(target, tmp_fd, "image/etc/passwd"), 0);
    spec.user = "eve";
    expect_refusal("unable to find user eve");
}
END_TEST

/* ---- hostile images: directories ---------------------------------------- */

/* CVE-2026-41579: a link where /dev should be. */
static const char *const trapped[] = {"dev", "proc", "sys"};

START_TEST(test_trapped_directory)
{
    mb_autofree char *canary = mb_printf("%s/canary", tmp_dir);
    mb_autofree char *name = mb_printf("image/%s", trapped[_i]);
    mb_autofree char *words = mb_printf("/%s", trapped[_i]);

    if (!can_run())
        return skip(NO_CONTAINERS);
    ck_assert_int_eq(symlinkat(canary, tmp_fd, name), 0);
    expect_refusal(words);
    ck_assert_errno(openat(tmp_fd, "canary/null", O_RDONLY), ENOENT);
}
END_TEST

START_TEST(test_resolv_conf_loop)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    ck_assert_int_eq(symlinkat("resolv.conf", tmp_fd, "image/etc/resolv.conf"),
                     0);
    mb_autofree char *host = text_of("/etc/resolv.conf");
    expect_output("busybox cat /etc/resolv.conf", host);
}
END_TEST

/* ---- the working directory ---------------------------------------------- */

START_TEST(test_cwd_is_made)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    spec.cwd = "/a/b/../c";
    expect_output("pwd; busybox stat -c %a.%u .", "/a/c\n755.0\n");
}
END_TEST

/* WORKDIR into what is not there for a container, or a door out of it. */
static const char *const bad_cwds[] = {
    "/proc/self/fd/3",  "/proc/self/fd/7", "/proc/self/fd/8", "/proc/self/cwd",
    "/proc/1/root/etc", "/etc/passwd/x",   "/loop/x",         "/etc/passwd",
};

START_TEST(test_bad_cwd)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    ck_assert_int_eq(symlinkat("loop", tmp_fd, "image/loop"), 0);
    int leak = open("/", O_RDONLY | O_DIRECTORY);
    for (int fd = 7; fd < 9; fd++)
        ck_assert_int_ge(dup2(leak, fd), 0);
    spec.cwd = bad_cwds[_i];
    set_script("pwd");
    ck_assert_int_eq(run_spec(), -1);
    ck_assert_int_eq(err.code, EXIT_MINIBOX);
}
END_TEST

/* A link in the image is followed, but stays inside. */
START_TEST(test_cwd_through_link)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *canary = mb_printf("%s/canary", tmp_dir);
    ck_assert_int_eq(symlinkat("../../../etc", tmp_fd, "image/up"), 0);
    ck_assert_int_eq(symlinkat(canary, tmp_fd, "image/out"), 0);
    spec.cwd = "/up";
    expect_output("busybox pwd -P", "/etc\n");
    spec.cwd = "/out";
    set_script("busybox ls");
    (void)run_spec();
    mb_autofree char *text = take_output();
    ck_assert_str_eq(text, "");
}
END_TEST

/* ---- walls -------------------------------------------------------------- */

START_TEST(test_hostname)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    char before[100], after[100];
    gethostname(before, sizeof before);
    expect_output("busybox hostname", "box\n");
    gethostname(after, sizeof after);
    ck_assert_str_eq(before, after);
}
END_TEST

START_TEST(test_network)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    expect_output("busybox ls /sys/class/net; busybox ping -c1 -W1 127.0.0.1 "
                  ">/dev/null && echo up",
                  "lo\nup\n");
    ck_assert_int_eq(ns_same(getpid(), getpid(), "net", &err), 1);
}
END_TEST

/* The host's files are out of reach, also for a root that climbs. */
START_TEST(test_no_way_up)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *script =
        mb_printf("busybox cat /proc/1/root%s/canary/f ../../../..%s/canary/f "
                  "2>/dev/null; busybox ls -a / | busybox grep -c oldroot; :",
                  tmp_dir, tmp_dir);
    expect_output(script, "0\n");
}
END_TEST

static const struct {
    const char *script, *output;
} forbidden[] = {
    {"busybox mount -t tmpfs x /tmp 2>/dev/null || echo no", "no\n"},
    {"busybox umount /proc/sys 2>/dev/null || echo no", "no\n"},
    {"busybox unshare -r true 2>/dev/null || echo no", "no\n"},
    {"busybox hostname x 2>/dev/null || echo no", "no\n"},
    {"busybox mkdir /sys/fs/cgroup/x 2>/dev/null || echo no", "no\n"},
    {"echo x 2>/dev/null >/proc/sys/kernel/core_pattern || echo no", "no\n"},
    {"echo b 2>/dev/null >/proc/sysrq-trigger || echo no", "no\n"},
    {"busybox chmod 0 /dev/null 2>/dev/null || echo no", "no\n"},
    {"busybox head -c1 /proc/kcore 2>/dev/null | busybox wc -c", "0\n"},
    {"busybox ls /sys/firmware | busybox wc -l", "0\n"},
};

START_TEST(test_forbidden)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    set_script(forbidden[_i].script);
    (void)run_spec();
    mb_autofree char *text = take_output();
    ck_assert_str_eq(text, forbidden[_i].output);
}
END_TEST

/* A device node of one's own opens nothing: every file system is nodev. */
START_TEST(test_own_device)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    expect_output("for d in / /tmp /dev /dev/shm; do "
                  "busybox mknod $d/n c 1 5 2>/dev/null && "
                  "busybox head -c1 $d/n 2>/dev/null; done; echo done",
                  "done\n");
}
END_TEST

START_TEST(test_read_only)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    spec.read_only = true;
    strv_add(&spec.tmpfs, "/scratch");
    expect_output("echo x 2>/dev/null >/f || echo ro; "
                  "echo x >/scratch/f && echo rw; echo x >/dev/shm/f && "
                  "echo shm",
                  "ro\nrw\nshm\n");
}
END_TEST

START_TEST(test_no_new_privs)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    const char *script = "busybox grep NoNewPrivs /proc/self/status";
    expect_output(script, "NoNewPrivs:\t0\n"); /* as Docker */
    spec.no_new_privs = true;
    expect_output(script, "NoNewPrivs:\t1\n");
}
END_TEST

START_TEST(test_unconfined)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    spec.unconfined = true;
    spec.unmasked = true;
    expect_output("busybox grep '^Seccomp:' /proc/self/status; "
                  "busybox grep -c ' /proc/' /proc/self/mountinfo; :",
                  "Seccomp:\t0\n0\n");
}
END_TEST

/* --init is PID 1, out of a sealed copy that nobody can overwrite. */
START_TEST(test_init)
{
    mb_autofree char *dir = program_sibling("../../minibox-init");

    if (!can_run())
        return skip(NO_CONTAINERS);
    if (access(dir, X_OK) < 0)
        return skip("minibox-init is not built");
    spec.init = dir;
    expect_output("echo $$; busybox readlink /proc/1/exe; "
                  "(echo x >>/proc/1/exe) 2>/dev/null || echo sealed",
                  "2\n/memfd:minibox-init (deleted)\nsealed\n");
}
END_TEST

START_TEST(test_volume)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *source = mb_printf("%s/canary", tmp_dir);
    struct volume volume = {source, "/data", true};
    spec.volumes = &volume;
    spec.n_volumes = 1;
    expect_output("busybox cat /data/f; echo x 2>/dev/null >/data/f || echo ro",
                  "alivero\n");
    spec.n_volumes = 0;
}
END_TEST

/* The end of the parent is the end of the container, also by kill -9. */
static void run_and_be_killed(void)
{
    set_script("echo up; busybox sleep 100");
    (void)container_run(&spec, NULL, NULL, &result, &err);
}

START_TEST(test_parent_is_killed)
{
    char byte;

    if (!can_run())
        return skip(NO_CONTAINERS);
    struct child c = child_start(run_and_be_killed, 0);
    close(output_in);
    ck_assert_int_eq(read(output, &byte, 1), 1);
    kill(c.pid, SIGKILL);
    (void)child_end(&c);
    /* End of file: nobody in the container holds the pipe any more. */
    while (read(output, &byte, 1) > 0)
        ;
    output_in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    mb_autofree char *group =
        mb_printf("/sys/fs/cgroup/memory/minibox-%.20s", spec.id);
    for (int i = 0; i < 200 && access(group, F_OK) == 0; i++)
        poll(NULL, 0, 10); /* the keeper removes it */
    ck_assert_int_eq(access(group, F_OK), -1);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

static TCase *hostile_case(void)
{
    TCase *tc = tcase_create("hostile");

    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, container_setup, container_teardown);
    tcase_add_loop_test(tc, test_bad_user, 0, N(bad_users));
    tcase_add_test(tc, test_passwd_is_a_fifo);
    tcase_add_test(tc, test_passwd_is_a_link);
    tcase_add_loop_test(tc, test_trapped_directory, 0, N(trapped));
    tcase_add_test(tc, test_resolv_conf_loop);
    tcase_add_loop_test(tc, test_bad_cwd, 0, N(bad_cwds));
    tcase_add_test(tc, test_cwd_through_link);
    tcase_add_test(tc, test_no_way_up);
    tcase_add_loop_test(tc, test_forbidden, 0, N(forbidden));
    tcase_add_test(tc, test_own_device);
    tcase_add_test(tc, test_parent_is_killed);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("child");
    TCase *tc = tcase_create("child");

    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, container_setup, container_teardown);
    tcase_add_test(tc, test_environment);
    tcase_add_test(tc, test_descriptors);
    tcase_add_test(tc, test_stdin);
    tcase_add_test(tc, test_signals);
    tcase_add_test(tc, test_session_and_umask);
    tcase_add_loop_test(tc, test_user, 0, N(users));
    tcase_add_test(tc, test_user_has_no_powers);
    tcase_add_test(tc, test_cwd_is_made);
    tcase_add_test(tc, test_hostname);
    tcase_add_test(tc, test_network);
    tcase_add_test(tc, test_read_only);
    tcase_add_test(tc, test_no_new_privs);
    tcase_add_test(tc, test_unconfined);
    tcase_add_test(tc, test_init);
    tcase_add_test(tc, test_volume);
    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, hostile_case());
    return check_main(suite);
}
