/* SPDX-License-Identifier: MIT */
/*
 * unpacked.c - what lies in an unpacked layer
 *
 * Problem   A layer in the store is a directory with marks in it.  For the
 *           kernel they mean "gone"; for ls they are odd devices.
 * Idea      One walk that reads the marks, so that others need not know them:
 *
 *             app/            -->   item: directory
 *               run           -->     item: file
 *               old   c 0,0   -->     item: whiteout
 *             lib/  opaque=y  -->   item: directory
 *               new           -->     item: file
 *                             -->   opaque: lib/
 *
 * Rules     1. Sorted by bytes: readdir(3) gives the order of a hash table, and
 *              who compares layers wants to go along both like a zip.
 *           2. "Opaque" comes last: only then is it known what the layer has
 *              put in the place of what it hides.
 *           3. No link is followed.  A layer came from a stranger, and its
 *              /etc -> / would lead out of it.
 *           4. No deeper than image/walk lets an archive be: each level holds a
 *              descriptor and a list of names.
 * Read      Documentation/filesystems/overlayfs.rst in the kernel, "whiteouts
 *           and opaque directories"; lessons/14-overlay.md
 */
#include "engine/unpacked.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "image/walk.h"
#include "linux/overlay.h"

/* One run of unpacked_walk(). */
struct unpacking {
    const struct unpacked_visitor *visitor;
    char *opaque; /* the xattr's name */
    int depth;
};

/* For qsort(3) (rule 1). */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the open directory FD, sorted. */
static int list_names(int fd, struct strv *out, struct mb_error *err)
{
    /* Its own descriptor: closedir(3) closes it, and FD is still needed. */
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mb_autodir DIR *dir = own < 0 ? NULL : fdopendir(own);
    struct dirent *entry;

    if (!dir) {
        mb_cleanup_close(&own);
        return mb_fail(err, "read directory");
    }
    while (errno = 0, (entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_add(out, entry->d_name);
    if (errno)
        return mb_fail(err, "read directory");
    if (out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_name);
    return 0;
}

/* Does the open directory hide what is in it below?  There is another value,
 * "x" (Linux 6.7), which does not. */
static bool is_opaque(const struct unpacking *u, int fd)
{
    char value[2];

    return fgetxattr(fd, u->opaque, value, sizeof value) == 1 &&
           value[0] == 'y';
}

static int tell_content(struct unpacking *u, int fd, size_t id,
                        struct mb_error *err);

/* Tell of the entry NAME of the open directory FD, and of what is in it. */
static int tell_one(struct unpacking *u, int fd, size_t parent,
                    const char *name, struct mb_error *err)
{
    struct unpacked_item item = {.name = name};

    if (fstatat(fd, name, &item.st, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "stat %s", name);
    item.whiteout =
        S_ISCHR(item.st.st_mode) && item.st.st_rdev == makedev(0, 0);
    size_t id = u->visitor->item(u->visitor->argument, parent, &item);
    if (!S_ISDIR(item.st.st_mode))
        return 0;
    mb_autoclose int child =
        openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child < 0)
        return mb_fail(err, "open directory %s", name);
    return tell_content(u, child, id, err);
}

/* Tell of all that is in the open directory FD, which is called ID. */
static int tell_content(struct unpacking *u, int fd, size_t id,
                        struct mb_error *err)
{
    mb_autostrv struct strv names = {0};

    if (++u->depth > WALK_DEPTH_MAX + 1) /* rule 4 */
        return mb_failx(err, "directories that are too deep");
    if (list_names(fd, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++)
        if (tell_one(u, fd, id, names.v[i], err) < 0)
            return -1;
    if (is_opaque(u, fd)) /* rule 2 */
        u->visitor->opaque(u->visitor->argument, id);
    u->depth--;
    return 0;
}

int unpacked_walk(const char *dir, size_t top,
                  const struct unpacked_visitor *visitor, struct mb_error *err)
{
    mb_autofree char *opaque = mb_printf("%sopaque", overlay_xattr_prefix());
    struct unpacking u = {.visitor = visitor, .opaque = opaque};
    mb_autoclose int fd =
        open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return mb_fail(err, "open layer %s", dir);
    return tell_content(&u, fd, top, err) < 0
               ? mb_wrap(err, "read layer %s", dir)
               : 0;
}
