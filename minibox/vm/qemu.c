/* SPDX-License-Identifier: MIT */
/*
 * qemu.c - a computer, as a process
 *
 * Problem   A virtual machine has no standard output, no exit status, and it
 *           outlives whoever started it.  We want one that behaves like any
 *           other child: three streams, an end, nothing left behind.
 * Idea      Four serial ports, the oldest devices of a PC: every kernel has
 *           their driver built in, so that the guest needs no module.  On our
 *           side each is a pipe.
 *
 *             guest           QEMU's descriptor      ours
 *             ttyS0 console   3 (also its 1 and 2)   ports[QEMU_CONSOLE]
 *             ttyS1 stdout    4                      ports[QEMU_OUT]
 *             ttyS2 stderr    5                      ports[QEMU_ERRORS]
 *             ttyS3 control   6                      ports[QEMU_CONTROL]
 *             initramfs       7                      a memfd
 *
 *           The processor is emulated (TCG), which every machine can do,
 *           without any right: a boot takes one to two seconds.
 * Rules     1. No file is made: pipes and memfds are gone with their last
 *              process, even after kill -9.
 *           2. append=on, else QEMU tries to empty the pipe first (EINVAL).
 *           3. PR_SET_PDEATHSIG works from the moment on when it is set: look
 *              afterwards whether the parent is still there.
 *           4. A kernel that panics reboots at once (panic=-1), and a machine
 *              that reboots ends (-no-reboot): so no guest hangs dead.
 * Read      qemu-system-x86_64(1), PR_SET_PDEATHSIG in prctl(2), kernel-
 *           parameters.txt; lesson 11
 */
#include "vm/qemu.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "linux/spawn.h"

#define QEMU "qemu-system-x86_64"
#define SERIAL(fd)                                                             \
    "-chardev", "file,id=fd" #fd ",path=/proc/self/fd/" #fd ",append=on",      \
        "-serial", "chardev:fd" #fd
enum { FIRST_FD = 3, INITRAMFS_FD = FIRST_FD + QEMU_PORTS, FDS };

/* Each descriptor by its number: see the picture. */
static const char *const options[] = {
    QEMU, "-accel", "tcg", "-machine", "pc", "-cpu", "max", "-nodefaults",
    "-no-user-config", "-display", "none", "-no-reboot", SERIAL(3), SERIAL(4),
    SERIAL(5), SERIAL(6), "-initrd", "/proc/self/fd/7", "-device",
    "isa-debug-exit,iobase=0xf4,iosize=4", "-append",
    /* Self-tests of the kernel's ciphers and ACPI would cost half a second. */
    "console=ttyS0 quiet loglevel=1 panic=-1 cryptomgr.notests=1 acpi=off "
    "8250.nr_uarts=4"};

int qemu_available(struct mb_error *err)
{
    const char *path = getenv("PATH");
    mb_autofree char *copy = mb_strdup(path ? path : "");

    for (char *rest = copy, *dir; (dir = strsep(&rest, ":"));) {
        mb_autofree char *file = mb_printf("%s/" QEMU, dir);
        if (*dir && access(file, X_OK) == 0)
            return 0;
    }
    mb_failx(err, "there is no " QEMU " in $PATH");
    return mb_hint(err, "install it: apt install qemu-system-x86");
}

/* The child's part: descriptors, the tie to PARENT, exec. */
static _Noreturn void become_qemu(char *const argv[], const int *fds,
                                  pid_t parent, struct handshake *h)
{
    struct mb_error err = {0};
    int high[FDS];

    handshake_in_child(h);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* rule 3 */
        _exit(EXIT_MINIBOX);
    /* Out of the way first: one may have a number that another shall get. */
    h->child = fcntl(h->child, F_DUPFD_CLOEXEC, 100);
    for (int i = FIRST_FD; i < FDS; i++)
        high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 100);
    for (int i = FIRST_FD; i < FDS; i++)
        dup2(high[i], i);
    dup2(high[FIRST_FD + QEMU_CONSOLE], STDOUT_FILENO);
    dup2(high[FIRST_FD + QEMU_CONSOLE], STDERR_FILENO);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    close_range(FDS, ~0U, CLOSE_RANGE_CLOEXEC);
    spawn_exec(argv, environ, &err);
    handshake_fail(h, &err);
}

/* Fork, and wait for the exec.  FDS by the numbers that they get. */
static pid_t launch(char *const argv[], const int *fds, struct mb_error *err)
{
    struct handshake h;
    pid_t self = getpid();

    if (handshake_open(&h, err) < 0)
        return -1;
    pid_t pid = fork();
    if (pid < 0)
        return mb_fail(err, "fork for " QEMU);
    if (pid == 0)
        become_qemu(argv, fds, self, &h);
    handshake_in_parent(&h);
    if (handshake_wait(&h, NULL, err) == 0)
        return pid;
    (void)spawn_wait(pid, NULL);
    return -1;
}

/* Make the pipes: read ends into READ, write ends into WRITE. */
static int make_pipes(int *read, int *write, struct mb_error *err)
{
    int ends[2];

    for (int i = 0; i < QEMU_PORTS; i++) {
        if (pipe2(ends, O_CLOEXEC) < 0)
            return mb_fail(err, "make a pipe");
        read[i] = ends[0];
        write[i] = ends[1];
    }
    return 0;
}

int qemu_start(const char *kernel, int initramfs, unsigned memory_mb,
               struct qemu *out, struct mb_error *err)
{
    struct qemu q = {.pid = -1, .ports = {-1, -1, -1, -1}};
    int fds[FDS] = {-1, -1, -1, -1, -1, -1, -1, initramfs};
    mb_autostrv struct strv argv = {0};

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        strv_add(&argv, options[i]);
    strv_add(&argv, "-kernel");
    strv_add(&argv, kernel);
    strv_add(&argv, "-m");
    strv_addf(&argv, "%u", memory_mb);
    if (make_pipes(q.ports, fds + FIRST_FD, err) == 0)
        q.pid = launch(argv.v, fds, err);
    /* Ours must go, else end of file never comes. */
    for (int i = FIRST_FD; i < INITRAMFS_FD; i++)
        mb_cleanup_close(&fds[i]);
    if (q.pid < 0) {
        qemu_stop(&q);
        return -1;
    }
    *out = q;
    return 0;
}

void qemu_stop(struct qemu *qemu)
{
    if (qemu->pid > 0) {
        (void)kill(qemu->pid, SIGKILL);
        (void)spawn_wait(qemu->pid, NULL);
    }
    qemu->pid = -1;
    for (int i = 0; i < QEMU_PORTS; i++) {
        mb_cleanup_close(&qemu->ports[i]);
        qemu->ports[i] = -1;
    }
}
