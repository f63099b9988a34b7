/* SPDX-License-Identifier: MIT */
/*
 * transfer.c - layers in parallel
 *
 * Problem   One connection rarely fills a line, and while one layer unpacks,
 *           the next could already be on its way.
 * Idea      A process for each layer, three at a time, as docker does.  Each
 *           can be written as if it were alone: it waits, reads, writes.
 *
 *             parent <-- pipe 0 -- child: layer 0
 *                    <-- pipe 1 -- child: layer 1
 *                    <-- pipe 2 -- child: layer 2
 *             (draws)              layer 3, as soon as one of them is done
 *
 * Rules     1. A message is smaller than PIPE_BUF, so write(2) sends all of it
 *              at once.
 *           2. A pipe that ends without a last message: its child died.
 *           3. When one fails, the others are asked to stop, by closing a pipe
 *              that they look at, and clean up after themselves.  When we die,
 *              they are killed.
 * Read      fork(2), pipe(7), poll(2), prctl(2) PR_SET_PDEATHSIG;
 *           lessons/18-registry.md
 */
#include "image/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/spawn.h"

enum { AT_ONCE = 3, TELL_EVERY = 1 << 18 };

/* What goes through a pipe. */
struct message {
    struct transfer_news news;
    bool failed;
    struct mb_error error;
};
_Static_assert(sizeof(struct message) <= 4096, "rule 1");

/* A child at work. */
struct worker {
    pid_t pid;
    int fd;
    bool ended; /* its last message has come */
};

struct pool {
    const struct transfer *transfer;
    struct worker workers[AT_ONCE];
    size_t n, next;
    int cancel[2]; /* closed: stop */
};

/* ---- in the child ------------------------------------------------------- */

static int tell(struct transfer_line *line, const struct message *m)
{
    return fs_write_all(line->fd, m, sizeof *m, NULL);
}

static bool is_cancelled(const struct transfer_line *line)
{
    struct pollfd p = {.fd = line->cancel, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

int transfer_tell(struct transfer_line *line, enum transfer_state state,
                  uint64_t done, uint64_t total, struct mb_error *err)
{
    struct message m = {
        .news = {
            .job = line->job, .state = state, .done = done, .total = total}};

    if (is_cancelled(line))
        return mb_failx(err, "stopped: another layer failed");
    if (state == TRANSFER_BYTES && done < line->told + TELL_EVERY)
        return 0; /* so often that the eye can follow */
    line->told = done;
    return tell(line, &m);
}

int transfer_tell_result(struct transfer_line *line, enum transfer_state state,
                         const struct digest *digest, uint64_t size,
                         struct mb_error *err)
{
    struct message m = {.news = {.job = line->job,
                                 .state = state,
                                 .total = size,
                                 .digest = *digest}};

    return tell(line, &m) < 0 ? mb_fail(err, "tell the parent") : 0;
}

/* Do job JOB, and end. */
static _Noreturn void work(const struct pool *pool, size_t job, int fd)
{
    struct transfer_line line = {
        .fd = fd, .cancel = pool->cancel[0], .job = job};
    struct message last = {.news.job = job};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(pool->cancel[1]);
    for (size_t i = 0; i < pool->n; i++)
        close(pool->workers[i].fd);
    if (pool->transfer->work(pool->transfer->argument, &line, &last.error) <
        0) {
        last.failed = true;
        (void)tell(&line, &last);
        _exit(1);
    }
    _exit(0);
}

/* ---- in the parent ------------------------------------------------------ */

static int start_next(struct pool *pool, struct mb_error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    fflush(stdout); /* the child must not print it again */
    pid_t pid = fork();
    if (pid == 0)
        work(pool, pool->next, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return mb_fail(err, "fork");
    }
    pool->workers[pool->n++] = (struct worker){.pid = pid, .fd = ends[0]};
    pool->next++;
    return 0;
}

/* Read one message.  1, 0 at the end of the child, -1 for a failure. */
static int read_message(const struct pool *pool, struct worker *w,
                        struct mb_error *err)
{
    struct message m;
    ssize_t n;

    do
        n = read(w->fd, &m, sizeof m);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return 0;
    if (n != sizeof m)
        return mb_failx(err, "a child talks nonsense");
    if (m.failed) {
        if (err)
            *err = m.error;
        return -1;
    }
    w->ended |=
        m.news.state == TRANSFER_DONE || m.news.state == TRANSFER_EXISTS;
    if (pool->transfer->show)
        pool->transfer->show(pool->transfer->argument, &m.news);
    return 1;
}

/* The child is done: rule 2. */
static int reap(struct pool *pool, size_t i, struct mb_error *err)
{
    struct worker w = pool->workers[i];

    close(w.fd);
    pool->workers[i] = pool->workers[--pool->n];
    int code = spawn_wait(w.pid, err);
    if (code == 0 && w.ended)
        return 0;
    return mb_failx(err, "the process for a layer died (status %d)", code);
}

/* Wait for news from any child, and deal with them. */
static int wait_for_news(struct pool *pool, struct mb_error *err)
{
    struct pollfd p[AT_ONCE];

    for (size_t i = 0; i < pool->n; i++)
        p[i] = (struct pollfd){.fd = pool->workers[i].fd, .events = POLLIN};
    if (poll(p, pool->n, -1) < 0)
        return errno == EINTR ? 0 : mb_fail(err, "poll");
    /* From behind: reap() moves the last one into the gap. */
    for (size_t i = pool->n; i-- > 0;) {
        if (!p[i].revents)
            continue;
        int n = read_message(pool, &pool->workers[i], err);
        if (n < 0 || (n == 0 && reap(pool, i, err) < 0))
            return -1;
    }
    return 0;
}

/* Rule 3. */
static void stop_all(struct pool *pool)
{
    close(pool->cancel[1]);
    pool->cancel[1] = -1;
    while (pool->n > 0)
        if (read_message(pool, &pool->workers[0], NULL) == 0)
            (void)reap(pool, 0, NULL);
}

int transfer_run(const struct transfer *transfer, struct mb_error *err)
{
    struct pool pool = {.transfer = transfer};
    int result = 0;

    if (pipe2(pool.cancel, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    while (result == 0 && (pool.n > 0 || pool.next < transfer->n)) {
        if (pool.n < AT_ONCE && pool.next < transfer->n)
            result = start_next(&pool, err);
        else
            result = wait_for_news(&pool, err);
    }
    if (result < 0)
        stop_all(&pool);
    close(pool.cancel[0]);
    if (pool.cancel[1] >= 0)
        close(pool.cancel[1]);
    return result;
}
