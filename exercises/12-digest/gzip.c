/* SPDX-License-Identifier: MIT */
/* Exercise 12-digest: fill in the blanks (grep TODO).
 * The lesson: lessons/12-digest.md.  Try it: make grade EX=12 */
/*
 * gzip.c - a layer, compressed for the road
 *
 * Problem   Layers are kept plain and travel compressed.  The registry knows
 *           the compressed bytes by their digest.  If they came out different
 *           each time, it would be given the same layer again and again.
 * Idea      A source that reads another one.  Whoever reads it pulls plain
 *           bytes in at the other end:
 *
 *             reader <-- gzip_read() <-- deflate() <-- inner source
 *
 * Rules     1. The header of a gzip stream has room for a file name and a time.
 *              Both stay empty.
 *           2. How the bytes come in, in large pieces or in small ones, must
 *              not show: don't ask zlib to flush after a piece.
 * Read      RFC 1952; zlib.h, deflateInit2(); lessons/12-digest.md
 */
#include "image/gzip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

enum { CHUNK = 1 << 16 };

struct gzip {
    struct reader reader; /* first: gzip_read() is given this */
    struct reader *inner;
    bool inner_ended, ended;
    z_stream z;
    unsigned char in[CHUNK];
};

/* Give zlib something to read, or let it know that there is no more. */
static int refill(struct gzip *g, struct mb_error *err)
{
    if (g->z.avail_in > 0 || g->inner_ended)
        return 0;
    ssize_t n = g->inner->read(g->inner, g->in, CHUNK, err);
    g->inner_ended = n == 0;
    g->z.next_in = g->in;
    g->z.avail_in = n > 0 ? n : 0;
    return n < 0 ? -1 : 0;
}

/* As read(2): at least one byte, unless it is the end. */
static ssize_t gzip_read(struct reader *reader, void *data, size_t size,
                         struct mb_error *err)
{
    struct gzip *g = (struct gzip *)reader;

    g->z.next_out = data;
    g->z.avail_out = size;
    // TODO step 3: until zlib has made something or has ended the stream:
    //   refill(), and deflate(), which must know when there is no more to come.
    //   zlib moves next_out and avail_out as it writes (rule 2)
    return mb_failx(err, "exercise 12 step 3: not written yet");
    return size - g->z.avail_out;
}

struct gzip *gzip_open(struct reader *inner, struct mb_error *err)
{
    struct gzip *g = mb_alloc(sizeof *g);

    g->reader.read = gzip_read;
    g->inner = inner;
    /* 15: the largest window; 16: with gzip's header, in which zlib writes no
     * name and no time (rule 1); 8: the memory that is zlib's default. */
    if (deflateInit2(&g->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) == Z_OK)
        return g;
    free(g);
    mb_failx(err, "zlib can't start");
    return NULL;
}

void gzip_free(struct gzip *g)
{
    if (g)
        deflateEnd(&g->z);
    free(g);
}

struct reader *gzip_reader(struct gzip *g)
{
    return &g->reader;
}
