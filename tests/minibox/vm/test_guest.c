/* SPDX-License-Identifier: MIT */
/* test_guest.c - a machine for one command, and all the ways it can fail.
 * Each boot takes one to two seconds: tests ask for much in one. */
#include "vm/guest.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "programs.h"
#include "vm/cpio.h"
#include "vm/kernel.h"

#define BUSYBOX "/bin/busybox"

/* What the last guest printed, and how its command ended. */
static struct buf out = BUF_INIT, errors = BUF_INIT;
static int status;

/* Skip unless there is all that a guest needs. */
#define need_guest()                                                           \
    do {                                                                       \
        if (guest_available(&err) < 0)                                         \
            return skip(err.msg);                                              \
        if (!busybox())                                                        \
            return skip("there is no static busybox here");                    \
    } while (0)

/* The host's busybox, or NULL. */
static const char *busybox(void)
{
    if (access("/usr/bin/busybox", R_OK) == 0)
        return "/usr/bin/busybox";
    return access(BUSYBOX, R_OK) == 0 ? BUSYBOX : NULL;
}

/* Read all that was written to the memfd FD. */
static void slurp(int fd, struct buf *text)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    buf_clear(text);
    ck_assert_ok(fs_read(AT_FDCWD, path, 16 << 20, text, &err));
}

/* Run ARGV in a guest that is like TEMPLATE and has busybox: guest_run(). */
static int run_like(struct guest guest, char *const *argv)
{
    const struct guest_file files[] = {{busybox(), "bin/busybox", 0755},
                                       {busybox(), "/bin/sh", 0755}};
    mb_autoclose int out_fd = memfd_create("out", MFD_CLOEXEC);
    mb_autoclose int err_fd = memfd_create("err", MFD_CLOEXEC);

    if (!guest.files) {
        guest.files = files;
        guest.n_files = 2;
    }
    guest.argv = argv;
    err = (struct mb_error){0};
    int result = guest_run(&guest, out_fd, err_fd, &status, &err);
    slurp(out_fd, &out);
    slurp(err_fd, &errors);
    return result;
}

/* Run a shell script in a guest. */
static int run_script(const char *script)
{
    char *const argv[] = {"/bin/sh", "-c", (char *)script, NULL};

    return run_like((struct guest){0}, argv);
}

static void teardown(void)
{
    buf_done(&out);
    buf_done(&errors);
}

/* ---- it works ----------------------------------------------------------- */

/* One line for each promise of the header. */
static const char facts[] =
    "export PATH=/bin; cat() { busybox cat \"$@\"; }\n"
    "mount() { busybox mount \"$@\"; }\n"
    "echo to stderr >&2\n"
    "echo id $(busybox id -u) $(busybox whoami 2>/dev/null)\n"
    "echo release $(busybox uname -r)\n"
    "echo caps $(busybox grep CapEff /proc/self/status)\n"
    "echo type $(busybox stat -f -c %t /sys/fs/cgroup)\n"
    "echo controllers $(cat /sys/fs/cgroup/cgroup.controllers)\n"
    "[ -t 1 ] || echo no terminal\n"
    "read x || echo no input\n"
    "busybox ip link show lo | busybox grep -q UP || echo loopback down\n"
    "busybox mktemp >/dev/null && echo tmp\n"
    "echo args \"$#\" \"[$1]\" \"[$2]\" env \"[$A]\" \"[$B]\"\n"
    "cd /tmp && busybox mkdir l u w m\n"
    "mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w m && echo overlay\n"
    "busybox sleep 1000 &\n" /* it must not keep the guest */
    "busybox mkdir /new && mount -t tmpfs n /new && cd /new\n"
    "busybox mkdir old && busybox pivot_root . old && echo pivoted\n";

