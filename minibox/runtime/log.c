/* SPDX-License-Identifier: MIT */
/*
 * log.c - what a container has printed
 *
 * Problem   A detached container prints for days, and nobody looks.  Someone
 *           will want to know what it said, when, and on which stream; and it
 *           must not fill the disk.
 * Idea      Files with a line for each line, numbered; the last one grows:
 *
 *             stdout  "hello\n"  --.                    log/7   16 MiB
 *             stderr  "oops\n"   --+-> TIME stdout F    log/8   16 MiB
 *                                      TIME stderr F    log/9   grows
 *                                                       (log/5 has gone)
 *
 *           The order of lines is that in which they were read.  Of two pipes
 *           that have something at the same time, nobody knows which was first.
 *
 * Rules     1. A record is written at a newline, after 16 KiB, or at the end:
 *              so a prompt without a newline is seen late, as in Docker.
 *           2. A file that a reader has locked stays, and so do those after
 *              it: who follows a log loses nothing of it.
 *           3. Bytes stay bytes.  (Docker's JSON can't hold what is not UTF-8.)
 * Read      docker-logs(1), flock(2); the CRI's "kubelet log" format;
 *           lessons/26-monitor.md
 */
#include "runtime/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

static const char *const names[LOG_STREAMS] = {"stdout", "stderr"};

enum { TIME_LENGTH = 30, HEADER = TIME_LENGTH + sizeof " stdout F " - 1 };

/* ---- files -------------------------------------------------------------- */

/* The number that a file's name is, or 0. */
static unsigned long number_of(const char *name)
{
    return strspn(name, "0123456789") == strlen(name) ? strtoul(name, NULL, 10)
                                                      : 0;
}

void log_find(int dir, unsigned long *out_first, unsigned long *out_last)
{
    int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mb_autodir DIR *list = own < 0 ? NULL : fdopendir(own);
    struct dirent *entry;

    *out_first = *out_last = 0;
    while (list && (entry = readdir(list))) {
        unsigned long n = number_of(entry->d_name);
        if (n > *out_last)
            *out_last = n;
        if (n && (n < *out_first || *out_first == 0))
            *out_first = n;
    }
}

/* Remove the oldest files, but for rule 2: a reader (runtime/logread) has its
 * file locked, shared, and then we don't get it alone. */
static void remove_old(int dir, unsigned long newest)
{
    unsigned long first, last;

    log_find(dir, &first, &last);
    for (; first && first + LOG_FILES <= newest; first++) {
        mb_autofree char *name = mb_printf("%lu", first);
        mb_autoclose int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
            return;
        (void)unlinkat(dir, name, 0);
    }
}

/* Go on with the file NUMBER. */
static int open_file(struct log_writer *log, unsigned long number,
                     struct mb_error *err)
{
    mb_autofree char *name = mb_printf("%lu", number);
    struct stat st;

    mb_cleanup_close(&log->fd);
    log->fd =
        openat(log->dir, name,
               O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log->fd < 0 || fstat(log->fd, &st) < 0)
        return mb_fail(err, "open log/%s", name);
    log->number = number;
    log->size = st.st_size;
    return 0;
}

int log_open(const char *dir, struct log_writer *out, struct mb_error *err)
{
    mb_autoclose int container = fs_open_dir(AT_FDCWD, dir, err);
    unsigned long first, last;

    *out = (struct log_writer){.dir = -1, .fd = -1};
    for (int i = 0; i < LOG_STREAMS; i++)
        out->partial[i] = (struct buf)BUF_INIT;
    if (container < 0)
        return -1;
    if (mkdirat(container, "log", 0700) < 0 && errno != EEXIST)
        return mb_fail(err, "make %s/log", dir);
    out->dir = fs_open_dir(container, "log", err);
    if (out->dir < 0)
        return -1;
    log_find(out->dir, &first, &last);
    return open_file(out, last ? last : 1, err);
}

/* ---- writing ------------------------------------------------------------ */

/* Now, as in a record. */
static void print_time(char out[TIME_LENGTH + 1])
{
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    size_t n = strftime(out, TIME_LENGTH + 1, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, TIME_LENGTH + 1 - n, ".%09ldZ", now.tv_nsec);
}

