/* SPDX-License-Identifier: MIT */
/*
 * secretscan.c - secrets in a stream
 *
 * Problem   A layer's file may have gigabytes, and a token may lie across the
 *           end of whatever part of it is in memory.
 * Idea      A window that moves on.  A hit belongs to the window in which it
 *           starts, if there is enough behind it to see all of it:
 *
 *             [ behind |            starts here            |  ahead   ]
 *                                               [ behind |   starts he...
 *
 *           "Behind" and "ahead" are only looked at.  So each hit is found once
 *           and whole, wherever the parts were cut.
 * Rules     1. At the end of the stream there is nothing ahead: the last window
 *              is for all that is left.
 *           2. Text or not is decided once, by the first window.  A program
 *              from a package may have private keys in it, to test itself.
 * Read      lessons/24-secrets.md
 */
#include "engine/secretscan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/mem.h"

struct secretscan {
    struct secretscan_visitor visitor;
    enum secretwords_mode mode;
    bool begun;
    size_t len;           /* bytes in the window */
    size_t next;          /* where the next hit may start */
    size_t line, counted; /* the line of window[counted] */
    char window[SECRETSCAN_WINDOW];
};

struct secretscan *secretscan_new(enum secretwords_mode mode,
                                  const struct secretscan_visitor *visitor)
{
    struct secretscan *s = mb_alloc(sizeof *s);

    s->visitor = *visitor;
    s->mode = mode;
    s->line = 1;
    return s;
}

/* Count lines up to window[TO]. */
static void count_lines(struct secretscan *s, size_t to)
{
    for (; s->counted < to; s->counted++)
        s->line += s->window[s->counted] == '\n';
}

/* Tell of all hits that start before window[LIMIT]. */
static void search(struct secretscan *s, size_t limit)
{
    struct secretwords_hit hit;

    if (!s->begun && memchr(s->window, '\0', s->len)) /* rule 2 */
        s->mode = MIN(s->mode - 1, SECRETWORDS_SHAPES);
    s->begun = true;
    struct secretwords_text text = {s->window, s->len, limit, s->mode};
    while (secretwords_next(&text, s->next, &hit)) {
        count_lines(s, hit.start);
        const struct secretscan_hit told = {hit.kind, s->window + hit.begin,
                                            hit.end - hit.begin, s->line,
                                            hit.shaped};
        s->visitor.hit(s->visitor.argument, &told);
        s->next = hit.end;
    }
    s->next = MAX(s->next, limit);
}

/* Forget what is no longer needed. */
static void move_on(struct secretscan *s)
{
    size_t gone = s->next - MIN(s->next, SECRETWORDS_BEHIND);

    count_lines(s, gone);
    memmove(s->window, s->window + gone, s->len - gone);
    s->len -= gone;
    s->next -= gone;
    s->counted -= gone;
}

void secretscan_add(struct secretscan *s, const void *data, size_t size)
{
    const char *from = data;

    while (size > 0) {
        size_t n = MIN(size, SECRETSCAN_WINDOW - s->len);
        memcpy(s->window + s->len, from, n);
        s->len += n;
        from += n;
        size -= n;
        if (s->len == SECRETSCAN_WINDOW) {
            search(s, SECRETSCAN_WINDOW - SECRETWORDS_AHEAD);
            move_on(s);
        }
    }
}

void secretscan_end(struct secretscan *s)
{
    search(s, s->len); /* rule 1 */
    free(s);
}
