/* SPDX-License-Identifier: MIT */
/*
 * guest_main.c - minibox-guest, the first process of a guest
 *
 * Problem   A kernel that has unpacked its initramfs runs /init, and that's
 *           all: nothing is mounted, no descriptor is open, and when /init ends
 *           the kernel panics.
 * Idea      What a container's runtime does from outside is done here from
 *           inside: mount, change the root, become PID 1 of a command.  The
 *           command prints into pipes, so that it sees no terminal; a thread
 *           for each carries the bytes to a serial port.
 *
 *             command -- pipe --> thread --> ttyS1 --> QEMU --> host: stdout
 *                     -- pipe --> thread --> ttyS2 --> QEMU --> host: stderr
 *             main: "ready", "exit=N"    --> ttyS3 --> QEMU --> host: control
 *
 * Rules     1. pivot_root(2) does not work on the initramfs itself (EINVAL), as
 *              no other mount is below it.  So /rootfs becomes a mount, and
 * that is moved over "/": from there it works again.
 *           2. Only raw serial ports keep bytes: a terminal in its usual mode
 *              makes "\r\n" of "\n".
 *           3. Wait until a port's bytes have left (tcdrain) before ending: to
 *              leave QEMU is to cut the cable.
 *           4. Threads, not children: SIGKILL to all processes spares only
 *              PID 1.  They have all signals blocked, else one of them would
 *              take the SIGCHLD that linux/init waits for.
 * Read      pivot_root(2), termios(3), ioperm(2), pthread_sigmask(3);
 *           lesson 11
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/init.h"
#include "linux/spawn.h"
#include "vm/qemu.h"

enum { LIMIT = 16 << 20 }; /* bytes of the file that names the command */

