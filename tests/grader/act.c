/* SPDX-License-Identifier: MIT */
/*
 * act.c - the part of a worker that all exercises share
 *
 * Problem   Student code may do anything: print "all passed", end the process,
 *           overwrite every variable that it can see.
 * Idea      So nothing here decides.  The worker sends packets, each a name
 *           and a value, and the kernel adds from which process it came:
 *
 *             worker                              judge (grader/worker)
 *               | "result=0"               ------->|
 *               | "@hold in-the-root" + fd ------->| looks at /proc/PID
 *               |<------- closes the fd -----------|
 *               | "@end" + fd              ------->| counts the processes
 *
 * Rules     1. A hold waits for the end of a pipe of its own: when several
 *              processes hold, each is woken by itself, and all are when the
 *              judge dies.
 *           2. Nothing is buffered across a fork.
 * Read      unix(7), SCM_RIGHTS; tests/grader/README.md
 */
#include "grader/act.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TO_JUDGE = 100, MAX_PACKET = 16384 };

/* Send a packet, with a descriptor if it is not -1. */
static void send_packet(const char *text, int fd)
{
    struct iovec payload = {.iov_base = (char *)text, .iov_len = strlen(text)};
    union {
        struct cmsghdr header; /* for its alignment, see cmsg(3) */
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &payload, .msg_iovlen = 1};

    if (fd >= 0) {
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    while (sendmsg(TO_JUDGE, &message, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            _exit(EXIT_FAILURE); /* nobody listens any more */
}

void say(const char *name, const char *fmt, ...)
{
    char text[MAX_PACKET];
    va_list ap;
    int n = snprintf(text, sizeof text, "%s=", name);

    va_start(ap, fmt);
    vsnprintf(text + n, sizeof text - n, fmt, ap);
    va_end(ap);
    send_packet(text, -1);
}

void say_result(const char *name, int result, const struct mb_error *err)
{
    char key[100];

    say(name, "%d", result);
    snprintf(key, sizeof key, "%s.errno", name);
    say(key, "%d", err->errnum);
    snprintf(key, sizeof key, "%s.msg", name);
    say(key, "%.1499s", err->msg);
}

void say_file(const char *name, const char *path)
{
    char text[MAX_PACKET / 2] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

    if (n < 0)
        say(name, "(%s)", strerror(errno));
    else
        say(name, "%s", text);
    if (fd >= 0)
        close(fd);
}

void hold(const char *name)
{
    char text[100];
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        act_broken("make a socket pair to hold");
    snprintf(text, sizeof text, "@hold %s", name);
    send_packet(text, pair[1]);
    close(pair[1]);
    while (read(pair[0], text, 1) < 0 && errno == EINTR) /* rule 1 */
        ;
    close(pair[0]);
}

int in_child(void (*fn)(void))
{
    int status;

    fflush(NULL); /* rule 2 */
    pid_t pid = fork();
    if (pid < 0)
        act_broken("fork");
    if (pid == 0) {
        fn();
        say("@back", "1"); /* it was not the student's code that ended it */
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            act_broken("wait for a child");
    say("@child", "%d", status);
    return status;
}

void act_refuse(int number, int arg, unsigned bits, int error)
{
    const struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
        /* the low half of the argument, on a little-endian machine */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args) + arg * 8),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {
        .len = sizeof filter / sizeof *filter,
        .filter = (struct sock_filter *)filter,
    };

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        act_broken("make the kernel refuse a system call");
}

void act_broken(const char *what)
{
    say("@broken", "%s: %s", what, strerror(errno));
    _exit(EXIT_FAILURE);
}

/* The arguments: program, act, NAME=VALUE... */
static char **arguments;

const char *arg(const char *name)
{
    size_t len = strlen(name);

    for (char **a = arguments; *a; a++)
        if (strncmp(*a, name, len) == 0 && (*a)[len] == '=')
            return *a + len + 1;
    return "";
}

long arg_int(const char *name)
{
    return atol(arg(name));
}

void act_exec(const char *name)
{
    char **argv = arguments - 2; /* as main() got them */

    argv[1] = (char *)name;
    if (dup2(TO_JUDGE, 3) == 3)
        execv(argv[0], argv);
    act_broken("execute the worker again");
}

void act_hand_on(void)
{
    if (dup2(TO_JUDGE, 3) != 3) /* no O_CLOEXEC; main() looks for it there */
        act_broken("hand on the judge's socket");
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return EXIT_FAILURE;
    /* An act may execute the worker again: that one has no judge. */
    if (dup3(3, TO_JUDGE, O_CLOEXEC) >= 0)
        close(3);
    arguments = argv + 2;
    /* What a student prints to see how far he comes shall not be lost with the
     * process. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (const struct act *a = acts; a->name; a++)
        if (strcmp(a->name, argv[1]) == 0)
            a->run();
    fflush(NULL);
    hold("@end");
    return 0;
}