START_TEST(test_facts)
{
    char *const argv[] = {"sh", "-c", (char *)facts, "arg", "two  x", "", NULL};
    char *const env[] = {"PATH=/nowhere:/bin", "A=1 2", "B=", NULL};
    struct kernel kernel;

    need_guest();
    ck_assert_ok(kernel_find(&kernel, &err));
    ck_assert_ok(run_like((struct guest){.env = env}, argv));
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(errors.s, "to stderr\n");
    mb_autofree char *release = mb_printf("\nrelease %s\n", kernel.version);
    const char *const expected[] = {"id 0",
                                    release,
                                    "caps CapEff: 000001ffffffffff",
                                    "type 63677270",
                                    "controllers cpuset cpu io memory",
                                    "no terminal\n",
                                    "no input\n",
                                    "loopback down\n",
                                    "\ntmp\n",
                                    "args 2 [two  x] [] env [1 2] []\n",
                                    "\npivoted\n"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_msg(strstr(out.s, expected[i]), "no \"%s\" in:\n%s",
                      expected[i], out.s);
    mb_autofree char *module =
        kernel_module(&kernel, "fs/overlayfs/overlay.ko");
    if (module)
        ck_assert_ptr_nonnull(strstr(out.s, "\noverlay\n"));
}
END_TEST

/* All values of a byte, 300 KB of them, there and back; and exit status 3. */
START_TEST(test_binary)
{
    char dir[] = "/tmp/unit-XXXXXX";
    mb_autobuf struct buf bytes = BUF_INIT;
    char *const argv[] = {
        "/bin/busybox", "sh", "-c",
        "/bin/busybox cat /dir/data; /bin/busybox cat /dir/data >&2; exit 3",
        NULL};

    need_guest();
    for (unsigned i = 0, x = 1; i < 300 << 10; i++, x = x * 1103515245 + 12345)
        buf_addc(&bytes, i < 1024 ? i : x >> 16);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    mb_autofree char *path = mb_printf("%s/data", dir);
    ck_assert_ok(fs_write(AT_FDCWD, path, bytes.s, bytes.len, &err));
    const struct guest_file files[] = {{busybox(), BUSYBOX, 0755},
                                       {path, "/dir/data", 0400}};
    int result = run_like((struct guest){.files = files, .n_files = 2}, argv);
    ck_assert_ok(fs_remove_tree(AT_FDCWD, dir, &err));
    ck_assert_ok(result);
    ck_assert_int_eq(status, 3);
    ck_assert_uint_eq(out.len, bytes.len);
    ck_assert_mem_eq(out.s, bytes.s, bytes.len);
    ck_assert_uint_eq(errors.len, bytes.len);
    ck_assert_mem_eq(errors.s, bytes.s, bytes.len);
}
END_TEST

START_TEST(test_no_such_command)
{
    char *const argv[] = {"nothing-like-it", NULL};

    need_guest();
    ck_assert_ok(run_like((struct guest){0}, argv));
    ck_assert_int_eq(status, 127);
    ck_assert_str_eq(out.s, "");
    ck_assert_str_eq(errors.s, "minibox: exec: \"nothing-like-it\": executable "
                               "file not found in $PATH\n");
}
END_TEST

START_TEST(test_killed)
{
    need_guest();
    ck_assert_ok(run_script("kill -9 $$"));
    ck_assert_int_eq(status, 137);
}
END_TEST

/* ---- it does not -------------------------------------------------------- */

/* Neither a flood on the console nor one on stdout keeps us from the clock, or
 * takes our memory. */
START_TEST(test_never_ends)
{
    char *const argv[] = {
        "/bin/sh", "-c", "while :; do echo flood; echo flood >/dev/ttyS0; done",
        NULL};
    struct rusage use;

    need_guest();
    status = -7;
    ck_assert_int_eq(run_like((struct guest){.timeout_s = 2}, argv), -1);
    ck_assert_str_eq(err.msg, "the command did not end within 2 seconds");
    ck_assert_int_eq(err.code, GUEST_TIMED_OUT);
    ck_assert_int_eq(status, -7); /* untouched on failure */
    ck_assert(starts_with(out.s, "flood\nflood\n"));
    getrusage(RUSAGE_SELF, &use);
    ck_assert_int_lt(use.ru_maxrss, 200 << 10);
}
END_TEST

START_TEST(test_panic)
{
    need_guest();
    ck_assert_int_eq(run_script("echo last words; echo c >/proc/sysrq-trigger"),
                     -1);
    ck_assert_msg(strstr(err.msg, "the guest died under the command: "
                                  "Kernel panic - not syncing"),
                  "%s", err.msg);
    ck_assert_int_eq(err.code, 0);
    ck_assert_str_eq(out.s, "last words\n");
}
END_TEST

/* Rule 2: a root that is not whole is noticed.  The file is sparse here, but
 * not in the archive. */
START_TEST(test_too_little_memory)
{
    char path[] = "/tmp/unit-XXXXXX";
    char *const argv[] = {"/bin/busybox", "true", NULL};

    need_guest();
    mb_autoclose int fd = mkostemp(path, O_CLOEXEC);
    ck_assert_int_eq(ftruncate(fd, 60 << 20), 0);
    const struct guest_file files[] = {{busybox(), BUSYBOX, 0755},
                                       {path, "/big", 0644}};
    int result = run_like(
        (struct guest){.files = files, .n_files = 2, .memory_mb = 180}, argv);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(result, -1);
    ck_assert_str_eq(err.msg,
                     "in the guest: not all files fit into the guest's memory");
    ck_assert_ptr_nonnull(strstr(err.hint, "180 MB"));
}
END_TEST

START_TEST(test_missing_file)
{
    const struct guest_file gone = {"/nonexistent/file", "/file", 0644};
    const struct guest_file directory = {"/usr", "/file", 0644};
    char *const argv[] = {"/file", NULL};

    need_guest();
    ck_assert_int_eq(
        run_like((struct guest){.files = &gone, .n_files = 1}, argv), -1);
    ck_assert_str_eq(err.msg,
                     "open /nonexistent/file: No such file or directory");
    ck_assert_int_eq(
        run_like((struct guest){.files = &directory, .n_files = 1}, argv), -1);
    ck_assert_str_eq(err.msg, "/usr is no regular file");
}
END_TEST

START_TEST(test_no_kernel)
{
    need_guest();
    setenv("MINIBOX_GUEST_KERNEL", busybox(), 1);
    ck_assert_int_eq(run_script("exit"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "is no Linux kernel"));
    ck_assert_ptr_nonnull(strstr(err.hint, "linux-image-cloud-amd64"));
    setenv("MINIBOX_GUEST_KERNEL", "/nonexistent", 1);
    ck_assert_int_eq(guest_available(&err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "No such file"));
}
END_TEST

/* The head of a kernel, and no body: the processor runs into nothing. */
START_TEST(test_kernel_that_hangs)
{
    char path[] = "/tmp/unit-XXXXXX";
    char *const argv[] = {"/bin/busybox", "true", NULL};
    char head[20000];
    struct kernel kernel;

    need_guest();
    ck_assert_ok(kernel_find(&kernel, &err));
    mb_autoclose int fd = open(kernel.path, O_RDONLY | O_CLOEXEC);
    mb_autoclose int fake = mkostemp(path, O_CLOEXEC);
    ck_assert_int_eq(read(fd, head, sizeof head), sizeof head);
    ck_assert_ok(fs_write_all(fake, head, sizeof head, &err));
    ck_assert_int_eq(ftruncate(fake, 5 << 20), 0);
    setenv("MINIBOX_GUEST_KERNEL", path, 1);
    int result = run_like((struct guest){.boot_s = 1}, argv);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(result, -1);
    /* Whether it hangs or dies at once is up to what it runs into. */
    ck_assert_msg(strstr(err.msg, "did not start within 1 seconds") ||
                      strstr(err.msg, "died while it started"),
                  "%s", err.msg);
}
END_TEST

START_TEST(test_no_qemu)
{
    setenv("PATH", "/nonexistent", 1);
    ck_assert_int_eq(guest_available(&err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "no qemu-system-x86_64 in $PATH"));
    ck_assert_ptr_nonnull(strstr(err.hint, "qemu-system-x86"));
}
END_TEST

/* ---- nothing is left behind --------------------------------------------- */

static int ready_pipe[2];

static void run_for_ever(void)
{
    char *const argv[] = {"/bin/sh", "-c", "echo up; read x </dev/ttyS1", NULL};
    const struct guest_file files[] = {{busybox(), "/bin/sh", 0755}};
    const struct guest guest = {.files = files, .n_files = 1, .argv = argv};

    (void)guest_run(&guest, ready_pipe[1], ready_pipe[1], &status, &err);
    _exit(1);
}

/* kill -9 for us is the end of QEMU too. */
START_TEST(test_we_are_killed)
{
    char byte;

    need_guest();
    ck_assert_int_eq(pipe2(ready_pipe, O_CLOEXEC), 0);
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    struct child c = child_start(run_for_ever, 0);
    close(ready_pipe[1]);
    ck_assert_int_eq(read(ready_pipe[0], &byte, 1), 1);
    mb_autofree char *name = mb_printf("task/%d/children", (int)c.pid);
    mb_autofree char *children = proc_text(c.pid, name);
    ck_assert_int_gt(atoi(children), 1);
    mb_autoclose int qemu = syscall(SYS_pidfd_open, atoi(children), 0);
    ck_assert_int_ge(qemu, 0);
    kill(c.pid, SIGKILL);
    struct pollfd p = {.fd = qemu, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, 10000), 1);
    ck_assert_int_eq(child_end(&c), SIGKILL);
    ck_assert_int_eq(waitpid(atoi(children), NULL, 0), atoi(children));
}
END_TEST

