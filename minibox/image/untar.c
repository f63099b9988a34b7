/* SPDX-License-Identifier: MIT */
/*
 * untar.c - read a tar archive that a stranger made
 *
 * Problem   libarchive is made to get as much as possible out of any file:
 *           it goes on after a damaged header, ignores what follows the end
 *           and translates names.  A layer must be exactly what its digest
 *           says, so we want the opposite: all of it, or none.
 * Idea      Two readers in a row, so that every byte of the tar itself passes
 *           through our hands and can be counted:
 *
 *             fd -> [ raw: as it is ] -> pull() -> [ tar: headers ] -> entries
 *                                      |  |
 *                      bomb? count ----'  '---- garbage after the end?
 *                                               where was the last non-zero?
 *
 * Rules     1. Anything less than ARCHIVE_OK is fatal, as ARCHIVE_RETRY means
 *              "skipped a broken header".  One exception: rule 2.
 *           2. Names are bytes.  In a UTF-8 locale libarchive composes
 *              accents (e + U+0301 becomes U+00E9), so the file gets another
 *              name.  In the C locale it can't, says so in a warning, and
 *              hands out the bytes as they are: just what we want.
 *           3. Compressed tars are none here: libarchive 3.6 does not verify
 *              gzip's checksum.  image/plain does.
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
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A tape's last record may be filled with so many zeros. */
enum { MAX_TAIL = 128 << 20 };

struct untar {
    struct archive *raw; /* the bytes as they come */
    struct archive *tar; /* tar bytes to entries */
    uint64_t passed;     /* tar bytes that went from raw to tar */
    uint64_t used;       /* ... up to and with the last one that is not 0 */
    uint64_t limit;      /* ... and how many we stand for */
    locale_t c, before;  /* rule 2, and the thread's own locale */
};

/* The reader's own words for what went wrong; never NULL.  They may quote the
 * archive, so they are as hostile as it is: never a format string. */
static const char *reason(struct archive *a)
{
    const char *text = archive_error_string(a);

    return text ? text : "unknown error";
}

/* The length of DATA without the zeros at its end.  For most blocks that is
 * one comparison. */
static size_t used_size(const char *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size;
}

/* Take the next block of the tar out of the decompressor: its size, 0 at the
 * end, or -1 with the reason in the tar reader, where all errors end up. */
static la_ssize_t pull(struct archive *a, void *data, const void **out)
{
    struct untar *u = data;
    la_int64_t offset;
    size_t size = 0;
    int r = archive_read_data_block(u->raw, out, &size, &offset);

    if (r == ARCHIVE_EOF)
        return 0;
    /* A warning too: what would it be worth to go on? */
    if (r != ARCHIVE_OK) {
        archive_set_error(a, archive_errno(u->raw), "%s", reason(u->raw));
        return -1;
    }
    size_t used = used_size(*out, size);
    if (used > 0)
        u->used = u->passed + used;
    u->passed += size;
    /* Here and not per file: 1 GiB of zeros in a header counts as well. */
    if (u->passed > u->limit) {
        archive_set_error(a, EFBIG, "it unpacks to more than %llu bytes",
                          (unsigned long long)u->limit);
        return -1;
    }
    return size;
}

/* First reader: decompress if need be, whatever the content is. */
static int open_raw(struct untar *u, int fd, struct mb_error *err)
{
    struct archive_entry *ignored;

    /* "raw" makes one entry of whatever comes; "no filter" is always on, and
     * the only one: image/plain has decompressed it already, and looked out for
     * bombs. */
    archive_read_support_format_raw(u->raw);
    if (archive_read_open_fd(u->raw, fd, 65536) != ARCHIVE_OK ||
        archive_read_next_header(u->raw, &ignored) != ARCHIVE_OK)
        return mb_failx(err, "not a tar archive: %s", reason(u->raw));
    return 0;
}

/* Second reader: tar and nothing else.  The fewer formats and filters, the
 * less code meets the hostile bytes. */
static int open_tar(struct untar *u, struct mb_error *err)
{
    archive_read_support_format_tar(u->tar);
    if (archive_read_open(u->tar, u, NULL, pull, NULL) != ARCHIVE_OK)
        return mb_failx(err, "not a tar archive: %s", reason(u->tar));
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

    u->limit = limit;
    u->raw = archive_read_new();
    u->tar = archive_read_new();
    enter_c_locale(u);
    if (!u->raw || !u->tar)
        mb_failx(err, "libarchive is out of memory");
    else if (open_raw(u, fd, err) == 0 && open_tar(u, err) == 0)
        return u;
    untar_free(u);
    return NULL;
}

void untar_free(struct untar *u)
{
    if (!u)
        return;
    archive_read_free(u->tar); /* first: it pulls from the other */
    archive_read_free(u->raw);
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

    do
        n = pull(u->tar, u, &block);
    while (n > 0 && u->passed - end < MAX_TAIL);
    if (n > 0)
        return mb_failx(err, "zeros without end after the archive");
    if (n < 0)
        return mb_failx(err, "damaged archive: %s", reason(u->tar));
    /* The tar reader counts what it used, not what it was given. */
    if (u->used > (uint64_t)archive_filter_bytes(u->tar, 0))
        return mb_failx(err, "garbage after the end of the archive");
    return 0;
}

int untar_next(struct untar *u, struct archive_entry **out,
               struct mb_error *err)
{
    int r = archive_read_next_header(u->tar, out);

    if (r == ARCHIVE_EOF)
        return check_tail(u, err);
    if (r == ARCHIVE_OK || (r == ARCHIVE_WARN && is_about_charset(u->tar)))
        return 1;
    return mb_failx(err, "damaged archive: %s", reason(u->tar));
}

int untar_piece(struct untar *u, struct untar_piece *out, struct mb_error *err)
{
    la_int64_t offset = 0;
    int r = archive_read_data_block(u->tar, &out->data, &out->size, &offset);

    out->offset = offset;
    /* Cut short in the middle of a file: ARCHIVE_FATAL. */
    if (r == ARCHIVE_EOF)
        return 0;
    if (r == ARCHIVE_OK)
        return 1;
    return mb_failx(err, "damaged archive: %s", reason(u->tar));
}
