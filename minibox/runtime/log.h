/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * What a container has printed, in the files containers/ID/log/1, 2, 3, ...,
 * a record a line: time, stream, F or P, and what was printed:
 *
 *     2026-11-25T15:04:05.123456789Z stdout F hello
 *     2026-11-25T15:04:05.123456789Z stderr P no newline behind this
 *
 * F: there was a newline.  P: there was none, and the next record of this
 * stream goes on where it ends.  Source: the log format of Kubernetes' CRI.
 */
enum {
    LOG_RECORD = 16384,       /* bytes of what was printed, at most */
    LOG_FILE_SIZE = 16 << 20, /* then the next file begins */
    LOG_FILES = 4,            /* and the oldest of more than these goes */
};
enum log_stream { LOG_STDOUT, LOG_STDERR, LOG_STREAMS };

/* ---- the monitor's side ---- */

struct log_writer {
    int dir;                         /* of the log; -1: nothing is written */
    int fd;                          /* the file that grows */
    unsigned long number;            /* its name */
    size_t size;                     /* of it */
    struct buf partial[LOG_STREAMS]; /* a line whose end has not come yet */
};

/* Go on with the log in DIR, a container's directory; it is made if it is
 * missing. */
int log_open(const char *dir, struct log_writer *out, struct mb_error *err);
/* Note what came on a stream, in pieces of any size. */
int log_write(struct log_writer *log, enum log_stream stream, const char *data,
              size_t size, struct mb_error *err);
/* Note what had no newline, and close. */
int log_close(struct log_writer *log, struct mb_error *err);

/* ---- the reader's side ---- */

struct log_record {
    const char *time; /* the 30 characters of "2026-...Z"; no NUL behind */
    enum log_stream stream;
    bool whole; /* F: a newline belongs to it */
    const char *text;
    size_t size;
};

/* The first and the last of the files in a log's directory; 0 when there is
 * none. */
void log_find(int dir, unsigned long *out_first, unsigned long *out_last);

/* Read the record in the line that is SIZE bytes long, without its newline.
 * False when it is none. */
bool log_parse(const char *line, size_t size, struct log_record *out);

#endif
