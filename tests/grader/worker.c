/* SPDX-License-Identifier: MIT */
/*
 * worker.c - one act of a worker, as the judge lives through it
 *
 * Problem   Whoever waits for student code must expect anything: an answer, a
 *           crash, exit(0), silence, two answers from two processes.
 * Idea      The judge waits for two things at once, a packet and the end of the
 *           cage, with a deadline.  Each way to end is a verdict of its own:
 *
 *             packet "@end"           the act returned: good
 *             end, killed by a signal crash
 *             end, with exit status   early exit
 *             deadline                time-out, and what the kernel shows
 *             "@end" and a process    leaked child
 *
 * Rules     1. Who sent a packet is told by the kernel (SCM_CREDENTIALS), not
 *              by the packet.
 *           2. What was sent before the end counts: read the socket empty
 *              first.
 * Read      unix(7), pidfd_open(2); act.h is the other side
 */
#include "grader/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/verdict.h"

enum { MAX_HOLDS = 16, MAX_PACKET = 16384, MAX_TOLD = 4000 };

/* A process that holds still. */
struct held {
    char name[64];
    pid_t pid;
    int fd; /* closing it lets the process go on; -1: has gone on */
};

static struct {
    bool running;
    const char *ran;
    struct cage cage;
    int socket, output;
    struct strv told; /* "name=value", in order */
    struct held held[MAX_HOLDS];
    int n_held;
    bool hung_up; /* no process has the socket any more */
    int status;   /* the program's, once the cage has ended */
    bool ended;
} w;

/* ---- start and end ------------------------------------------------------- */

/* Our own fault, not the student's. */
static _Noreturn void broken(const char *what, const char *why)
{
    FLUNK(.observed = text("%s: %s", what, why), .cause = "grader");
}

static void open_channels(int *out_theirs)
{
    int pair[2], on = 1;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        broken("make a socket pair", strerror(errno));
    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    w.socket = pair[0];
    *out_theirs = pair[1];
    w.output = memfd_create("output", MFD_CLOEXEC);
}

void worker_start(const char *ran, const char *act, ...)
{
    const struct sitting *s = exam_sitting();
    const struct cage_bind binds[] = {{s->worker_dir, "work", false}, {0}};
    mb_autostrv struct strv argv = {0};
    struct mb_error err = {0};
    const char *argument;
    va_list ap;
    int theirs;

    worker_kill();
    memset(&w, 0, sizeof w);
    w.ran = ran;
    strv_addf(&argv, "/work/%s", s->worker);
    strv_add(&argv, act);
    va_start(ap, act);
    while ((argument = va_arg(ap, const char *)))
        strv_add(&argv, argument);
    va_end(ap);
    open_channels(&theirs);
    const struct cage_spec spec = {.kind = s->kind,
                                   .argv = argv.v,
                                   .binds = binds,
                                   .spare_dir = s->spare_dir,
                                   .socket = theirs,
                                   .output = w.output,
                                   .cpu_seconds = s->patience * 2 + 1};
    if (cage_start(&spec, &w.cage, &err) < 0)
        broken("start the cage", err.msg);
    close(theirs);
    w.running = true;
}

void worker_kill(void)
{
    if (!w.running)
        return;
    cage_end(&w.cage);
    for (int i = 0; i < w.n_held; i++)
        if (w.held[i].fd >= 0)
            close(w.held[i].fd);
    close(w.socket);
    close(w.output);
    w.running = false;
}

/* ---- packets ------------------------------------------------------------- */

/* Keep what came: a value, or a process that holds. */
static void take(char *packet, pid_t sender, int fd)
{
    if (strncmp(packet, "@broken=", 8) == 0)
        broken("the act", packet + 8);
    if (strncmp(packet, "@hold ", 6) != 0) {
        if (w.told.n < MAX_TOLD)
            strv_add(&w.told, packet);
        return;
    }
    if (w.n_held == MAX_HOLDS) { /* no act has that many: a forger */
        if (fd >= 0)
            close(fd);
        return;
    }
    struct held *h = &w.held[w.n_held++];
    snprintf(h->name, sizeof h->name, "%.60s", packet + 6);
    h->pid = sender; /* rule 1 */
    h->fd = fd;
}

/* Receive one packet if there is one.  false: none. */
static bool receive(void)
{
    static char packet[MAX_PACKET + 1];
    struct iovec payload = {.iov_base = packet, .iov_len = MAX_PACKET};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = &payload,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof control.space};
    pid_t sender = 0;
    int fd = -1;

    ssize_t n = recvmsg(w.socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return false;
    /* An empty packet has a sender; the end of all senders has none. */
    if (n == 0 && m.msg_controllen == 0) {
        w.hung_up = true;
        return false;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_type == SCM_RIGHTS)
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
        else if (c->cmsg_type == SCM_CREDENTIALS)
            sender = ((struct ucred *)CMSG_DATA(c))->pid;
    packet[n] = '\0';
    take(packet, sender, fd);
    return true;
}

