/* SPDX-License-Identifier: MIT */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * An error is a value: a flat struct that its owner keeps on the stack.
 * There is nothing to free, and it is smaller than PIPE_BUF, so a child can
 * send one to its parent with a single atomic write(2) (see linux/spawn.h).
 *
 * Every function that can fail takes a `struct mb_error *err` last.  NULL is
 * allowed and means "I only need to know that it failed".
 */
struct mb_error {
    int code;       /* exit status for the command line; 0: not decided */
    int errnum;     /* errno at the time of the failure; 0: none */
    char msg[1500]; /* lower case, names the object, no trailing dot */
    char hint[400]; /* what the human should do next; may be "" */
};

#define MB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Fill *err with the message and ": " strerror(errno).  Always returns -1,
 * so that callers can write `return mb_fail(err, "open %s", path);`. */
int mb_fail(struct mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);

/* The same without errno, for failures that the kernel knows nothing of. */
int mb_failx(struct mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);

/* Put "prefix: " before the message that *err already holds.  Returns -1. */
int mb_wrap(struct mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);

/* Say what the human should do next.  Returns -1. */
int mb_hint(struct mb_error *err, const char *fmt, ...) MB_PRINTF(2, 3);

/* Decide the exit status that this failure deserves.  Returns -1. */
int mb_code(struct mb_error *err, int code);

/* A warning: one line on stderr that does not stop the work. */
void mb_warn(const char *fmt, ...) MB_PRINTF(1, 2);

#endif
