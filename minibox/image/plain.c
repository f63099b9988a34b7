/* SPDX-License-Identifier: MIT */
/*
 * plain.c - compressed or not: plain bytes
 *
 * Problem   Layers travel as plain tar, as gzip or as zstd.  The diff ID, which
 *           names a layer, is the digest of the plain tar in all three cases.
 * Idea      Look at the first bytes, and put the right decompressor in front:
 *
 *             1f 8b ...        --> zlib  --.
 *             28 b5 2f fd ...  --> zstd  ---+--> plain bytes, block by block
 *             anything else    ------------'
 *
 * Rules     1. A few kilobytes of zeros, compressed, are gigabytes: whoever
 *              unpacks must say how much is too much, while he unpacks.
 *           2. A file may hold several compressed streams, one after another;
 *              together they are one.  Anything else behind one is refused:
 *              two programs could disagree about what it means.
 * Read      RFC 1952; zlib.h, inflateInit2(); RFC 8878; zstd.h,
 *           ZSTD_decompressStream(); lessons/12-digest.md
 */
#include "image/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"

enum {
    CHUNK = 1 << 18,
    FREE_SIZE = 64 << 20, /* so much may come out of anything (rule 1) */
    MAX_RATIO = 200,
    MAX_WINDOW_LOG = 27, /* zstd: 128 MiB of memory, as the program's default */
};

struct plain {
    struct reader *reader;
    enum compression compression;
    bool ended;      /* the current compressed stream is complete */
    bool more;       /* there may be output left in the decompressor */
    uint64_t in_sum; /* compressed bytes so far */
    uint64_t out_sum;
    z_stream z;
    ZSTD_DStream *zstd;
    size_t pos, filled; /* of the input buffer */
    unsigned char in[CHUNK];
    unsigned char out[CHUNK];
};

static ssize_t read_fd(struct reader *reader, void *data, size_t size,
                       struct mb_error *err)
{
    ssize_t n;

    do
        n = read(reader->fd, data, size);
    while (n < 0 && errno == EINTR);
    return n < 0 ? mb_fail(err, "read") : n;
}

struct reader reader_from_fd(int fd)
{
    return (struct reader){.read = read_fd, .fd = fd};
}

int reader_reopen(const struct reader *reader)
{
    mb_autofree char *path = mb_printf("/proc/self/fd/%d", reader->fd);
    struct stat st;

    if (reader->read != read_fd || fstat(reader->fd, &st) < 0 ||
        !S_ISREG(st.st_mode))
        return -1;
    off_t here = lseek(reader->fd, 0, SEEK_CUR);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && lseek(fd, here, SEEK_SET) != here) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Make sure that there is input.  Bytes there, 0 at the end, -1. */
static ssize_t refill(struct plain *p, struct mb_error *err)
{
    if (p->pos < p->filled)
        return p->filled - p->pos;
    ssize_t n = p->reader->read(p->reader, p->in, CHUNK, err);
    if (n < 0)
        return -1;
    p->pos = 0;
    p->filled = n;
    p->in_sum += n;
    return n;
}

/* The first bytes: a slow source may hand them out one by one. */
static int read_magic(struct plain *p, struct mb_error *err)
{
    enum { MAGIC = 4 };
    ssize_t n = 1;

    while (n > 0 && p->filled < MAGIC) {
        n = p->reader->read(p->reader, p->in + p->filled, CHUNK - p->filled,
                            err);
        if (n > 0)
            p->filled += n;
    }
    p->in_sum = p->filled;
    return n < 0 ? -1 : 0;
}

static enum compression recognize(const unsigned char *in, size_t size)
{
    if (size >= 2 && memcmp(in, "\x1f\x8b", 2) == 0)
        return COMPRESSION_GZIP;
    if (size >= 4 && memcmp(in, "\x28\xb5\x2f\xfd", 4) == 0)
        return COMPRESSION_ZSTD;
    return COMPRESSION_NONE;
}

/* The decompressor for what the first bytes are.  false: it can't start. */
static bool start_decompressor(struct plain *p)
{
    switch (p->compression) {
    case COMPRESSION_NONE:
        break;
    case COMPRESSION_GZIP:
        /* 15: the largest window; 16: a gzip header and trailer, and nothing
         * else.  zlib compares the checksum at the end. */
        return inflateInit2(&p->z, 15 + 16) == Z_OK;
    case COMPRESSION_ZSTD:
        p->zstd = ZSTD_createDStream();
        return p->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
                              p->zstd, ZSTD_d_windowLogMax, MAX_WINDOW_LOG));
    }
    return true;
}

