/* SPDX-License-Identifier: MIT */
/* test_probe.c - what this machine lets us do, and why not */
#include "linux/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "linux/spawn.h"

/* ---- versions ----------------------------------------------------------- */

static const struct {
    const char *release;
    bool new_enough; /* for 5.11 */
} releases[] = {
    {"5.11.0", true},
    {"5.11-rc1", true},
    {"5.10.0-8-amd64", false},
    {"5.4.0", false},
    {"4.19.128-microsoft-standard", false},
    {"6.1.0-56-cloud-amd64", true},
    {"5.100", true},
    {"10.0", true},
    {"5", false},
    {"", false},
    {"nonsense", false},
};

START_TEST(test_release)
{
    ck_assert_int_eq(probe_release_is(releases[_i].release, 5, 11),
                     releases[_i].new_enough);
}
END_TEST

/* ---- the reasons, as other machines would show them --------------------- */

static const struct {
    const char *machine;
    struct probe_userns_facts facts;
    enum probe_cause cause;
} machines[] = {
    {"Ubuntu 24.04: made, no powers",
     {.created = true, .errnum = EPERM, .apparmor_restricts = true},
     PROBE_USERNS_APPARMOR},
    {"Ubuntu 24.04, profile missing: refused",
     {.errnum = EACCES, .apparmor_restricts = true},
     PROBE_USERNS_APPARMOR},
    {"Ubuntu 24.04 in a filter: AppArmor is asked first",
     {.created = true,
      .errnum = EPERM,
      .apparmor_restricts = true,
      .filtered = true},
     PROBE_USERNS_APPARMOR},
    {"Debian 10", {.errnum = EPERM, .clone_off = true}, PROBE_USERNS_CLONE},
    {"RHEL 7", {.errnum = ENOSPC, .max_is_zero = true}, PROBE_USERNS_MAX},
    {"RHEL 7, older",
     {.errnum = EINVAL, .max_is_zero = true},
     PROBE_USERNS_MAX},
    {"all used up", {.errnum = ENOSPC}, PROBE_USERNS_MAX},
    {"32 deep, before Linux 4.9", {.errnum = EUSERS}, PROBE_USERNS_MAX},
    {"without CONFIG_USER_NS", {.errnum = EINVAL}, PROBE_USERNS_NONE},
    {"Docker's seccomp", {.errnum = EPERM, .filtered = true}, PROBE_OUTER},
    {"Docker's AppArmor: mount refused",
     {.created = true, .errnum = EACCES, .filtered = true},
     PROBE_OUTER},
    {"in a chroot", {.errnum = EPERM}, PROBE_UNKNOWN},
};

START_TEST(test_userns_cause)
{
    ck_assert_msg(probe_userns_cause(&machines[_i].facts) == machines[_i].cause,
                  "%s: cause %d", machines[_i].machine,
                  probe_userns_cause(&machines[_i].facts));
}
END_TEST

/* ---- this machine ------------------------------------------------------- */

/* Run PROBE in a child after PREPARE, and return what it found.  The child
 * may ruin itself. */
static struct probe probe_after(void (*prepare)(void),
                                struct probe (*probe)(void))
{
    struct probe result = {.cause = -1};
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (prepare)
            prepare();
        result = probe();
        _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
    }
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &result, sizeof result), sizeof result);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return result;
}

/* What is done first to become an ordinary user. */
static void become_nobody(void)
{
    if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
        _exit(77);
    prctl(PR_SET_DUMPABLE, 1); /* else our files in /proc belong to root */
}

/* From here on, unshare(2) is refused: Docker's filter does it this way. */
static void forbid_unshare(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};

    become_nobody();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        _exit(77);
}

/* Into a user namespace that allows no further ones. */
static void forbid_more(void)
{
    int fd;

    become_nobody();
    if (unshare(CLONE_NEWUSER) < 0 ||
        (fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY)) < 0 ||
        write(fd, "0", 1) != 1)
        _exit(77);
    close(fd);
}

/* A mask as containers have them over parts of /proc. */
static void mask_proc(void)
{
    if (unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/proc/acpi", "tmpfs", MS_RDONLY, NULL) < 0)
        mount("tmpfs", "/proc/sys", "tmpfs", MS_RDONLY, NULL);
    become_nobody();
}

START_TEST(test_works)
{
    ck_assert_int_eq(probe_kernel().cause, PROBE_OK);
    ck_assert_int_eq(probe_after(NULL, probe_userns).cause, PROBE_OK);
    ck_assert_int_eq(probe_after(become_nobody, probe_userns).cause, PROBE_OK);
    ck_assert_int_eq(probe_after(become_nobody, probe_namespaces).cause,
                     PROBE_OK);
    ck_assert_int_eq(probe_after(become_nobody, probe_proc).cause, PROBE_OK);
    ck_assert_int_eq(probe_after(become_nobody, probe_seccomp).cause, PROBE_OK);
}
END_TEST

START_TEST(test_ids)
{
    struct probe p = probe_after(become_nobody, probe_ids);

    if (geteuid() == 0) /* nobody has no line in /etc/subuid */
        ck_assert_int_eq(p.cause, PROBE_IDS_MISSING);
}
END_TEST

START_TEST(test_filtered)
{
    struct probe p = probe_after(forbid_unshare, probe_userns);

    ck_assert_int_eq(p.cause, PROBE_OUTER);
    ck_assert_str_eq(p.found, "refused: unshare(2): Operation not permitted");
    p = probe_after(forbid_unshare, probe_namespaces);
    ck_assert_int_ne(p.cause, PROBE_OK);
}
END_TEST

START_TEST(test_no_more)
{
    struct probe p = probe_after(forbid_more, probe_userns);

    ck_assert_int_eq(p.cause, PROBE_USERNS_MAX);
    ck_assert_ptr_nonnull(strstr(p.found, "No space left"));
}
END_TEST

/* A mask needs root to be put there. */
START_TEST(test_masked_proc)
{
    if (geteuid() != 0)
        return;
    struct probe p = probe_after(mask_proc, probe_proc);
    ck_assert_int_eq(p.cause, PROBE_OUTER);
    ck_assert_str_eq(p.found, "mount a new /proc: Operation not permitted");
    /* and only the new /proc suffers */
    ck_assert_int_eq(probe_after(mask_proc, probe_namespaces).cause, PROBE_OK);
}
END_TEST

/* Nothing of a probe may be seen in the process that asked. */
START_TEST(test_no_traces)
{
    char before[2][64] = {""}, after[2][64] = {""};
    const char *const names[] = {"/proc/self/ns/user", "/proc/self/ns/mnt"};

    for (int i = 0; i < 2; i++)
        ck_assert_int_gt(readlink(names[i], before[i], 63), 0);
    (void)probe_userns();
    (void)probe_ids();
    (void)probe_proc();
    (void)probe_seccomp();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_gt(readlink(names[i], after[i], 63), 0);
        ck_assert_str_eq(before[i], after[i]);
    }
    ck_assert_int_eq(prctl(PR_GET_SECCOMP), 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe");
    TCase *tc = tcase_create("probe");

    tcase_add_loop_test(tc, test_release, 0,
                        sizeof releases / sizeof *releases);
    tcase_add_loop_test(tc, test_userns_cause, 0,
                        sizeof machines / sizeof *machines);
    tcase_add_test(tc, test_works);
    tcase_add_test(tc, test_ids);
    tcase_add_test(tc, test_filtered);
    tcase_add_test(tc, test_no_more);
    tcase_add_test(tc, test_masked_proc);
    tcase_add_test(tc, test_no_traces);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
