/* SPDX-License-Identifier: MIT */
/*
 * program.c - other programs, run beside us
 *
 * Problem   minibox starts helpers (minibox-layer, mmdebstrap), and sometimes
 *           a part of itself that must not touch its own mounts.  A helper
 *           that inherits an open descriptor can hold a lock for ever.
 * Idea      fork, put the descriptors where the helper expects them, mark all
 *           others to be closed, exec; and the handshake of linux/spawn to
 *           learn at once whether there is such a program.
 *
 *             ours        the helper's
 *             in     -->  0
 *             out    -->  1
 *             errors -->  2
 *             extra  -->  3
 *             others      closed by exec
 *
 * Rules     1. dup2(2) of a descriptor onto itself keeps O_CLOEXEC, and exec
 *              would close it.
 *           2. Move what is kept out of the way first: its number may be the
 *              one that another is about to take.
 * Read      dup(2), close_range(2), fork(2); lessons/01-process.md
 */
#include "linux/program.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/spawn.h"

/* Make FD the descriptor TARGET: rule 1. */
static void place_fd(int fd, int target)
{
    if (fd == target)
        fcntl(fd, F_SETFD, 0);
    else if (fd >= 0)
        dup2(fd, target);
}

/* The child's part of program_start: never returns. */
static _Noreturn void become_program(const struct program *p,
                                     struct handshake *h)
{
    struct mb_error err = {0};
    int kept = p->extra >= 0 ? 3 : 2;

    handshake_in_child(h);
    /* Rule 2: the numbers 0 to 3 are about to be taken. */
    int high = fcntl(h->child, F_DUPFD_CLOEXEC, 100);
    int extra = p->extra >= 0 ? fcntl(p->extra, F_DUPFD_CLOEXEC, 100) : -1;
    h->child = high;
    place_fd(p->in, 0);
    place_fd(p->out, 1);
    place_fd(p->errors, 2);
    if (extra >= 0)
        dup2(extra, 3);
    close_range(kept + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    execvp(p->argv[0], p->argv);
    mb_fail(&err, "run %s", p->argv[0]);
    handshake_fail(h, &err);
}

pid_t program_start(const struct program *program, struct mb_error *err)
{
    struct handshake h;

    if (handshake_open(&h, err) < 0)
        return -1;
    pid_t pid = fork();
    if (pid < 0)
        return mb_fail(err, "fork for %s", program->argv[0]);
    if (pid == 0)
        become_program(program, &h);
    handshake_in_parent(&h);
    if (handshake_wait(&h, NULL, err) == 0)
        return pid;
    (void)spawn_wait(pid, NULL);
    return -1;
}

pid_t program_start_reading(char *const argv[], int *out_fd,
                            struct mb_error *err)
{
    int pipe_fds[2];

    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    const struct program p = {
        .argv = argv, .in = -1, .out = pipe_fds[1], .errors = -1, .extra = -1};
    pid_t pid = program_start(&p, err);
    close(pipe_fds[1]); /* else the end of its output never comes */
    if (pid < 0)
        close(pipe_fds[0]);
    else
        *out_fd = pipe_fds[0];
    return pid;
}

char *program_sibling(const char *name)
{
    char self[PATH_MAX] = "";
    mb_autofree char *dir = NULL, *base = NULL;

    (void)!readlink("/proc/self/exe", self, sizeof self - 1);
    fs_split(self, &dir, &base);
    return mb_printf("%s/%s", dir, name);
}

int program_sealed_copy(const char *path, const char *name,
                        struct mb_error *err)
{
    enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };
    mb_autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (file < 0 || fstat(file, &st) < 0)
        return mb_fail(err, "open %s", path);
    int copy = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy >= 0 && sendfile(copy, file, NULL, st.st_size) == st.st_size &&
        fcntl(copy, F_ADD_SEALS, SEALS) == 0)
        return copy;
    mb_fail(err, "copy %s", path);
    mb_cleanup_close(&copy);
    return -1;
}

void program_reset_signals(void)
{
    static const char default_action[64]; /* SIG_DFL, no flags: all zeros */
    enum { MASK_SIZE = 8 };
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* The kernel's own call, because the C library's refuses the two numbers
     * (32, 33) that it uses itself. */
    for (int number = 1; number < NSIG; number++)
        (void)syscall(SYS_rt_sigaction, number, default_action, NULL,
                      MASK_SIZE);
}

int program_call(unsigned long long flags,
                 int (*fn)(void *argument, struct mb_error *err),
                 void *argument, struct mb_error *err)
{
    struct handshake h;
    struct mb_error failure = {0};

    if (handshake_open(&h, err) < 0)
        return -1;
    pid_t pid = fork();
    if (pid < 0)
        return mb_fail(err, "fork");
    if (pid == 0) {
        handshake_in_child(&h);
        if (flags && unshare(flags) < 0)
            mb_fail(&failure, "unshare(2)");
        else if (fn(argument, &failure) == 0)
            _exit(0);
        handshake_fail(&h, &failure);
    }
    handshake_in_parent(&h);
    int failed = handshake_wait(&h, NULL, err);
    int code = spawn_wait(pid, err);
    if (failed == 0 && code != 0)
        return mb_failx(err, "a helper process died (status %d)", code);
    return failed;
}
