/* SPDX-License-Identifier: MIT */
/*
 * untar.c - read a tar archive that a stranger made
 *
 * Problem   libarchive is made to get as much as possible out of any file:
 *           it goes on after a damaged header, ignores what follows the end
 *           and translates names.  A layer must be exactly what its digest
 *           says, so we want the opposite: all of it, or none.
 * Idea      Every byte on its way to libarchive passes through our hands, and
 *           is counted:
 *
 *             fd -> pull() -> [ libarchive's reader of tars ] -> entries
 *                   |  |
 *        too much? -'  '- garbage after the end?  where was the last byte
 *                         that is not zero?
 *
 * Rules     1. Anything less than ARCHIVE_OK is fatal, as ARCHIVE_RETRY means
 *              "skipped a broken header".  One exception: rule 2.
 *           2. Names are bytes.  In a UTF-8 locale libarchive composes
 *              accents (e + U+0301 becomes U+00E9), so the file gets another
 *              name.  In the C locale it can't, says so in a warning, and
 *              hands out the bytes as they are: just what we want.
 *           3. Compressed tars are none here: libarchive 3.6 does not verify
 *              gzip's checksum.  image/plain does.
 *           4. A link whose target stands only in a PAX header is lost on
 *              libarchive 3.6, unless it has met a link before.  So the first
 *              thing that it meets is a link of ours.
 * Read      tar(5), libarchive(3), archive_read(3), uselocale(3);
 *           lessons/13-layers.md
 */
#include "image/untar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <iconv.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum {
    BLOCK = 1 << 16,
    LINK_SIZE = 512,      /* of the header that rule 4 needs */
    MAX_TAIL = 128 << 20, /* so many zeros may fill a tape's last record */
};

struct untar {
    struct archive *tar; /* tar bytes to entries */
    int fd;
    bool primed;        /* rule 4 */
    bool any;           /* it has had an entry */
    uint64_t passed;    /* bytes that went to the tar reader */
    uint64_t used;      /* ... up to and with the last one that is not 0 */
    uint64_t limit;     /* ... and how many we stand for */
    locale_t c, before; /* rule 2, and the thread's own locale */
    char block[BLOCK];
};

/* The reader's own words for what went wrong; never NULL.  They may quote the
 * archive, so they are as hostile as it is: never a format string. */
static const char *reason(struct archive *a)
{
    const char *text = archive_error_string(a);

    return text ? text : "unknown error";
}

/* What the tar reader says. */
static int damaged(const struct untar *u, struct mb_error *err)
{
    return mb_failx(err, "%s: %s",
                    u->any ? "damaged archive" : "not a tar archive",
                    reason(u->tar));
}

/* The length of DATA without the zeros at its end.  For most blocks that is
 * one comparison. */
static size_t used_size(const char *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size;
}

/* Rule 4: the header of a symlink "x" to "y". */
static void make_link(char *block)
{
    unsigned sum = 8 * ' '; /* the checksum counts itself as blanks */

    memset(block, 0, LINK_SIZE);
    block[0] = 'x';
    block[156] = '2';
    block[157] = 'y';
    memcpy(block + 257, "ustar", 6);
    memcpy(block + 263, "00", 2);
    for (int i = 0; i < LINK_SIZE; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
}

/* Read the next block of the tar: its size, 0 at the end, or -1 with the reason
 * in the tar reader, where all errors end up. */
static la_ssize_t pull(struct archive *a, void *data, const void **out)
{
    struct untar *u = data;
    ssize_t n;

    *out = u->block;
    if (!u->primed) {
        u->primed = true;
        make_link(u->block);
        return LINK_SIZE;
    }
    do
        n = read(u->fd, u->block, BLOCK);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        archive_set_error(a, errno, "read: %s", strerror(errno));
        return -1;
    }
    size_t used = used_size(u->block, n);
    if (used > 0)
        u->used = u->passed + used;
    u->passed += n;
    /* Here and not per file: 1 GiB of zeros in a header counts as well. */
    if (u->passed > u->limit) {
        archive_set_error(a, EFBIG, "it unpacks to more than %llu bytes",
                          (unsigned long long)u->limit);
        return -1;
    }
    return n;
}

