/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFLINE_H
#define ENGINE_DFLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * The logical lines of a Dockerfile: one per instruction, without comments,
 * blank lines and continuation marks.
 */
struct dfline_reader {
    const char *at, *end; /* what is still to be read */
    int line;             /* number of the line that was read last, from 1 */
    char escape;          /* continuation and escape character: \ or ` */
    const char *wrong;    /* after a failure: the place in the text */
};

/* Start reading the LEN bytes of TEXT, which end with a NUL and must outlive
 * the reader, and obey the directives at its top.  Refuses NUL bytes, lines of
 * more than 65535 bytes, and bad directives: then -1, and reader->wrong. */
int dfline_open(struct dfline_reader *reader, const char *text, size_t len,
                struct mb_error *err);

/* Put the next logical line into *out, replacing what it held.  It began at
 * line *out_first and ends at reader->line.  false: there is none left. */
bool dfline_next(struct dfline_reader *reader, struct buf *out, int *out_first);

/* Read the lines up to the one that is just NAME, and return them as they are
 * (the caller frees).  CHOMP: NAME may have tabs before it.  NULL, with nothing
 * read, when NAME never comes. */
char *dfline_heredoc(struct dfline_reader *reader, const char *name,
                     bool chomp);

/* TEXT as a list of lines without their line ends, to quote them.  The caller
 * frees *out with strv_done(). */
void dfline_split(const char *text, size_t len, struct strv *out);

/* Where the byte at OFFSET of a logical line stands in the text.  READER has
 * to be at the line that the logical one begins with. */
const char *dfline_locate(struct dfline_reader reader, size_t offset);

/* The lines after line number N of TEXT; at its end if there are none. */
struct dfline_reader dfline_after(const char *text, size_t len, int n);

#endif
