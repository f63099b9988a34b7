/* SPDX-License-Identifier: MIT */
/*
 * monitor.c - a container that outlives its command line
 *
 * Problem   `run -d` comes back at once, and the terminal may be closed.  But
 *           somebody must be the container's parent: read what it prints, wait
 *           for it, write down its exit code, clean up.  Docker has a daemon
 *           for that, and a shim for each container.
 * Idea      A process for each container, and no daemon.  It is our own child,
 *           let go:
 *
 *             minibox run -d            monitor               container
 *               fork ----------------->  session of its own
 *               wait                     pipes, clone -------> exec
 *               <------ "it runs" -----  read pipes  <-------- prints
 *               print the ID, exit       log/1
 *                                        wait        <-------- ends
 *                                        state.json, exit
 *
 * Rules     1. It keeps nothing of ours: not the terminal, not the directory
 *              we are in, not a descriptor, so that nobody waits for it in
 *              vain ($(minibox run -d ...) reads until the last writer closes).
 *           2. Standard input of a container with -i is a pipe whose other end
 *              the monitor holds: `sh` waits, as it would for a user.
 *           3. A log that can't be written does not stop the container.  What
 *              it prints is read all the same, or it would stand still.
 *           4. If the monitor is killed, the container ends with it: nobody
 *              could write its log or its end any more.  Its keeper sees to
 *              that (runtime/keeper), and `ps` says "Exited (137)".
 * Read      setsid(2), daemon(7), pipe(7); lessons/26-monitor.md
 */
#include "runtime/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/mem.h"
#include "linux/spawn.h"
#include "runtime/keeper.h"
#include "runtime/log.h"

/* The monitor's process. */
struct watch {
    const struct monitor *monitor;
    struct handshake handshake;
    struct log_writer log;
    int out[LOG_STREAMS]; /* our ends of the container's output; -1: closed */
    int writers[2];       /* the container's ends, as long as we have them */
};

/* ---- what it prints ------------------------------------------------------ */

/* With a terminal all comes from its master. */
static void watch_begin(void *argument, int master)
{
    struct watch *w = argument;

    for (int i = 0; i < 2; i++)
        mb_cleanup_close(&w->writers[i]);
    if (master >= 0) {
        mb_cleanup_close(&w->out[LOG_STDOUT]);
        mb_cleanup_close(&w->out[LOG_STDERR]);
        w->out[LOG_STDOUT] = fcntl(master, F_DUPFD_CLOEXEC, 3);
    }
}

static size_t watch_want(void *argument, struct pollfd *fds)
{
    const struct watch *w = argument;

    for (int i = 0; i < LOG_STREAMS; i++)
        fds[i] = (struct pollfd){.fd = w->out[i], .events = POLLIN};
    return LOG_STREAMS;
}

/* Read once from a stream, into the log (rule 3). */
static void pump(struct watch *w, enum log_stream stream)
{
    enum { CHUNK = 1 << 16 };
    static char chunk[CHUNK]; /* the monitor has one thread */
    ssize_t n = read(w->out[stream], chunk, CHUNK);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) /* EIO: the terminal's last user has gone */
        mb_cleanup_close(&w->out[stream]);
    else if (w->log.fd >= 0)
        (void)log_write(&w->log, stream, chunk, n, NULL);
}

static void watch_handle(void *argument, const struct pollfd *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i].fd >= 0 && fds[i].revents)
            pump(argument, i);
}

/* All its processes are gone, so each stream has an end, but for one that
 * somebody outside was given, over a socket. */
static void watch_end(void *argument)
{
    struct watch *w = argument;
    struct pollfd fds[LOG_STREAMS];

    while (poll(fds, watch_want(w, fds), 0) > 0)
        watch_handle(w, fds, LOG_STREAMS);
    (void)log_close(&w->log, NULL);
}

/* ---- the process --------------------------------------------------------- */

/* Rule 1.  Of all descriptors these stay:
 *
 *     0 1 2   /dev/null
 *     3       the line to the command that started us, until it is told
 *     4       the narrator of --explain, until then
 */
static int let_go(struct watch *w)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Out of the way: it may be 2 or 4 now. */
    int line = fcntl(w->handshake.child, F_DUPFD_CLOEXEC, 10);

    if (null < 0 || line < 0 || setsid() < 0 || chdir("/") < 0)
        return -1;
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(null, fd) < 0)
            return -1;
    if (dup3(line, 3, O_CLOEXEC) < 0)
        return -1;
    w->handshake.child = 3;
    explain_move(4);
    close_range(explain_enabled() ? 5 : 4, ~0U, 0);
    (void)prctl(PR_SET_NAME, "minibox-monitor");
    (void)signal(SIGHUP, SIG_IGN);
    return 0;
}

/* Pipes for what the container prints, and for what it reads (rule 2). */
static int make_pipes(struct watch *w, struct container_spec *spec,
                      struct mb_error *err)
{
    int ends[2];

    for (int i = 0; i < LOG_STREAMS; i++) {
        if (pipe2(ends, O_CLOEXEC) < 0)
            return mb_fail(err, "make a pipe");
        w->out[i] = ends[0];
        w->writers[i] = ends[1];
    }
    spec->out = w->writers[0];
    spec->errors = w->writers[1];
    if (!spec->interactive || spec->tty)
        return 0;
    if (pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[0], STDIN_FILENO) < 0)
        return mb_fail(err, "make a pipe");
    close(ends[0]);
    return 0; /* the other end stays open until we end */
}

/* It runs: so say to those who wait for it. */
static void tell_started(pid_t pid, void *argument)
{
    struct watch *w = argument;

    w->monitor->started(pid, w->monitor->argument);
    explain_disable();
    mb_cleanup_close(&w->handshake.child); /* end of file means: it runs */
}

static _Noreturn void monitor_main(struct watch *w,
                                   const struct container_spec *wanted)
{
    const struct container_io io = {.begin = watch_begin,
                                    .want = watch_want,
                                    .handle = watch_handle,
                                    .end = watch_end,
                                    .argument = w};
    struct container_spec spec = *wanted;
    struct container_result result = {0};
    struct mb_error err = {0};

    handshake_in_child(&w->handshake);
    spec.io = &io;
    if (let_go(w) < 0)
        mb_fail(&err, "leave the terminal");
    else if (log_open(w->monitor->dir, &w->log, &err) == 0 &&
             make_pipes(w, &spec, &err) == 0 &&
             container_run(&spec, tell_started, w, &result, &err) == 0) {
        w->monitor->ended(&result, NULL, w->monitor->argument);
        keeper_reap(); /* it is our child, and may still be ending */
        _exit(0);
    }
    if (err.code == 0)
        err.code = EXIT_MINIBOX;
    w->monitor->ended(&result, &err, w->monitor->argument);
    handshake_fail(&w->handshake, &err);
}

int monitor_start(const struct monitor *monitor,
                  const struct container_spec *spec, struct mb_error *err)
{
    struct watch w = {.monitor = monitor,
                      .log = {.dir = -1, .fd = -1},
                      .out = {-1, -1},
                      .writers = {-1, -1}};

    if (handshake_open(&w.handshake, err) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        monitor_main(&w, spec);
    handshake_in_parent(&w.handshake);
    if (pid < 0) {
        close(w.handshake.parent);
        return mb_fail(err, "start a monitor");
    }
    return handshake_wait(&w.handshake, NULL, err);
}
