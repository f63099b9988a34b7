/* SPDX-License-Identifier: MIT */
/*
 * life.c - a running container, reached from outside
 *
 * Problem   `stop`, `kill` and `wait` are commands of their own: they are
 *           neither the container's parent, who could wait for it, nor sure
 *           that process 4711 still is what state.json says it is.
 * Idea      Hold on to processes by descriptors (pidfds).  The kernel never
 *           lets such a descriptor mean another process, and poll(2) wakes us
 *           when it ends:
 *
 *             stop                       the container's PID 1
 *               SIGTERM  ------------->  has a handler: ends in good order
 *               poll, 10 s at most       has none: the kernel drops it
 *               SIGKILL  ------------->  ends
 *               inotify  <-------------  its monitor writes state.json
 *
 * Rules     1. First the pidfd, then the look at whether PID and start time
 *              are those of state.json: in the other order, the process could
 *              be replaced in between.
 *           2. An end counts when it is written down: `stop` is followed by
 *              `ps`, which shall know.  Without a monitor nobody will write.
 *           3. Who waits has the directory locked, shared; who removes it
 *              (--rm) locks it alone: the exit code does not vanish before it
 *              is read.
 * Read      pidfd_open(2), pidfd_send_signal(2), inotify(7), flock(2);
 *           lessons/25-life.md
 */
#include "runtime/life.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "linux/spawn.h"

/* A pidfd of the process that KEY of state.json names, or -1. */
static int open_process(const json_t *state, const char *key)
{
    int pid = json_integer_value(json_object_get(state, key));

    return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

void life_open(const struct container *c, struct life *out)
{
    json_t *state = state_read(c, "state.json");

    *out = (struct life){.c = c,
                         .first = open_process(state, "pid"),
                         .monitor = open_process(state, "monitor")};
    json_decref(state);
    if (!state_is_running(c)) /* rule 1 */
        mb_cleanup_close(&out->first);
    if (!state_has_monitor(c))
        mb_cleanup_close(&out->monitor);
}

void life_close(struct life *life)
{
    mb_cleanup_close(&life->first);
    mb_cleanup_close(&life->monitor);
}

int life_signal(const struct life *life, int signal, struct mb_error *err)
{
    if (life->first < 0)
        return mb_failx(err,
                        "cannot kill container: %s: container %s is not "
                        "running",
                        life->c->name, life->c->id);
    /* ESRCH: it ended just now, which is what was wanted. */
    if (syscall(SYS_pidfd_send_signal, life->first, signal, NULL, 0) < 0 &&
        errno != ESRCH)
        return mb_fail(err, "signal container %s", life->c->name);
    return 0;
}

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)1000 + now.tv_nsec / 1000000;
}

bool life_wait(const struct life *life, int seconds)
{
    int64_t end = milliseconds() + seconds * (int64_t)1000;
    struct pollfd fd = {.fd = life->first, .events = POLLIN};

    if (life->first < 0)
        return true;
    for (;;) {
        int64_t left = seconds < 0 ? -1 : end - milliseconds();
        int n = poll(&fd, 1, seconds < 0 ? -1 : left > 0 ? (int)left : 0);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

/* Has its end been written down? */
static bool is_settled(const struct container *c)
{
    json_t *state = state_read(c, "state.json");
    const char *status = json_string_value(json_object_get(state, "status"));
    bool settled = !status || strcmp(status, "running") != 0;

    json_decref(state);
    return settled;
}

/* Rule 2: wait for state.json to be replaced, or for the end of its monitor. */
static int wait_settled(const struct life *life, struct mb_error *err)
{
    mb_autoclose int notes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    char events[4096];

    if (notes < 0 ||
        inotify_add_watch(notes, life->c->dir, IN_MOVED_TO | IN_MOVE_SELF) < 0)
        return errno == ENOENT ? 0 /* removed */
                               : mb_fail(err, "watch %s", life->c->dir);
    while (!is_settled(life->c)) {
        struct pollfd fds[] = {{.fd = notes, .events = POLLIN},
                               {.fd = life->monitor, .events = POLLIN}};
        if (life->monitor < 0)
            return 0;
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return mb_fail(err, "wait for container %s", life->c->name);
        if (fds[1].revents)
            return 0;
        while (read(notes, events, sizeof events) > 0)
            ;
    }
    return 0;
}

int life_stop(const struct life *life, int signal, int seconds,
              struct mb_error *err)
{
    if (life->first < 0)
        return 0;
    if (life_signal(life, signal, err) < 0)
        return -1;
    if (!life_wait(life, seconds) && life_signal(life, SIGKILL, err) < 0)
        return -1;
    (void)life_wait(life, -1);
    return wait_settled(life, err);
}

int life_result(const struct life *life, struct mb_error *err)
{
    mb_autoclose int lock = state_lock(life->c, false, err); /* rule 3 */

    if (lock < 0 || wait_settled(life, err) < 0)
        return -1;
    json_t *state = state_read(life->c, "state.json");
    int code = json_object_get(state, "status") ? state_exit_code(state) : 0;
    json_decref(state);
    return code;
}