/* ---- the archive -------------------------------------------------------- */

/* What another reader of the format sees in it. */
START_TEST(test_archive)
{
    if (!busybox())
        return skip("there is no busybox here");
    mb_autoclose int fd = cpio_start(&err);
    ck_assert_ok(cpio_add_data(fd, "/a/b/c.txt", "hello", 5, &err));
    ck_assert_ok(cpio_add_file(fd, "/proc/self/exe", "suite", 0751, &err));
    ck_assert_ok(cpio_add_data(fd, "empty", "", 0, &err));
    ck_assert_ok(cpio_finish(fd, &err));
    ck_assert_int_eq(lseek(fd, 0, SEEK_CUR) % 4, 0);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    mb_autofree char *command = mb_printf(
        "%s cpio -tv 2>/dev/null | awk '{ print $1, $NF }'", busybox());
    char *const argv[] = {"sh", "-c", command, NULL};
    mb_autoclose int list = memfd_create("list", MFD_CLOEXEC);
    const struct program p = {
        .argv = argv, .in = fd, .out = list, .errors = -1, .extra = -1};
    pid_t pid = program_start(&p, &err);
    ck_assert_ok(pid);
    ck_assert_int_eq(spawn_wait(pid, &err), 0);
    slurp(list, &out);
    ck_assert_str_eq(out.s, "drwxr-xr-x a\ndrwxr-xr-x a/b\n"
                            "-rw-r--r-- a/b/c.txt\n-rwxr-x--x suite\n"
                            "-rw-r--r-- empty\n");
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("guest");
    TCase *tc = tcase_create("guest");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, test_facts);
    tcase_add_test(tc, test_binary);
    tcase_add_test(tc, test_no_such_command);
    tcase_add_test(tc, test_killed);
    tcase_add_test(tc, test_never_ends);
    tcase_add_test(tc, test_panic);
    tcase_add_test(tc, test_too_little_memory);
    tcase_add_test(tc, test_missing_file);
    tcase_add_test(tc, test_no_kernel);
    tcase_add_test(tc, test_kernel_that_hangs);
    tcase_add_test(tc, test_no_qemu);
    tcase_add_test(tc, test_we_are_killed);
    tcase_add_test(tc, test_archive);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