struct plain *plain_open(struct reader *reader, struct mb_error *err)
{
    struct plain *p = malloc(sizeof *p); /* large, and need not be zeroed */

    if (!p)
        abort();
    memset(p, 0, offsetof(struct plain, in));
    p->reader = reader;
    if (read_magic(p, err) < 0) {
        plain_free(p);
        return NULL;
    }
    p->compression = recognize(p->in, p->filled);
    if (!start_decompressor(p)) {
        mb_failx(err, "the decompressor can't start");
        plain_free(p);
        return NULL;
    }
    return p;
}

void plain_free(struct plain *p)
{
    if (!p)
        return;
    if (p->compression == COMPRESSION_GZIP)
        inflateEnd(&p->z);
    ZSTD_freeDStream(p->zstd);
    free(p);
}

void plain_cleanup(struct plain **p)
{
    plain_free(*p);
}

enum compression plain_compression(const struct plain *p)
{
    return p->compression;
}

/* One step of zlib's.  Bytes made, or -1. */
static ssize_t inflate_some(struct plain *p, struct mb_error *err)
{
    p->z.next_in = p->in + p->pos;
    p->z.avail_in = p->filled - p->pos;
    p->z.next_out = p->out;
    p->z.avail_out = CHUNK;
    int result = inflate(&p->z, Z_NO_FLUSH);
    p->pos = p->filled - p->z.avail_in;
    p->ended = result == Z_STREAM_END;
    if (p->ended) /* rule 2: ready for the next one */
        inflateReset(&p->z);
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return mb_failx(err, "the gzip data is damaged");
    return CHUNK - p->z.avail_out;
}

/* One step of zstd's, which verifies a checksum too, where there is one. */
static ssize_t unzstd_some(struct plain *p, struct mb_error *err)
{
    ZSTD_inBuffer in = {.src = p->in, .size = p->filled, .pos = p->pos};
    ZSTD_outBuffer out = {.dst = p->out, .size = CHUNK};
    size_t result = ZSTD_decompressStream(p->zstd, &out, &in);

    p->pos = in.pos;
    p->ended = result == 0;
    if (ZSTD_isError(result))
        return mb_failx(err, "the zstd data is damaged: %s",
                        ZSTD_getErrorName(result));
    return out.pos;
}

/* Rule 2, when a stream has ended and more bytes follow: 1 there is another
 * one, 0 not yet, -1. */
static int start_next_stream(struct plain *p, struct mb_error *err)
{
    /* Zeros fill the last record of a tape. */
    while (p->pos < p->filled && p->in[p->pos] == 0)
        p->pos++;
    size_t left = p->filled - p->pos;
    const unsigned char *in = p->in + p->pos;

    if (left == 0)
        return 0;

    /* At the very end of the buffer the magic may be cut in two. */
    if (in[0] == (p->compression == COMPRESSION_GZIP ? 0x1f : 0x28) &&
        (left < 4 || recognize(in, left) == p->compression))
        return 1;
    return mb_failx(err, "garbage after the end of the compressed data");
}

/* Decompress until something comes out.  As plain_next(). */
static ssize_t decompress(struct plain *p, struct mb_error *err)
{
    for (;;) {
        ssize_t n = refill(p, err);
        if (n < 0)
            return -1;
        if (n == 0 && p->ended)
            return 0;
        if (n == 0 && !p->more)
            return mb_failx(err, "the compressed data ends too early");
        int next = p->ended ? start_next_stream(p, err) : 1;
        if (next < 0)
            return -1;
        if (next == 0)
            continue;
        n = p->compression == COMPRESSION_GZIP ? inflate_some(p, err)
                                               : unzstd_some(p, err);
        p->more = n == CHUNK;
        if (n != 0)
            return n;
    }
}

/* Bytes that are waiting inside the decompressor come first. */
static ssize_t next_block(struct plain *p, const void **out_data,
                          struct mb_error *err)
{
    if (p->compression != COMPRESSION_NONE) {
        *out_data = p->out;
        return decompress(p, err);
    }
    ssize_t n = refill(p, err);
    *out_data = p->in + p->pos;
    p->pos = p->filled;
    return n;
}

ssize_t plain_next(struct plain *p, const void **out_data, struct mb_error *err)
{
    ssize_t n = next_block(p, out_data, err);

    if (n < 0)
        return -1;
    p->out_sum += n;
    if (p->out_sum > FREE_SIZE && p->out_sum / MAX_RATIO > p->in_sum)
        return mb_failx(err,
                        "it unpacks to more than %d times its size: a "
                        "decompression bomb",
                        MAX_RATIO);
    return n;
}
