/* SPDX-License-Identifier: MIT */
/*
 * sniff.c - is it an archive?
 *
 * Problem   ADD unpacks archives and copies other files; `build -` takes an
 *           archive or a Dockerfile.  Names prove nothing: notes.tar may be
 *           a letter, and standard input has no name at all.
 * Idea      Look at the first bytes.  Compressed files begin with a mark of
 *           their own; a tar begins with a header that holds its own sum:
 *
 *             0    100       148      156                  512
 *             name mode ...  sum      type ...
 *                            '-> all 512 bytes added up, these eight as blanks
 *
 * Rules     1. A compressed file may hold anything: whoever cares must look
 *              at what comes out.
 * Read      tar(5), "Pre-POSIX Archives"; RFC 1952; RFC 8878
 */
#include "image/sniff.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/plain.h"

static const struct mark {
    enum sniffed kind;
    const char *name;
    const char *bytes;
    size_t size;
} marks[] = {
    {SNIFF_GZIP, "gzip", "\x1f\x8b", 2},
    {SNIFF_ZSTD, "zstd", "\x28\xb5\x2f\xfd", 4},
    {SNIFF_BZIP2, "bzip2", "BZh", 3},
    {SNIFF_XZ, "xz", "\xfd\x37zXZ", 6},
};
#define N_MARKS (sizeof marks / sizeof *marks)

/* Is this a tar's header?  Even the oldest have the sum. */
static bool is_tar(const unsigned char *head)
{
    enum { SUM_AT = 148, SUM_SIZE = 8 };
    char text[SUM_SIZE + 1] = "";
    unsigned long sum = SUM_SIZE * ' ';
    char *end;

    for (size_t i = 0; i < SNIFF_SIZE; i++)
        if (i < SUM_AT || i >= SUM_AT + SUM_SIZE)
            sum += head[i];
    memcpy(text, head + SUM_AT, SUM_SIZE);
    unsigned long said = strtoul(text, &end, 8);
    return end != text && said == sum;
}

enum sniffed sniff_bytes(const void *head, size_t size)
{
    for (size_t i = 0; i < N_MARKS; i++)
        if (size >= marks[i].size &&
            memcmp(head, marks[i].bytes, marks[i].size) == 0)
            return marks[i].kind;
    return size >= SNIFF_SIZE && is_tar(head) ? SNIFF_TAR : SNIFF_OTHER;
}

const char *sniff_name(enum sniffed kind)
{
    for (size_t i = 0; i < N_MARKS; i++)
        if (marks[i].kind == kind)
            return marks[i].name;
    return kind == SNIFF_TAR ? "tar" : "no archive";
}

/* Rule 1: the first bytes of what is compressed. */
static bool holds_tar(int fd)
{
    struct reader reader = reader_from_fd(fd);
    mb_autoplain struct plain *plain = plain_open(&reader, NULL);
    const void *data;

    if (!plain)
        return false;
    ssize_t n = plain_next(plain, &data, NULL);
    return n > 0 && sniff_bytes(data, n) == SNIFF_TAR;
}

enum sniffed sniff_archive(int fd)
{
    unsigned char head[SNIFF_SIZE];
    ssize_t n = pread(fd, head, sizeof head, 0);
    enum sniffed kind = n > 0 ? sniff_bytes(head, n) : SNIFF_OTHER;

    if (kind != SNIFF_GZIP && kind != SNIFF_ZSTD)
        return kind;
    bool tar = holds_tar(fd);
    if (lseek(fd, 0, SEEK_SET) != 0)
        return SNIFF_OTHER;
    return tar ? kind : SNIFF_OTHER;
}
