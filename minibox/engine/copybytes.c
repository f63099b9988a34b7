/* SPDX-License-Identifier: MIT */
/*
 * copybytes.c - the bytes of a file, and its holes
 *
 * Problem   Reading a file and writing it again moves every byte twice, and
 *           turns a file of one byte at its end, a terabyte away, into one
 *           that fills the disk.
 * Idea      Ask the kernel where there is data, and let it do the copying:
 *
 *             source   ####......##....    SEEK_DATA, SEEK_HOLE
 *             copy     ####......##....    the same pieces, then its length
 *
 * Rules     1. The kernel may refuse to copy between two files.  Wherever it
 *              stops, both offsets are right for going on by hand.
 *           2. Some files of proc say that they have no bytes, and have.
 * Read      copy_file_range(2), lseek(2); lessons/21-context.md
 */
#include "engine/copybytes.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

/* Copy LEFT bytes, or what there is of them, the plain way. */
static int copy_by_hand(int from, int to, off_t left, struct mb_error *err)
{
    enum { CHUNK = 1 << 16 };
    /* On the heap: the stack of a small thread has no room for it. */
    mb_autofree char *chunk = mb_alloc(CHUNK);
    ssize_t n;

    while (left > 0 &&
           (n = read(from, chunk, left < CHUNK ? left : CHUNK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mb_fail(err, "read");
        if (fs_write_all(to, chunk, n, err) < 0)
            return -1;
        left -= n;
    }
    return 0;
}

/* Copy the LEFT bytes from here on.  copy_file_range(2) leaves it to the
 * filesystem, which may share the blocks.  It refuses some pairs of
 * filesystems (EXDEV, EINVAL, EOPNOTSUPP), and before Linux 5.19 took
 * generated files, those of proc, for empty (rule 1). */
static int copy_piece(int from, int to, off_t left, struct mb_error *err)
{
    ssize_t n;

    do {
        n = copy_file_range(from, NULL, to, NULL, left, 0);
        left -= n > 0 ? n : 0;
    } while (n > 0);
    /* These would only come again, after more waiting. */
    if (n < 0 && (errno == ENOSPC || errno == EFBIG || errno == EDQUOT))
        return mb_fail(err, "write");
    return copy_by_hand(from, to, left, err);
}

int copybytes_all(int from, int to, off_t size, struct mb_error *err)
{
    off_t start, end = 0;

    if (size == 0) /* rule 2 */
        return copy_by_hand(from, to, INT64_MAX, err);
    while ((start = lseek(from, end, SEEK_DATA)) >= 0) {
        end = lseek(from, start, SEEK_HOLE);
        if (end < 0 || lseek(from, start, SEEK_SET) < 0 ||
            lseek(to, start, SEEK_SET) < 0)
            return mb_fail(err, "seek");
        if (copy_piece(from, to, end - start, err) < 0)
            return -1;
    }
    /* ENXIO: nothing but a hole follows. */
    if (errno != ENXIO)
        return mb_fail(err, "seek");
    return ftruncate(to, size) < 0 ? mb_fail(err, "write") : 0;
}