/* What one call of log_write() makes: many records, one write(2). */
struct batch {
    char time[TIME_LENGTH + 1];
    const char *stream;
    struct buf text;
};

static void add_record(struct batch *b, bool whole, const char *data,
                       size_t size)
{
    char header[HEADER + 1];

    memcpy(header, b->time, TIME_LENGTH);
    snprintf(header + TIME_LENGTH, sizeof header - TIME_LENGTH, " %s %c ",
             b->stream, whole ? 'F' : 'P');
    buf_add(&b->text, header, HEADER);
    buf_add(&b->text, data, size);
    buf_addc(&b->text, '\n');
}

/* Write what the batch holds, and begin the next file if this one is full. */
static int flush(struct log_writer *log, struct batch *b, struct mb_error *err)
{
    size_t size = b->text.len;
    int result = size ? fs_write_all(log->fd, b->text.s, size, err) : 0;

    buf_done(&b->text);
    if (result < 0)
        return mb_wrap(err, "log/%lu", log->number);
    log->size += size;
    if (log->size < LOG_FILE_SIZE)
        return 0;
    if (open_file(log, log->number + 1, err) < 0)
        return -1;
    remove_old(log->dir, log->number);
    return 0;
}

/* A piece without a newline: keep it, or what of it is less than a record. */
static void add_partial(struct buf *partial, struct batch *b, const char *data,
                        size_t size)
{
    while (size > 0) {
        size_t room = LOG_RECORD - partial->len;
        size_t n = size < room ? size : room;
        buf_add(partial, data, n);
        data += n;
        size -= n;
        if (partial->len == LOG_RECORD) {
            add_record(b, false, partial->s, partial->len);
            buf_clear(partial);
        }
    }
}

/* A line, or its end. */
static void add_line(struct buf *partial, struct batch *b, const char *data,
                     size_t size)
{
    if (partial->len == 0 && size <= LOG_RECORD) { /* most of them */
        add_record(b, true, data, size);
        return;
    }
    add_partial(partial, b, data, size);
    add_record(b, true, partial->s, partial->len);
    buf_clear(partial);
}

int log_write(struct log_writer *log, enum log_stream stream, const char *data,
              size_t size, struct mb_error *err)
{
    struct batch b = {.stream = names[stream], .text = BUF_INIT};
    const char *end;

    print_time(b.time);
    while (size > 0 && (end = memchr(data, '\n', size))) {
        add_line(&log->partial[stream], &b, data, end - data);
        size -= end + 1 - data;
        data = end + 1;
    }
    add_partial(&log->partial[stream], &b, data, size);
    return flush(log, &b, err);
}

int log_close(struct log_writer *log, struct mb_error *err)
{
    int result = 0;

    for (int i = 0; i < LOG_STREAMS; i++) {
        struct batch b = {.stream = names[i], .text = BUF_INIT};
        print_time(b.time);
        if (log->partial[i].len && log->fd >= 0)
            add_record(&b, false, log->partial[i].s, log->partial[i].len);
        if (log->fd >= 0 && flush(log, &b, err) < 0)
            result = -1;
        buf_done(&log->partial[i]);
    }
    mb_cleanup_close(&log->fd);
    mb_cleanup_close(&log->dir);
    return result;
}

/* ---- reading ------------------------------------------------------------ */

bool log_parse(const char *line, size_t size, struct log_record *out)
{
    if (size < HEADER || line[TIME_LENGTH] != ' ' || line[HEADER - 3] != ' ' ||
        line[HEADER - 1] != ' ')
        return false;
    const char *stream = line + TIME_LENGTH + 1;
    char kind = line[HEADER - 2];
    *out = (struct log_record){.time = line,
                               .whole = kind == 'F',
                               .text = line + HEADER,
                               .size = size - HEADER};
    for (int i = 0; i < LOG_STREAMS; i++) {
        if (strncmp(stream, names[i], strlen(names[i])) == 0) {
            out->stream = i;
            return kind == 'F' || kind == 'P';
        }
    }
    return false;
}
