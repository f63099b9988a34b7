/* SPDX-License-Identifier: MIT */
/* test_seccomp.c - which system calls a container may make, by making them */
#include "linux/seccomp.h"

#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "linux/caps.h"
#include "linux/syscalls.h"
#include "sandbox.h"

extern const unsigned char seccomp_default_filter[];
extern const size_t seccomp_default_filter_size;

#define BIT(cap) (UINT64_C(1) << (cap))

static uint64_t wanted = 0; /* the capabilities that the filter is for */

/* Root with the filter on; all capabilities stay, so that a refusal can only
 * come from the filter. */
static void filtered(void)
{
    be_root();
    ck_assert_ok(seccomp_apply(wanted, &err));
}

/* FN in a child behind the filter for CAPS. */
static void behind_filter(void (*fn)(void), uint64_t caps)
{
    wanted = caps;
    in_child(fn, 0);
}

/* ---- the filter --------------------------------------------------------- */

/* The one from build time is the one that would be built now. */
START_TEST(test_generated)
{
    mb_autobuf struct buf built = BUF_INIT;

    ck_assert_ok(seccomp_build(caps_docker_default, &built, &err));
    ck_assert_uint_eq(built.len, seccomp_default_filter_size);
    ck_assert_int_eq(memcmp(built.s, seccomp_default_filter, built.len), 0);
    ck_assert_uint_eq(built.len % 8, 0);
    ck_assert_uint_le(built.len / 8, 4096); /* the kernel's BPF_MAXINSNS */
}
END_TEST

static void filter_and_pause(void)
{
    filtered();
    child_pause();
}

START_TEST(test_status_file)
{
    if (!can_be_root())
        return skip("no user namespaces");
    wanted = caps_docker_default;
    struct child c = child_start(filter_and_pause, 0);
    child_ready(&c);
    mb_autofree char *status = proc_text(c.pid, "status");
    mb_autofree char *mode = field_of(status, "Seccomp");
    ck_assert_str_eq(mode, "2");
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* ---- rule 1: who may load it -------------------------------------------- */

static void load_without_power(void)
{
    be_ordinary();
    ck_assert_int_eq(seccomp_apply(caps_docker_default, &err), -1);
    ck_assert_int_eq(err.errnum, EACCES);
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_ok(seccomp_apply(caps_docker_default, &err));
}

START_TEST(test_rule_1_loading)
{
    in_child(load_without_power, 0);
}
END_TEST

/* Rule 1: and what we do after it is allowed. */
static void go_on(void)
{
    filtered();
    ck_assert_ok(caps_bound(caps_docker_default, &err));
    ck_assert_int_eq(setresgid(0, 0, 0), 0);
    ck_assert_int_eq(setresuid(0, 0, 0), 0);
    ck_assert_ok(caps_limit(BIT(0), &err));
    execlp("sh", "sh", "-c", "exit 0", NULL);
    _exit(1);
}

START_TEST(test_rule_1_after_it)
{
    if (!can_be_root())
        return skip("no user namespaces");
    behind_filter(go_on, caps_docker_default);
}
END_TEST

/* ---- rule 2: refused ---------------------------------------------------- */

static void refused(void)
{
    filtered();
    ck_assert_errno(mount("tmpfs", "/mnt", "tmpfs", 0, NULL), EPERM);
    ck_assert_errno(umount2("/mnt", MNT_DETACH), EPERM);
    ck_assert_errno(unshare(CLONE_NEWUSER), EPERM);
    ck_assert_errno(unshare(CLONE_NEWNS), EPERM);
    ck_assert_errno(setns(0, 0), EPERM);
    ck_assert_errno(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 0), EPERM);
    ck_assert_errno(syscall(SYS_add_key, "user", "x", "y", 1, -3), EPERM);
    ck_assert_errno(syscall(SYS_bpf, 0, NULL, 0), EPERM);
    ck_assert_errno(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0), EPERM);
    ck_assert_errno(syscall(SYS_userfaultfd, 0), EPERM);
    ck_assert_errno(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
    ck_assert_errno(syscall(SYS_open_by_handle_at, 0, NULL, 0), EPERM);
    ck_assert_errno(syscall(SYS_init_module, NULL, 0, ""), EPERM);
    ck_assert_errno(syscall(SYS_kexec_load, 0, 0, NULL, 0), EPERM);
    ck_assert_errno(syscall(SYS_reboot, 0, 0, 0, NULL), EPERM);
    ck_assert_errno(syscall(SYS_swapon, "/x", 0), EPERM);
    ck_assert_errno(syscall(SYS_pivot_root, ".", "."), EPERM);
    ck_assert_errno(sethostname("x", 1), EPERM);
    ck_assert_errno(syscall(SYS_clock_settime, 0, NULL), EPERM);
    ck_assert_errno(syscall(SYS_mount_setattr, -1, "", 0, NULL, 0), EPERM);
    ck_assert_errno(syscall(SYS_fsopen, "tmpfs", 0), EPERM);
    ck_assert_errno(syscall(SYS_process_madvise, 0, 0, 0, 0, 0), EPERM);
}

