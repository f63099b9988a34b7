/* SPDX-License-Identifier: MIT */
/*
 * tarball.c - tar archives, written by hand
 *
 * Problem   A test needs archives that no honest program writes: "../x", a
 *           whiteout of nothing, half a header.
 * Idea      The format is old and simple.  Each entry is a header of 512 bytes,
 *           all of it text, and then the content, filled up to the next 512:
 *
 *             name        mode    uid     gid     size        time   sum  type
 *             100         8       8       8       12          12     8    1
 *             app/run     0000644 0000000 0000000 00000000005 ...    ...  0
 *             | hello, and 507 zeros |     1024 zeros: the end
 *
 * Rules     1. Numbers are octal.  The sum is that of all bytes of the header,
 *              with blanks where the sum itself will be.
 * Read      tar(5), "POSIX ustar Archives"
 */
#include "grader/tarball.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "grader/exam.h"

enum { BLOCK = 512, MTIME = 1600000000 };

static const char zeros[2 * BLOCK];

/* The letter for a type. */
static char type_code(const char *type)
{
    static const struct {
        const char *type;
        char code;
    } types[] = {{"file", '0'}, {"link", '2'}, {"device", '3'}, {"dir", '5'}};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].type, type) == 0)
            return types[i].code;
    FLUNK(.observed = text("tarball_hex(): no type \"%s\"", type),
          .cause = "grader");
}

/* Rule 1. */
static void add_sum(char head[BLOCK])
{
    unsigned sum = 0;

    memset(head + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum);
}

static void add_entry(struct buf *tar, char code, const char *name,
                      const char *value)
{
    char head[BLOCK] = "";
    unsigned size = code == '0' ? strlen(value) : 0;

    snprintf(head, 100, "%s", name);
    snprintf(head + 100, 8, "%07o", code == '5' ? 0755 : 0644);
    snprintf(head + 108, 8, "%07o", 0);
    snprintf(head + 116, 8, "%07o", 0);
    snprintf(head + 124, 12, "%011o", size);
    snprintf(head + 136, 12, "%011o", MTIME);
    head[156] = code;
    snprintf(head + 157, 100, "%s", code == '2' ? value : "");
    memcpy(head + 257, "ustar\00000", 8);
    snprintf(head + 329, 8, "%07o", 1);
    snprintf(head + 337, 8, "%07o", 3);
    add_sum(head);
    buf_add(tar, head, BLOCK);
    buf_add(tar, value, size);
    buf_add(tar, zeros, (BLOCK - size % BLOCK) % BLOCK);
}

const char *tarball_hex(const char *entries, size_t cut)
{
    mb_autofree char *copy = mb_strdup(entries);
    mb_autobuf struct buf tar = BUF_INIT;
    struct buf hex = BUF_INIT;

    for (char *rest = copy, *one; (one = strsep(&rest, ","));) {
        const char *type = strsep(&one, " "), *name = strsep(&one, "=");
        add_entry(&tar, type_code(type), name, one ? one : "");
    }
    buf_add(&tar, zeros, 2 * BLOCK);
    for (size_t i = 0; i + cut < tar.len; i++)
        buf_addf(&hex, "%02x", (unsigned char)tar.s[i]);
    return buf_take(&hex);
}
