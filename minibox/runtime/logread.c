/* SPDX-License-Identifier: MIT */
/*
 * logread.c - reading a log, and following it
 *
 * Problem   `logs -f` shows what there is, and then what comes, until the
 *           container ends: no line twice, none lost, and no processor time
 *           while nothing happens.
 * Idea      Read to the end of the last file.  Then sleep until the kernel says
 *           that the directory has changed, and read on from the same place:
 *
 *             log/7 log/8 log/9       inotify: log/9 was written to   -> read
 *                           ^         inotify: log/10 was made        -> read 9
 *                           |                                   to its end, 10
 *                      we are here    pidfd: the monitor has ended   -> read to
 *                                                                       the end
 *
 * Rules     1. The watch is set before the first look: what is written in
 *              between wakes us as well.
 *           2. The file that is being read is locked, shared, so that its
 *              writer removes neither it nor what comes after it
 *              (runtime/log); the next is locked before it is let go.
 *           3. A line whose newline has not been written yet is left for the
 *              next time.
 * Read      inotify(7), flock(2); lessons/26-monitor.md
 */
#include "runtime/logread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "runtime/life.h"

/* Where we are in a log. */
struct reading {
    const struct logread *how;
    int dir;              /* of the log */
    unsigned long number; /* the file */
    int fd;               /* -1: not opened yet */
    struct buf rest;      /* of a line that is not complete (rule 3) */
    unsigned long skip;   /* lines before those that --tail wants */
};

/* ---- files -------------------------------------------------------------- */

/* Open the file NUMBER and lock it (rule 2); -1 if it is not there. */
static int open_number(int dir, unsigned long number)
{
    mb_autofree char *name = mb_printf("%lu", number);
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        (void)flock(fd, LOCK_SH);
    return fd;
}

/* Go on to the next file, if there is one. */
static bool next_file(struct reading *r)
{
    int fd = open_number(r->dir, r->number + 1);

    if (fd < 0)
        return false;
    mb_cleanup_close(&r->fd);
    r->fd = fd;
    r->number++;
    return true;
}

/* ---- records ------------------------------------------------------------ */

/* Hand one line on, if it is wanted. */
static int tell_line(struct reading *r, const char *line, size_t size)
{
    struct log_record record;

    if (!log_parse(line, size, &record))
        return 0;
    if (r->skip > 0) {
        r->skip -= record.whole;
        return 0;
    }
    if (r->how->since &&
        strncmp(record.time, r->how->since, strlen(r->how->since)) < 0)
        return 0;
    return r->how->record(&record, r->how->argument);
}

/* Hand on all complete lines of DATA, and keep the rest. */
static int tell_lines(struct reading *r, const char *data, size_t size)
{
    const char *end;
    int result = 0;

    while (result == 0 && size > 0 && (end = memchr(data, '\n', size))) {
        if (r->rest.len) {
            buf_add(&r->rest, data, end - data);
            result = tell_line(r, r->rest.s, r->rest.len);
            buf_clear(&r->rest);
        } else {
            result = tell_line(r, data, end - data);
        }
        size -= end + 1 - data;
        data = end + 1;
    }
    if (result == 0)
        buf_add(&r->rest, data, size);
    return result;
}

/* Read to the end of this file, as far as it has been written. */
static int read_file(struct reading *r, struct mb_error *err)
{
    enum { CHUNK = 1 << 16 };
    mb_autofree char *chunk = mb_alloc(CHUNK);
    int result = 0;
    ssize_t n;

    while (result == 0 && (n = read(r->fd, chunk, CHUNK)) != 0) {
        if (n > 0)
            result = tell_lines(r, chunk, n);
        else if (errno != EINTR)
            return mb_fail(err, "read log/%lu", r->number);
    }
    return result;
}

/* Read to the end of the last file.  A next one is only made after the last
 * write to this one: so look for it first, and read what may have come. */