/* Tar and nothing else: the fewer formats and filters, the less code meets the
 * hostile bytes. */
static int open_tar(struct untar *u, struct mb_error *err)
{
    struct archive_entry *ours;

    archive_read_support_format_tar(u->tar);
    if (archive_read_open(u->tar, u, NULL, pull, NULL) != ARCHIVE_OK ||
        archive_read_next_header(u->tar, &ours) != ARCHIVE_OK)
        return mb_failx(err, "start libarchive: %s", reason(u->tar));
    return 0;
}

/* Rule 2; the locale "C" always exists.  Then make the C library read its
 * table of character sets now: it looks below "/", and whoever unpacks with
 * "/" in the layer must not find a table there that the layer brought, for
 * it names shared objects to load. */
static void enter_c_locale(struct untar *u)
{
    u->c = newlocale(LC_CTYPE_MASK, "C", NULL);
    if (u->c)
        u->before = uselocale(u->c);
    iconv_t tables = iconv_open("UTF-8", "ANSI_X3.4-1968");
    if (tables != (iconv_t)-1)
        iconv_close(tables);
}

struct untar *untar_open(int fd, uint64_t limit, struct mb_error *err)
{
    struct untar *u = mb_alloc(sizeof *u);

    u->fd = fd;
    u->limit = limit;
    u->tar = archive_read_new();
    enter_c_locale(u);
    if (!u->tar)
        mb_failx(err, "libarchive is out of memory");
    else if (open_tar(u, err) == 0)
        return u;
    untar_free(u);
    return NULL;
}

void untar_free(struct untar *u)
{
    if (!u)
        return;
    archive_read_free(u->tar);
    if (u->c) {
        uselocale(u->before);
        freelocale(u->c);
    }
    free(u);
}

void untar_cleanup(struct untar **u)
{
    untar_free(*u);
}

/* Was that warning only rule 2's "can't be converted from UTF-8"?  It has no
 * error number of its own, so its text must do. */
static bool is_about_charset(struct archive *a)
{
    const char *text = reason(a);

    return strstr(text, "can't be converted from ") &&
           strstr(text, "to current locale");
}

/* Read what follows the end mark (two blocks of zeros), and refuse all but the
 * zeros that fill the last record: two programs could disagree about anything
 * else. */
static int check_tail(struct untar *u, struct mb_error *err)
{
    uint64_t end = u->passed;
    const void *block;
    la_ssize_t n;

    if (u->passed == 0)
        return mb_failx(err, "not a tar archive: it is empty");
    do
        n = pull(u->tar, u, &block);
    while (n > 0 && u->passed - end < MAX_TAIL);
    if (n > 0)
        return mb_failx(err, "zeros without end after the archive");
    if (n < 0)
        return damaged(u, err);
    /* The tar reader counts what it used, not what it was given. */
    if (u->used + LINK_SIZE > (uint64_t)archive_filter_bytes(u->tar, 0))
        return mb_failx(err, "garbage after the end of the archive");
    return 0;
}

int untar_next(struct untar *u, struct archive_entry **out,
               struct mb_error *err)
{
    int r = archive_read_next_header(u->tar, out);

    if (r == ARCHIVE_EOF)
        return check_tail(u, err);
    if (r != ARCHIVE_OK && (r != ARCHIVE_WARN || !is_about_charset(u->tar)))
        return damaged(u, err);
    u->any = true;
    return 1;
}

int untar_piece(struct untar *u, struct untar_piece *out, struct mb_error *err)
{
    la_int64_t offset = 0;
    int r = archive_read_data_block(u->tar, &out->data, &out->size, &offset);

    out->offset = offset;
    /* Cut short in the middle of a file: ARCHIVE_FATAL. */
    if (r == ARCHIVE_EOF)
        return 0;
    return r == ARCHIVE_OK ? 1 : damaged(u, err);
}