/* What has to be there before the command, in this order. */
static const struct {
    const char *source, *target, *type;
    unsigned long flags;
    const char *options;
} mounts[] = {
    {"proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC,
     "nsdelegate"},
    {"dev", "/dev", "devtmpfs", MS_NOSUID, NULL},
    {"devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=666"},
    {"shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
};

static const struct {
    const char *target, *path;
} links[] = {
    {"/proc/self/fd", "/dev/fd"},
    {"/proc/self/fd/0", "/dev/stdin"},
    {"/proc/self/fd/1", "/dev/stdout"},
    {"/proc/self/fd/2", "/dev/stderr"},
};

/* ---- serial ports ------------------------------------------------------- */

/* Open a serial port for writing, in raw mode: rule 2. */
static int open_port(enum qemu_port port, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("/dev/ttyS%d", port);
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    struct termios mode;

    if (fd < 0 || tcgetattr(fd, &mode) < 0)
        return mb_fail(err, "open %s", path);
    cfmakeraw(&mode);
    cfsetspeed(&mode, B115200);
    mode.c_cflag |= CLOCAL; /* there is no modem to wait for */
    if (tcsetattr(fd, TCSANOW, &mode) < 0)
        return mb_fail(err, "set %s to raw mode", path);
    return fd;
}

/* One of the command's streams, on its way out. */
struct stream {
    pthread_t thread;
    int from, port;
};

/* The thread: carry bytes until nobody holds the pipe any more. */
static void *carry(void *argument)
{
    const struct stream *s = argument;
    char data[4096];
    ssize_t n;

    while ((n = read(s->from, data, sizeof data)) > 0)
        (void)fs_write_all(s->port, data, n, NULL);
    tcdrain(s->port); /* rule 3 */
    return NULL;
}

/* Make our descriptor FD a pipe whose other end is carried to PORT. */
static int start_stream(struct stream *s, int fd, enum qemu_port port,
                        struct mb_error *err)
{
    int ends[2];

    s->port = open_port(port, err);
    if (s->port < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    s->from = ends[0];
    dup2(ends[1], fd);
    close(ends[1]);
    errno = pthread_create(&s->thread, NULL, carry, s);
    return errno ? mb_fail(err, "start a thread") : 0;
}

/* ---- the root ----------------------------------------------------------- */

/* A kernel without overlayfs built in gets its module; without one the command
 * will see for itself. */
static int load_overlay(struct mb_error *err)
{
    mb_autoclose int fd = open("/overlay.ko", O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) < 0)
        return mb_fail(err, "load overlay.ko");
    return 0;
}

/* Rule 1. */
static int enter_root(struct mb_error *err)
{
    if (fs_mkdirs(AT_FDCWD, "/rootfs", err) < 0)
        return -1;
    if (mount("/rootfs", "/rootfs", NULL, MS_BIND, NULL) < 0)
        return mb_fail(err, "bind /rootfs onto itself");
    if (chdir("/rootfs") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0)
        return mb_fail(err, "move /rootfs over /");
    if (chroot(".") < 0 || chdir("/") < 0)
        return mb_fail(err, "enter the new root");
    return 0;
}

static int furnish(struct mb_error *err)
{
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        if (fs_mkdirs(AT_FDCWD, mounts[i].target, err) < 0)
            return -1;
        if (mount(mounts[i].source, mounts[i].target, mounts[i].type,
                  mounts[i].flags, mounts[i].options) < 0)
            return mb_fail(err, "mount %s", mounts[i].target);
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        (void)symlink(links[i].target, links[i].path);
    return sethostname("guest", 5) < 0 ? mb_fail(err, "sethostname(2)") : 0;
}

/* ---- the command -------------------------------------------------------- */

/* Read what to run: strings, each behind the letter that says what it is. */
static int read_command(struct strv *argv, struct strv *env,
                        struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    if (access("/command", F_OK) < 0)
        return mb_failx(err, "not all files fit into the guest's memory");
    if (fs_read(AT_FDCWD, "/command", LIMIT, &text, err) < 0)
        return -1;
    for (char *p = text.s; p < text.s + text.len; p += strlen(p) + 1)
        strv_add(*p == 'a' ? argv : env, p + 1);
    return argv->n == 0 ? mb_failx(err, "there is no command") : 0;
}

/* Run it; its exit status.  All else in the guest ends with it. */
static int run(const struct strv *argv, const struct strv *env, int null)
{
    struct mb_error err = {0};
    static char *const no_env[] = {NULL};
    int status = init_run(argv->v, env->v ? env->v : no_env, &err);

    if (status < 0) {
        dprintf(STDERR_FILENO, "minibox: %s\n", err.msg);
        status = err.code ? err.code : EXIT_MINIBOX;
    }
    (void)kill(-1, SIGKILL); /* rule 4 */
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    return status;
}

/* Everything from the streams to the end of the command. */
static int serve(int control, const struct strv *argv, const struct strv *env,
                 struct mb_error *err)
{
    struct stream streams[2];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t all, none;

    if (null < 0)
        return mb_fail(err, "open /dev/null");
    dup2(null, STDIN_FILENO);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &none); /* rule 4 */
    if (start_stream(&streams[0], STDOUT_FILENO, QEMU_OUT, err) < 0 ||
        start_stream(&streams[1], STDERR_FILENO, QEMU_ERRORS, err) < 0)
        return -1;
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    dprintf(control, "ready\n");
    int status = run(argv, env, null);
    for (int i = 0; i < 2; i++)
        pthread_join(streams[i].thread, NULL);
    return status;
}

/* From nothing to the end of the command: its exit status, or -1. */
static int work(int control, struct mb_error *err)
{
    mb_autostrv struct strv argv = {0}, env = {0};

    if (read_command(&argv, &env, err) < 0 || load_overlay(err) < 0 ||
        enter_root(err) < 0 || furnish(err) < 0)
        return -1;
    return serve(control, &argv, &env, err);
}

/* Switch the machine off. */
static _Noreturn void leave(int control)
{
    tcdrain(control); /* rule 3 */
    if (ioperm(QEMU_EXIT_PORT, 4, 1) == 0)
        outl(0, QEMU_EXIT_PORT);
    for (;;) /* a kernel that does not let us: QEMU runs with -no-reboot */
        (void)reboot(RB_AUTOBOOT);
}

int main(void)
{
    struct mb_error err = {0};

    if (getpid() != 1) {
        fputs("minibox-guest: this is the init of a virtual machine\n", stderr);
        return EXIT_MINIBOX;
    }
    (void)setsid();
    (void)mkdir("/dev", 0755);
    (void)mount("dev", "/dev", "devtmpfs", 0, NULL);
    int control = open_port(QEMU_CONTROL, &err);
    int status = control < 0 ? -1 : work(control, &err);
    if (status < 0)
        dprintf(control, "fail=%s\n", err.msg);
    else
        dprintf(control, "exit=%d\n", status);
    leave(control);
}
