/* SPDX-License-Identifier: MIT */
/*
 * mktar.c - write a tar archive whose bytes depend on nothing else
 *
 * Problem   libarchive asks the locale how to write a name, fills up the last
 *           block to some size, and stores an attribute in two notations.
 *           All three would change a layer's digest.
 * Idea      Fix all that can be chosen:
 *
 *             name        header                     chosen by
 *             run         ustar                      "pax restricted"
 *             caf\xc3\xa9  ustar + PAX path=          locale C.UTF-8
 *             bad\xff      ustar + hdrcharset=BINARY  (what is not UTF-8)
 *             xattr       PAX SCHILY.xattr.NAME      what docker and tar read
 *             the end     1024 zeros, no more
 *
 * Rules     1. ARCHIVE_WARN from a header is the third line above, no error.
 *           2. libarchive never hears of a failed write: it would go into a
 *              state in which archive_write_free(3) leaks its buffer.  We
 *              remember the failure and look after each call.
 *           3. archive_write_free(3) would finish an archive given up half
 *              way; so we close our ears before we call it.
 * Read      tar(5), archive_write_set_options(3), newlocale(3);
 *           lessons/13-layers.md
 */
#include "image/mktar.h"

#include <archive.h>
#include <archive_entry.h>
#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

struct mktar {
    struct archive *out;
    int fd;                /* -1: let nothing out any more */
    locale_t utf8, before; /* ours, and the thread's own */
    struct mb_error why;   /* what write(2) said; msg "": nothing */
};

/* libarchive's way out: one block of the tar for the descriptor (rules 2
 * and 3). */
static la_ssize_t write_block(struct archive *out, void *data,
                              const void *block, size_t size)
{
    struct mktar *m = data;

    (void)out;
    if (m->fd >= 0 && fs_write_all(m->fd, block, size, &m->why) < 0)
        m->fd = -1; /* once is enough */
    return size;
}

/* What a call of libarchive comes to: 0, or -1 and the reason. */
static int check(struct mktar *m, bool ok, struct mb_error *err)
{
    const char *text = archive_error_string(m->out);

    if (m->why.msg[0]) {
        if (err)
            *err = m->why;
        return mb_wrap(err, "archive");
    }
    if (!ok)
        return mb_failx(err, "archive: %s", text ? text : "unknown error");
    return 0;
}

/* Make names UTF-8 for libarchive, whatever the user's locale is. */
static int enter_utf8_locale(struct mktar *m, struct mb_error *err)
{
    m->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    if (m->utf8)
        m->before = uselocale(m->utf8);
    /* A C library without it may still run in another UTF-8 locale. */
    else if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return mb_fail(err, "locale C.UTF-8");
    return 0;
}

/* Set the format's options and start. */
static int start(struct mktar *m, struct mb_error *err)
{
    /* Not compressed: the diff ID is of the plain tar, and zlib's output is
     * not the same in every version. */
    archive_write_add_filter_none(m->out);
    archive_write_set_format_pax_restricted(m->out);
    int r = archive_write_set_options(m->out, "xattrheader=SCHILY");
    if (check(m, r == ARCHIVE_OK, err) < 0)
        return -1;
    /* Large blocks for few calls of write(2), the last one as it is. */
    archive_write_set_bytes_per_block(m->out, 65536);
    archive_write_set_bytes_in_last_block(m->out, 1);
    r = archive_write_open(m->out, m, NULL, write_block, NULL);
    return check(m, r == ARCHIVE_OK, err);
}

struct mktar *mktar_open(int fd, struct mb_error *err)
{
    struct mktar *m = mb_alloc(sizeof *m);

    m->fd = fd;
    m->out = archive_write_new();
    if (!m->out)
        mb_failx(err, "libarchive is out of memory");
    else if (enter_utf8_locale(m, err) == 0 && start(m, err) == 0)
        return m;
    mktar_free(m);
    return NULL;
}

void mktar_free(struct mktar *m)
{
    if (!m)
        return;
    m->fd = -1; /* rule 3 */
    archive_write_free(m->out);
    if (m->utf8) {
        uselocale(m->before);
        freelocale(m->utf8);
    }
    free(m);
}

void mktar_cleanup(struct mktar **m)
{
    mktar_free(*m);
}

int mktar_header(struct mktar *m, struct archive_entry *head,
                 struct mb_error *err)
{
    /* The first block leaves only when 64 KiB are full: a failed write may
     * show in a later call.  It shows in mktar_finish() at the latest. */
    int r = archive_write_header(m->out, head);

    return check(m, r == ARCHIVE_OK || r == ARCHIVE_WARN, err); /* rule 1 */
}

int mktar_data(struct mktar *m, const void *data, size_t size,
               struct mb_error *err)
{
    la_ssize_t n = archive_write_data(m->out, data, size);

    /* A short count: more than the header announced. */
    return check(m, n >= 0 && (size_t)n == size, err);
}

int mktar_finish(struct mktar *m, struct mb_error *err)
{
    return check(m, archive_write_close(m->out) == ARCHIVE_OK, err);
}
