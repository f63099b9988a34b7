/* SPDX-License-Identifier: MIT */
/*
 * explain.c - the narrator of --explain
 *
 * Problem   A container starts in three milliseconds and forty system calls,
 *           and none of them can be seen.
 * Idea      Each place that does a deed says so on stderr, one line a deed,
 *           but only when asked to.
 * Rules     1. The line stands after the call and is printed when it worked.
 *           2. One write(2) a line: parent and child talk at the same time.
 *           3. The narrator keeps a descriptor of its own, because in the
 *              child descriptor 2 becomes the container's terminal.
 * Read      strace(1), for the same story told by the kernel
 */
#include "base/explain.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

/* -1: quiet.  Set once, before anything else happens. */
static int narrator = -1;

void explain_enable(void)
{
    narrator = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    explain("No", "system call", "what it changes (No: the lesson on it)");
}

bool explain_enabled(void)
{
    return narrator >= 0;
}

void explain_move(int fd)
{
    if (narrator >= 0)
        narrator = dup3(narrator, fd, O_CLOEXEC);
}

void explain_disable(void)
{
    if (narrator >= 0)
        close(narrator);
    narrator = -1;
}

void explain(const char *lesson, const char *call, const char *fmt, ...)
{
    mb_autobuf struct buf line = BUF_INIT;
    char text[512];
    va_list ap;

    if (narrator < 0)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_addf(&line, "| %s  %-47s %s\n", lesson, call, text);
    (void)!write(narrator, line.s, line.len);
}
