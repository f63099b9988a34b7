/* SPDX-License-Identifier: MIT */
/*
 * mem.c - who owns what
 *
 * Problem   Every early return is a chance to leak memory or a descriptor,
 *           and a leaked descriptor may be a hole in a container's wall.
 * Idea      A variable marked mb_autofree or mb_autoclose is released by the
 *           compiler when its scope ends, whichever way it ends.
 * Rules     1. Whoever allocates says in the header who frees.
 *           2. Running out of memory ends the program: nothing sensible can
 *              be done about it, and checking for it would drown the code.
 * Read      GCC manual, "Common Variable Attributes": cleanup
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *or_die(void *p)
{
    if (!p) {
        fputs("minibox: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *mb_alloc(size_t size)
{
    return or_die(calloc(1, size ? size : 1));
}

void *mb_realloc(void *old, size_t size)
{
    return or_die(realloc(old, size ? size : 1));
}

char *mb_strdup(const char *s)
{
    return s ? or_die(strdup(s)) : NULL;
}

char *mb_strndup(const char *s, size_t size)
{
    return or_die(strndup(s, size));
}

char *mb_printf(const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;

    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    return or_die(n < 0 ? NULL : s);
}

void mb_cleanup_free(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

void mb_cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1; /* closed once, and no more */
}

void mb_cleanup_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

void mb_cleanup_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}
