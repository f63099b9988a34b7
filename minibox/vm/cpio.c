/* SPDX-License-Identifier: MIT */
/*
 * cpio.c - the first root of a guest, as one archive
 *
 * Problem   A kernel that has just started has no disk, no driver for one, and
 *           no program to run.
 * Idea      Whoever loads the kernel lays an archive beside it in memory, and
 *           the kernel unpacks it into an empty tmpfs.  Its format is cpio's
 *           "newc": every entry is a line of numbers, a name, and the bytes of
 *           the file.
 *
 *             070701 | 13 numbers, 8 hex digits each | name\0 .. | bytes ..
 *             magic    inode mode uid ... name's size    pad       pad
 *
 *             header "rootfs"  header "rootfs/bin"  header "rootfs/bin/sh" ...
 *             and in the end   header "TRAILER!!!"
 *
 * Rules     1. Name and bytes are filled up with zeros to a multiple of four.
 *              The header's 110 bytes count with the name.
 *           2. A directory comes before what is in it: the kernel makes none by
 *              itself, and says nothing about a file that it can't create.
 *           3. A size has eight hex digits: files end below 4 GiB.
 * Read      Documentation/driver-api/early-userspace/buffer-format.rst;
 *           memfd_create(2), sendfile(2); lesson 11
 */
#include "vm/cpio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"

/* The numbers of a header, in their order; those not named here stay 0. */
enum { FIELD_MODE = 1, FIELD_LINKS = 4, FIELD_SIZE = 6, FIELD_NAME = 11 };
enum { FIELDS = 13, ALIGNMENT = 4 };

/* How many zeros rule 1 asks for behind SIZE bytes. */
static size_t padding(size_t size)
{
    return -size % ALIGNMENT;
}

/* Everything of an entry but its bytes.  MODE with the type of the file. */
static int add_header(int archive, const char *name, unsigned mode, size_t size,
                      struct mb_error *err)
{
    const size_t fields[FIELDS] = {
        [FIELD_MODE] = mode,
        [FIELD_LINKS] = 1,
        [FIELD_SIZE] = size,
        [FIELD_NAME] = strlen(name) + 1,
    };
    mb_autobuf struct buf header = BUF_INIT;

    buf_adds(&header, "070701");
    for (int i = 0; i < FIELDS; i++)
        buf_addf(&header, "%08zx", fields[i]);
    buf_add(&header, name, strlen(name) + 1);
    buf_add(&header, "\0\0\0", padding(header.len));
    return fs_write_all(archive, header.s, header.len, err);
}

/* Rule 2.  Twice the same directory does no harm. */
static int add_parents(int archive, const char *name, struct mb_error *err)
{
    mb_autofree char *copy = mb_strdup(name);

    for (char *p = copy; (p = strchr(p, '/')); *p++ = '/') {
        *p = '\0';
        if (add_header(archive, copy, S_IFDIR | 0755, 0, err) < 0)
            return -1;
    }
    return 0;
}

/* The header of a regular file, behind its directories. */
static int add_regular(int archive, const char *name, unsigned mode,
                       size_t size, struct mb_error *err)
{
    name += strspn(name, "/");
    if (size > UINT32_MAX)
        return mb_failx(err, "%s is 4 GiB or larger", name);
    if (add_parents(archive, name, err) < 0)
        return -1;
    return add_header(archive, name, S_IFREG | mode, size, err);
}

int cpio_start(struct mb_error *err)
{
    int archive = memfd_create("initramfs", MFD_CLOEXEC);

    return archive < 0 ? mb_fail(err, "memfd_create(2)") : archive;
}

int cpio_add_file(int archive, const char *source, const char *name,
                  unsigned mode, struct mb_error *err)
{
    /* O_NONBLOCK: to open a FIFO would wait for its writer. */
    mb_autoclose int fd = open(source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return mb_fail(err, "open %s", source);
    if (!S_ISREG(st.st_mode))
        return mb_failx(err, "%s is no regular file", source);
    if (add_regular(archive, name, mode, st.st_size, err) < 0)
        return -1;
    for (off_t left = st.st_size; left > 0;) {
        ssize_t n = sendfile(archive, fd, NULL, left);
        if (n < 0)
            return mb_fail(err, "copy %s", source);
        if (n == 0) /* the header promised more bytes */
            return mb_failx(err, "%s became shorter meanwhile", source);
        left -= n;
    }
    return fs_write_all(archive, "\0\0\0", padding(st.st_size), err);
}

int cpio_add_data(int archive, const char *name, const void *data, size_t size,
                  struct mb_error *err)
{
    if (add_regular(archive, name, 0644, size, err) < 0 ||
        fs_write_all(archive, data, size, err) < 0)
        return -1;
    return fs_write_all(archive, "\0\0\0", padding(size), err);
}

int cpio_finish(int archive, struct mb_error *err)
{
    return add_header(archive, "TRAILER!!!", 0, 0, err);
}