static int read_on(struct reading *r, struct mb_error *err)
{
    for (;;) {
        mb_autofree char *next = mb_printf("%lu", r->number + 1);
        bool is_last = faccessat(r->dir, next, F_OK, 0) < 0;
        int result = r->fd < 0 ? 0 : read_file(r, err);
        if (result != 0)
            return result;
        if (is_last || !next_file(r)) {
            r->how->caught_up(r->how->argument);
            return 0;
        }
    }
}

/* ---- the beginning ------------------------------------------------------- */

/* Lines, and the beginnings of those whose end has not come yet. */
struct lines {
    unsigned long whole;
    bool begun[LOG_STREAMS];
};

static int count_line(const struct log_record *record, void *argument)
{
    struct lines *lines = argument;

    lines->whole += record->whole;
    lines->begun[record->stream] = !record->whole;
    return 0;
}

static void nothing(void *argument)
{
    (void)argument;
}

/* --tail: how many lines are before the last ones. */
static int count_skipped(const struct reading *r, unsigned long *out,
                         struct mb_error *err)
{
    struct lines lines = {0};
    const struct logread all = {.tail = -1,
                                .record = count_line,
                                .caught_up = nothing,
                                .argument = &lines};
    struct reading count = {.how = &all,
                            .dir = r->dir,
                            .number = r->number,
                            .fd = open_number(r->dir, r->number),
                            .rest = BUF_INIT};
    int result = read_on(&count, err);

    buf_done(&count.rest);
    mb_cleanup_close(&count.fd);
    unsigned long n =
        lines.whole + lines.begun[LOG_STDOUT] + lines.begun[LOG_STDERR];
    *out = n > (unsigned long)r->how->tail ? n - r->how->tail : 0;
    return result;
}

/* Stand before the first record that is wanted. */
static int begin(struct reading *r, struct mb_error *err)
{
    unsigned long last;

    log_find(r->dir, &r->number, &last);
    if (r->number == 0)
        r->number = 1; /* nothing yet */
    r->fd = open_number(r->dir, r->number);
    return r->how->tail < 0 || r->fd < 0 ? 0 : count_skipped(r, &r->skip, err);
}

/* ---- following ----------------------------------------------------------- */

/* Sleep until something has been written, or nobody will write any more:
 * false. */
static bool wait_for_more(int notes, const struct life *life)
{
    struct pollfd fds[] = {{.fd = notes, .events = POLLIN},
                           {.fd = life->monitor, .events = POLLIN}};
    char events[4096];

    if (life->monitor < 0)
        return false;
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    while (read(notes, events, sizeof events) > 0)
        ;
    return !fds[1].revents;
}

/* Until its monitor has ended; what it wrote last is read after that. */
static int follow(struct reading *r, int notes, const struct life *life,
                  struct mb_error *err)
{
    bool more = true;
    int result = 0;

    while (result == 0 && more) {
        more = wait_for_more(notes, life);
        result = read_on(r, err);
    }
    return result;
}

/* The log is open. */
static int read_log(struct reading *r, const struct container *c,
                    struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/log", c->dir);
    mb_autoclose int notes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    mb_autolife struct life life = {.first = -1, .monitor = -1};

    if (r->how->follow)
        life_open(c, &life);
    if (r->how->follow && /* rule 1 */
        (notes < 0 ||
         inotify_add_watch(notes, path, IN_MODIFY | IN_CREATE) < 0))
        return mb_fail(err, "watch %s", path);
    int result = begin(r, err);
    if (result == 0)
        result = read_on(r, err);
    if (result == 0 && r->how->follow)
        result = follow(r, notes, &life, err);
    return result;
}

int logread_run(const struct container *c, const struct logread *how,
                struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/log", c->dir);
    struct reading r = {.how = how, .fd = -1, .rest = BUF_INIT};

    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    r.dir = fs_open_dir(AT_FDCWD, path, err);
    int result = r.dir < 0 ? -1 : read_log(&r, c, err);
    mb_cleanup_close(&r.fd);
    mb_cleanup_close(&r.dir);
    buf_done(&r.rest);
    return result;
}
