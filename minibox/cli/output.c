/* SPDX-License-Identifier: MIT */
/*
 * output.c - archives for the user
 *
 * Problem   An archive that was cut off by a full disk looks like one, and is
 *           found out months later.
 * Idea      Write it under another name beside its place; rename at the end.
 * Rules     1. A fifo or /dev/stdout can't be renamed over: it is written as it
 *              is.
 *           2. Nobody wants a tar on a terminal.
 * Read      rename(2), mkstemp(3)
 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Rule 2. */
static int open_stdout(struct output *out, const char *what,
                       struct mb_error *err)
{
    if (isatty(STDOUT_FILENO)) {
        mb_autofree char *verb = mb_strndup(what, strcspn(what, " "));
        return mb_failx(err,
                        "cowardly refusing to %s to a terminal. Use the -o "
                        "flag or redirect",
                        verb);
    }
    out->fd = dup(STDOUT_FILENO);
    return out->fd < 0 ? mb_fail(err, "failed to %s", what) : 0;
}

int output_open(struct output *out, const char *path, const char *what,
                struct mb_error *err)
{
    struct stat st;

    *out = (struct output){.fd = -1};
    if (!path)
        return open_stdout(out, what, err);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        out->fd = S_ISDIR(st.st_mode) ? -1 : open(path, O_WRONLY | O_CLOEXEC);
        if (S_ISDIR(st.st_mode))
            errno = EISDIR;
    } else {
        out->path = mb_strdup(path);
        out->temporary = mb_printf("%s.XXXXXX", path);
        out->fd = mkostemp(out->temporary, O_CLOEXEC); /* 0600, as docker's */
    }
    if (out->fd >= 0)
        return 0;
    mb_fail(err, "failed to %s: %s", what, path);
    free(out->path);
    free(out->temporary);
    return -1;
}

int output_close(struct output *out, int result, struct mb_error *err)
{
    /* A full disk may show only now. */
    if (close(out->fd) < 0 && result == 0)
        result = mb_fail(err, "write %s", out->path ? out->path : "the output");
    if (out->temporary) {
        if (result == 0 && rename(out->temporary, out->path) < 0)
            result = mb_fail(err, "rename to %s", out->path);
        if (result < 0)
            (void)unlink(out->temporary);
    }
    free(out->path);
    free(out->temporary);
    return result;
}
