/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SINK_H
#define ENGINE_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* No word of a Dockerfile may become longer than this.  The kernel takes no
 * string of more than 128 KiB in an environment (MAX_ARG_STRLEN, execve(2)),
 * so an honest value is far below. */
#define SINK_MOST (1 << 20)

/* Nor into more words than this (about). */
#define SINK_MOST_WORDS 10000

/* Where an expanded word goes: into one string, or into a list of words. */
struct sink {
    struct buf text;    /* the string, or the word in progress */
    struct strv *words; /* NULL: one string is wanted */
    bool raw;           /* escapes are to be kept, for a pattern to read */
    size_t taken;       /* bytes so far, those of finished words too */
};

#define SINK_INIT                                                              \
    {                                                                          \
        .text = BUF_INIT                                                       \
    }
#define mb_autosink __attribute__((cleanup(sink_done)))

/* Frees the text; the list of words belongs to the caller. */
void sink_done(struct sink *sink);

/* Append LEN bytes that separate nothing: they were quoted or escaped. */
int sink_put(struct sink *sink, const char *s, size_t len,
             struct mb_error *err);

/* Append S, whose white space ends words if words are wanted. */
int sink_split(struct sink *sink, const char *s, struct mb_error *err);

/* End the word in progress; call it at the end of the input. */
void sink_end_word(struct sink *sink);

#endif