START_TEST(test_rule_2_refused)
{
    if (!can_be_root())
        return skip("no user namespaces");
    behind_filter(refused, caps_docker_default);
}
END_TEST

/* What ordinary programs need works. */
static void allowed(void)
{
    filtered();
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_ge(socket(AF_INET, SOCK_STREAM, 0), 0);
    ck_assert_int_ge(socket(AF_UNIX, SOCK_STREAM, 0), 0);
    ck_assert_int_eq(access("/", F_OK), 0);
    ck_assert_int_ge(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    ck_assert_int_eq(chroot("/"), 0); /* CAP_SYS_CHROOT is in the default */
    ck_assert_int_ge(syscall(SYS_memfd_create, "x", 0), 0);
    ck_assert_errno(ptrace(PTRACE_ATTACH, 0x7ffffff, 0, 0), ESRCH);
    ck_assert_int_eq(sigaction(SIGUSR1, NULL, NULL), 0);
}

START_TEST(test_allowed)
{
    if (!can_be_root())
        return skip("no user namespaces");
    behind_filter(allowed, caps_docker_default);
}
END_TEST

/* ---- rule 3: newer than the list ---------------------------------------- */

static void too_new(void)
{
    filtered();
    ck_assert_errno(syscall(1000), ENOSYS);
    ck_assert_errno(syscall(0x7fffffff), ENOSYS);
}

START_TEST(test_rule_3_too_new)
{
    if (!can_be_root())
        return skip("no user namespaces");
    behind_filter(too_new, caps_docker_default);
    behind_filter(too_new, caps_docker_default | BIT(12));
}
END_TEST

/* ---- by argument -------------------------------------------------------- */

static void sockets(void)
{
    unsigned long high = 0x100000000UL;

    filtered();
    ck_assert_errno(socket(AF_ALG, SOCK_SEQPACKET, 0), EPERM);
    ck_assert_errno(socket(AF_VSOCK, SOCK_STREAM, 0), EPERM);
    /* The kernel looks at 32 bits only: so must the filter. */
    ck_assert_errno(syscall(SYS_socket, AF_ALG | high, SOCK_SEQPACKET, 0),
                    EPERM);
    ck_assert_errno(syscall(SYS_socket, AF_VSOCK | high, SOCK_STREAM, 0),
                    EPERM);
    ck_assert_int_ge(syscall(SYS_socket, AF_INET | high, SOCK_DGRAM, 0), 0);
    errno = 0;
    (void)!socket(39, SOCK_STREAM, 0); /* between the two: NFC */
    ck_assert_int_ne(errno, EPERM);
    (void)!socket(41, SOCK_STREAM, 0); /* above: KCM */
    ck_assert_int_ne(errno, EPERM);
}

static void personalities(void)
{
    filtered();
    ck_assert_int_ge(personality(0xffffffff), 0); /* asks only */
    ck_assert_int_ge(personality(0), 0);
    ck_assert_errno(personality(ADDR_NO_RANDOMIZE), EPERM);
    ck_assert_errno(personality(READ_IMPLIES_EXEC), EPERM);
}

static void clones(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};

    filtered();
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    ck_assert_int_gt(pid, 0);
    waitpid(pid, NULL, 0);
    for (size_t i = 0; i < ns_kinds_count; i++)
        ck_assert_errno(
            syscall(SYS_clone, ns_kinds[i].flag | SIGCHLD, 0, 0, 0, 0), EPERM);
    ck_assert_errno(syscall(SYS_clone3, &args, sizeof args), ENOSYS);
}

