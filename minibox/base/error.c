/* SPDX-License-Identifier: MIT */
/*
 * error.c - errors as values
 *
 * Problem   C has one errno for everybody.  By the time somebody prints it,
 *           nobody remembers which file it was about.
 * Idea      The function that fails writes the sentence, because it knows the
 *           object.  Its callers may put words before it.  Only the command
 *           line prints it, once:
 *
 *             fs_read_file   open /x: No such file or directory
 *             image_load     read image config: open /x: No such ...
 *             cli/main       minibox: read image config: open /x: No such ...
 *
 * Rules     1. Never print below cli/; return -1 and leave the rest to it.
 *           2. An error is overwritten only by a later failure, never cleared
 *              by a success: look at the return value first.
 * Read      errno(3), strerror(3)
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int mb_fail(struct mb_error *err, const char *fmt, ...)
{
    int saved = errno;
    va_list ap;

    if (!err)
        return -1;
    *err = (struct mb_error){.errnum = saved};
    va_start(ap, fmt);
    int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->msg)
        snprintf(err->msg + n, sizeof err->msg - n, ": %s", strerror(saved));
    return -1;
}

int mb_failx(struct mb_error *err, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return -1;
    *err = (struct mb_error){0};
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    return -1;
}

int mb_wrap(struct mb_error *err, const char *fmt, ...)
{
    char inner[sizeof err->msg];
    va_list ap;

    if (!err)
        return -1;
    memcpy(inner, err->msg, sizeof inner);
    va_start(ap, fmt);
    int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->msg)
        snprintf(err->msg + n, sizeof err->msg - n, ": %.*s",
                 (int)(sizeof err->msg - n), inner);
    return -1;
}

int mb_hint(struct mb_error *err, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return -1;
    va_start(ap, fmt);
    vsnprintf(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
    return -1;
}

int mb_code(struct mb_error *err, int code)
{
    if (err)
        err->code = code;
    return -1;
}

void mb_warn(const char *fmt, ...)
{
    va_list ap;

    fputs("minibox: warning: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}