/* Wait for a packet or the end.  false when nothing came until DEADLINE. */
static bool pump(double deadline)
{
    if (!w.hung_up && receive()) /* rule 2 */
        return true;
    if (w.ended)
        return true;
    enum { SOCKET, CAGE };
    struct pollfd fds[] = {
        [SOCKET] = {.fd = w.hung_up ? -1 : w.socket, .events = POLLIN},
        [CAGE] = {.fd = w.cage.pidfd, .events = POLLIN},
    };
    double left = deadline - exam_clock();
    if (left <= 0 || poll(fds, 2, left * 1000 + 1) == 0)
        return false;
    if (fds[CAGE].revents && !(fds[SOCKET].revents & POLLIN))
        w.ended = cage_wait(&w.cage, 0, &w.status);
    return true;
}

/* ---- what tests call ---------------------------------------------------- */

static struct held *find_held(const char *name)
{
    for (int i = 0; i < w.n_held; i++)
        if (w.held[i].fd >= 0 && strcmp(w.held[i].name, name) == 0)
            return &w.held[i];
    return NULL;
}

/* Wait for hold NAME; NULL: the act came to its end instead.  (`ended` is set
 * only when the socket is empty: nothing that was sent is missed.) */
static struct held *wait_for(const char *name)
{
    double deadline = exam_clock() + exam_sitting()->patience;

    while (!find_held(name) && !find_held("@end") && !w.ended)
        if (!pump(deadline))
            verdict_stuck(w.cage.pid);
    return find_held(name);
}

/* Did each child of the act's come back from the student's code?  in_child() in
 * the act says "@back" in the child, and "@child" with its wait status in the
 * parent. */
static void check_children(void)
{
    const char *status = worker_told("@child");

    if (!status || worker_told_times("@back") == worker_told_times("@child"))
        return;
    w.status = atoi(status);
    verdict_ended(w.status);
}

pid_t worker_hold(const char *name)
{
    struct held *h = wait_for(name);

    if (h)
        return h->pid;
    if (w.ended)
        verdict_ended(w.status);
    check_children();
    FLUNK(.expected = text("the act comes to \"%s\"", name),
          .observed = "it ended without");
}

bool worker_reaches(const char *name)
{
    return wait_for(name) != NULL;
}

bool worker_holds(const char *name)
{
    while (receive())
        ;
    return find_held(name) != NULL;
}

void worker_go(const char *name)
{
    struct held *h = find_held(name);

    if (!h)
        return;
    close(h->fd);
    h->fd = -1;
}

/* Did a second process come to the end of the act, or is one left over? */
static void check_leftovers(const struct held *end)
{
    /* All but the act itself: an orphan belongs to the cage's PID 1. */
    const char *left = see_children(w.cage.pid, end->pid);

    if (end->pid != worker_pid() || find_held("@end") != end)
        FLUNK(.expected = "one process returns from the function",
              .observed = "two do: a child that it forked came back too",
              .cause = "leaked-child",
              .why = "after a failed exec a child must leave by _exit(2), "
                     "else it goes on as a second copy of its parent");
    if (*left)
        FLUNK(.expected = "no process is left when the function has returned",
              .observed = "these are still there", .shows = left,
              .cause = "leaked-child",
              .why = "who forks a child must wait for it, or end it");
}

void worker_end(void)
{
    struct held *end = wait_for("@end");

    if (!end)
        verdict_ended(w.status);
    check_children();
    check_leftovers(end);
    worker_go("@end");
}

int worker_end_status(void)
{
    double deadline = exam_clock() + exam_sitting()->patience;

    while (!w.ended) {
        worker_go("@end");
        if (!pump(deadline))
            verdict_stuck(w.cage.pid);
    }
    while (receive())
        ;
    return w.status;
}

/* The value of the packet I, if it is one of NAME; else NULL. */
static const char *value_of(size_t i, const char *name)
{
    size_t len = strlen(name);
    const char *packet = w.told.v[i];

    return strncmp(packet, name, len) == 0 && packet[len] == '='
               ? packet + len + 1
               : NULL;
}

const char *worker_told(const char *name)
{
    for (size_t i = w.told.n; i-- > 0;)
        if (value_of(i, name))
            return value_of(i, name);
    return NULL;
}

int worker_told_times(const char *name)
{
    int times = 0;

    for (size_t i = 0; i < w.told.n; i++)
        times += value_of(i, name) != NULL;
    return times;
}

const char *worker_said(const char *words)
{
    for (size_t i = 0; i < w.told.n; i++)
        if (strchr(w.told.v[i], '=') && strstr(w.told.v[i], words))
            return strchr(w.told.v[i], '=') + 1;
    return NULL;
}

pid_t worker_cage_pid(void)
{
    return w.cage.pid;
}

pid_t worker_pid(void)
{
    return atoi(see_proc(w.cage.pid, text("task/%d/children", w.cage.pid)));
}

const char *worker_ran(void)
{
    return w.ran;
}

const char *worker_output(void)
{
    enum { ENOUGH = 4000 };
    char *buffer = mb_alloc(ENOUGH + 1); /* ends with the test's process */

    if (!w.running || pread(w.output, buffer, ENOUGH, 0) < 0)
        return "";
    return buffer;
}