START_TEST(test_arguments)
{
    if (!can_be_root())
        return skip("no user namespaces");
    behind_filter(sockets, caps_docker_default);
    behind_filter(personalities, caps_docker_default);
    behind_filter(clones, caps_docker_default);
}
END_TEST

/* ---- capabilities open rows --------------------------------------------- */

static void admin(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};

    filtered();
    ck_assert_int_eq(unshare(CLONE_NEWNS | CLONE_NEWUTS), 0);
    ck_assert_int_eq(sethostname("x", 1), 0);
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        _exit(0);
    ck_assert_int_gt(pid, 0);
    ck_assert_errno(syscall(SYS_kexec_load, 0, 0, NULL, 0), EPERM);
}

static void no_chroot(void)
{
    filtered();
    ck_assert_errno(chroot("/"), EPERM);
}

static void time_setter(void)
{
    filtered();
    errno = 0;
    (void)!syscall(SYS_clock_settime, 0, NULL);
    ck_assert_int_eq(errno, EFAULT);
}

START_TEST(test_capabilities)
{
    if (!can_be_root())
        return skip("no user namespaces");
    behind_filter(admin, caps_docker_default | BIT(CAP_NR_SYS_ADMIN));
    behind_filter(no_chroot, caps_docker_default & ~BIT(18));
    behind_filter(time_setter, caps_docker_default | BIT(25));
}
END_TEST

/* ---- the other door: 32-bit calls --------------------------------------- */

#ifdef __x86_64__
/* A system call of the 32-bit table, by the old trap. */
static long call_32(long number, long a, long b, long c)
{
    long result = number;

    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(a), "c"(b), "d"(c)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static void from_32_bits(void)
{
    enum { GETPID = 20, UNSHARE = 310, KEYCTL = 288 };

    filtered();
    ck_assert_int_eq((int)call_32(GETPID, 0, 0, 0), getpid());
    ck_assert_int_eq((int)call_32(UNSHARE, CLONE_NEWUSER, 0, 0), -EPERM);
    ck_assert_int_eq((int)call_32(KEYCTL, 0, -3, 0), -EPERM);
}

START_TEST(test_32_bit_calls)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit((int)call_32(20, 0, 0, 0) != getpid());
    int status;
    waitpid(pid, &status, 0);
    if (status != 0 || !can_be_root())
        return skip("this kernel takes no 32-bit calls");
    behind_filter(from_32_bits, caps_docker_default);
}
END_TEST

/* x32: bit 30 of the number.  None of them passes. */
static void from_x32(void)
{
    filtered();
    ck_assert_errno(syscall(0x40000000 | SYS_getpid), ENOSYS);
    ck_assert_errno(syscall(0x40000000 | SYS_unshare, CLONE_NEWUSER), ENOSYS);
}

START_TEST(test_x32_calls)
{
    if (!can_be_root())
        return skip("no user namespaces");
    behind_filter(from_x32, caps_docker_default);
}
END_TEST
#endif

/* ---- the table (linux/syscalls) ----------------------------------------- */

START_TEST(test_table)
{
    static const char *const never[] = {
        "io_uring_setup", "keyctl", "add_key",    "userfaultfd",
        "kexec_load",     "swapon", "pivot_root", "request_key",
        "personality",    "socket", "move_pages", "nfsservctl",
    };

    for (const struct syscall_row *row = syscall_rows; row->names; row++)
        for (const char *const *name = row->names; *name; name++)
            for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                ck_assert_str_ne(*name, never[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seccomp");
    TCase *tc = tcase_create("seccomp");

    tcase_add_test(tc, test_generated);
    tcase_add_test(tc, test_status_file);
    tcase_add_test(tc, test_rule_1_loading);
    tcase_add_test(tc, test_rule_1_after_it);
    tcase_add_test(tc, test_rule_2_refused);
    tcase_add_test(tc, test_allowed);
    tcase_add_test(tc, test_rule_3_too_new);
    tcase_add_test(tc, test_arguments);
    tcase_add_test(tc, test_capabilities);
#ifdef __x86_64__
    tcase_add_test(tc, test_32_bit_calls);
    tcase_add_test(tc, test_x32_calls);
#endif
    tcase_add_test(tc, test_table);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
