/* SPDX-License-Identifier: MIT */
/*
 * progress.c - lines that change
 *
 * Problem   Several layers are on their way at once, and the user wants to see
 *           each of them move.
 * Idea      A line for each, in the order in which they first appeared.  To
 *           change one, go up to it, write it anew, and come back down:
 *
 *             89b5...: Pull complete
 *             2f1e...: Downloading [==>      ]     <-- ESC [ 2 A
 *             77ac...: Pulling fs layer
 *             _                                    <-- ESC [ 2 B
 *
 * Rules     1. Nothing of this goes into a file or a pipe: plain lines there,
 *              as docker prints them.
 * Read      console_codes(4)
 */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/table.h"

enum { BAR_WIDTH = 30 };

/* The number of ID's line; it is printed if it is new. */
static size_t line_of(struct progress *p, const char *id)
{
    for (size_t i = 0; i < p->ids.n; i++)
        if (strcmp(p->ids.v[i], id) == 0)
            return i;
    strv_add(&p->ids, id);
    putchar('\n');
    return p->ids.n - 1;
}

/* Write TEXT into ID's line. */
static void rewrite(struct progress *p, const char *id, const char *text)
{
    size_t up = 0, line = line_of(p, id);

    up = p->ids.n - line;
    printf("\033[%zuA\r\033[K%s: %s\033[%zuB\r", up, id, text, up);
    fflush(stdout);
}

void progress_status(struct progress *p, const char *id, const char *status)
{
    if (p->quiet)
        return;
    if (isatty(STDOUT_FILENO)) {
        rewrite(p, id, status);
    } else {
        printf("%s: %s\n", id, status);
        fflush(stdout); /* whoever follows a log wants to see it now */
    }
}

void progress_bar(struct progress *p, const char *id, const char *what,
                  uint64_t done, uint64_t total)
{
    char bar[BAR_WIDTH + 1];
    size_t full = total ? done * BAR_WIDTH / total : 0;

    if (p->quiet || !isatty(STDOUT_FILENO))
        return;
    if (full > BAR_WIDTH)
        full = BAR_WIDTH;
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '=', full);
    if (full < BAR_WIDTH)
        bar[full] = '>';
    bar[BAR_WIDTH] = '\0';
    mb_autofree char *so_far = table_size(done), *all = table_size(total);
    mb_autofree char *text =
        mb_printf("%-11s [%s] %s/%s", what, bar, so_far, all);
    rewrite(p, id, text);
}

void progress_done(struct progress *p)
{
    strv_done(&p->ids);
}
