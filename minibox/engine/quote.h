/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_QUOTE_H
#define ENGINE_QUOTE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* No word may become longer than this.  The kernel takes no string of more
 * than 128 KiB in an environment (MAX_ARG_STRLEN, execve(2)), so an honest
 * value is far below. */
#define QUOTE_MOST (1 << 20)

/* Where we are in a word. */
struct reader {
    const char *p;
    char escape;
    bool text;         /* of a heredoc: ' and " are letters */
    bool raw;          /* a pattern: escapes are kept for it */
    struct buf *words; /* the result that is to be split, or NULL */

    /* A "$" at p: move behind what it begins, and append what that stands
     * for. */
    int (*dollar)(struct reader *r, struct buf *out, struct mb_error *err);
    struct variables *variables; /* for dollar() */
};

/* Append to *out what stands from r->p up to STOP, without its quotes and
 * escapes; STOP may be the NUL at the end, and another one is passed over.
 * In r->words, a NUL stands for white space that separates words. */
int quote_plain(struct reader *r, char stop, struct buf *out,
                struct mb_error *err);

/* Append LEN bytes as they are, up to QUOTE_MOST in all. */
int quote_put(struct buf *out, const char *s, size_t len, struct mb_error *err);

#endif
