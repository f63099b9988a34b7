/* SPDX-License-Identifier: MIT */
/*
 * layer.c - apply a layer: from a tar archive to a directory for overlayfs
 *
 * Problem   A layer comes as a tar, and may come from anybody.  It says which
 *           files there are, and, in names that begin with ".wh.", which
 *           files of the layers below are gone.
 * Idea      One directory for each layer.  "Gone" becomes the mark that
 *           overlayfs understands, so that mounting needs no more work:
 *
 *             in the tar              in the directory
 *             app/run          --->   app/run
 *             app/.wh.old      --->   app/old   char device 0:0
 *             lib/.wh..wh..opq --->   lib/      xattr overlay.opaque = y
 *
 * Rules     1. walk.c finds the directory; the last component is never
 *              followed: what is there is removed first, then O_EXCL.
 *           2. Marks are made from the .wh. names alone.  A 0:0 device or an
 *              overlay xattr in the tar would be a way to smuggle them in.
 *           3. A mark speaks of the layers below: a file of the same name in
 *              the same layer wins, whichever comes first.
 *           4. Owner, then xattrs, then mode, then time, by descriptor: chown
 *              clears setuid bits and capabilities, writing changes the time.
 *           5. Count before doing: an archive of 100 bytes may promise a
 *              sparse file of 8 TiB.
 * Read      OCI image-spec, layer.md; tar(5), openat2(2), xattr(7);
 *           kernel, Documentation/filesystems/overlayfs.rst;
 *           lessons/13-layers.md
 */
#include "image/layer.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "image/untar.h"
#include "image/walk.h"

const struct layer_limits layer_default_limits = {
    .bytes = 4ull << 30,
    .entries = 500000,
    .file = 2ull << 30,
};

enum {
    HEADER_BYTES = 1 << 30, /* what headers and padding may add to the files:
                             * 2 KiB for each of 500000 entries */
};

static const char whiteout_prefix[] = ".wh.";
static const char opaque_name[] = ".wh..wh..opq";

/* One run of layer_apply(). */
struct apply {
    const struct layer_options *options;
    const struct layer_limits *limits;
    struct untar *tar;
    struct walk walk;
    struct layer_stats stats;
};

/* One entry: its header and the place where its file belongs. */
struct item {
    struct archive_entry *head;
    struct place place;
};

/* Remove whatever is at the place, so that the next call can make it. */
static int make_room(const struct place *place, struct mb_error *err)
{
    return fs_remove_tree(place->dir, place->name, err);
}

/* May an archive set this attribute?  user.* but not overlayfs' own ones
 * (rule 2), and file capabilities.  Not trusted.*, and not system.*: ACLs
 * name users of the machine where they were written. */
static bool is_allowed_xattr(const char *name)
{
    if (strcmp(name, "security.capability") == 0)
        return true;
    return starts_with(name, "user.") && !starts_with(name, "user.overlay.");
}

/* Set the allowed attributes of an entry on its open file or directory. */
static int set_xattrs(int fd, struct archive_entry *head, struct mb_error *err)
{
    const char *name;
    const void *value;
    size_t size;

    archive_entry_xattr_reset(head);
    while (archive_entry_xattr_next(head, &name, &value, &size) == 0) {
        if (!name || !is_allowed_xattr(name))
            continue;
        if (fsetxattr(fd, name, value, size, 0) == 0)
            continue;
        /* A file system without user.* (tmpfs before 6.6), or no right to
         * give capabilities: the file is of use without. */
        if (errno == ENOTSUP || errno == EPERM)
            continue;
        return mb_fail(err, "set %s", name);
    }
    return 0;
}

/* The entry's time of change, as utimensat(2) takes it; none: 1970. */
static void get_times(struct archive_entry *head, struct timespec out[2])
{
    long nsec = archive_entry_mtime_nsec(head);

    /* Out of range would be EINVAL, or mean "now" (UTIME_NOW). */
    if (nsec < 0 || nsec > 999999999)
        nsec = 0;
    out[0].tv_sec = archive_entry_mtime(head);
    out[0].tv_nsec = nsec;
    out[1] = out[0];
}

/* Give an open file its owner, attributes, mode and time (rule 4). */
static int set_metadata(const struct apply *a, int fd,
                        struct archive_entry *head, struct mb_error *err)
{
    struct timespec times[2];

    get_times(head, times);
    if (!a->options->single_id &&
        fchown(fd, archive_entry_uid(head), archive_entry_gid(head)) < 0)
        return mb_fail(err, "chown to %lld:%lld",
                       (long long)archive_entry_uid(head),
                       (long long)archive_entry_gid(head));
    if (set_xattrs(fd, head, err) < 0)
        return -1;
    if (fchmod(fd, archive_entry_perm(head) & 07777) < 0)
        return mb_fail(err, "chmod");
    if (futimens(fd, times) < 0)
        return mb_fail(err, "set the time");
    return 0;
}

/* Count a file against the limits before it takes any space (rule 5). */
static int account(struct apply *a, int64_t size, struct mb_error *err)
{
    if (size < 0 || (uint64_t)size > a->limits->file)
        return mb_failx(err, "file of %lld bytes, more than %llu",
                        (long long)size, (unsigned long long)a->limits->file);
    a->stats.bytes += size;
    if (a->stats.bytes > a->limits->bytes)
        return mb_failx(err, "files of more than %llu bytes in all",
                        (unsigned long long)a->limits->bytes);
    return 0;
}

/* Write one piece of content where it belongs, inside SIZE. */
static int write_piece(int fd, const struct untar_piece *piece, int64_t size,
                       struct mb_error *err)
{
    if (piece->offset < 0 || piece->offset > size ||
        piece->size > (uint64_t)(size - piece->offset))
        return mb_failx(err, "content beyond the end of the file");
    if (lseek(fd, piece->offset, SEEK_SET) < 0)
        return mb_fail(err, "seek");
    return fs_write_all(fd, piece->data, piece->size, err);
}

/* Copy the content of the current entry to FD. */
static int write_content(struct apply *a, int fd, int64_t size,
                         struct mb_error *err)
{
    struct untar_piece piece;
    int r;

    while ((r = untar_piece(a->tar, &piece, err)) > 0)
        if (write_piece(fd, &piece, size, err) < 0)
            return -1;
    /* A sparse file may end in a gap: nothing was written there. */
    if (r == 0 && ftruncate(fd, size) < 0)
        return mb_fail(err, "set the size");
    return r;
}

static int make_file(struct apply *a, const struct item *item,
                     struct mb_error *err)
{
    const struct place *place = &item->place;
    int64_t size = archive_entry_size(item->head);

    if (account(a, size, err) < 0 || make_room(place, err) < 0)
        return -1;
    mb_autoclose int fd =
        openat(place->dir, place->name,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return mb_fail(err, "create");
    if (write_content(a, fd, size, err) < 0)
        return -1;
    return set_metadata(a, fd, item->head, err);
}

/* Make a directory, or give one that is there new metadata. */
static int make_dir(struct apply *a, const struct item *item,
                    struct mb_error *err)
{
    const struct place *place = &item->place;
    struct stat st;

    /* A whiteout stays: walk_make_dir() must see it. */
    if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISDIR(st.st_mode) && !walk_is_whiteout(&st) &&
        make_room(place, err) < 0)
        return -1;
    mb_autoclose int fd = walk_make_dir(&a->walk, place, err);
    if (fd < 0)
        return -1;
    return set_metadata(a, fd, item->head, err);
}

static int make_symlink(struct apply *a, const struct item *item,
                        struct mb_error *err)
{
    const struct place *place = &item->place;
    const char *target = archive_entry_symlink(item->head);
    struct timespec times[2];

    get_times(item->head, times);
    if (!target)
        return mb_failx(err, "symlink without a target");
    if (make_room(place, err) < 0)
        return -1;
    /* Stored as it is: where it leads is decided at each use. */
    if (symlinkat(target, place->dir, place->name) < 0)
        return mb_fail(err, "symlink");
    /* No descriptor of a symlink can be chowned without /proc; by name, not
     * followed, is just as good. */
    if (!a->options->single_id &&
        fchownat(place->dir, place->name, archive_entry_uid(item->head),
                 archive_entry_gid(item->head), AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "chown");
    if (utimensat(place->dir, place->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "set the time");
    return 0;
}

static int make_fifo(struct apply *a, const struct item *item,
                     struct mb_error *err)
{
    const struct place *place = &item->place;

    if (make_room(place, err) < 0)
        return -1;
    if (mkfifoat(place->dir, place->name, 0600) < 0)
        return mb_fail(err, "mkfifo");
    /* For reading and writing, or open waits for the other end: fifo(7). */
    mb_autoclose int fd = openat(place->dir, place->name,
                                 O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return mb_fail(err, "open fifo");
    return set_metadata(a, fd, item->head, err);
}

/* A second name for a file of this layer.  The target is an archive's name
 * like any other, so it is walked like one. */
static int make_hardlink(struct apply *a, const struct item *item,
                         struct mb_error *err)
{
    const struct place *place = &item->place;
    const char *text = archive_entry_hardlink(item->head);
    mb_autobuf struct buf path = BUF_INIT;
    mb_autoplace struct place target = PLACE_NONE;
    struct stat st, old;

    if (walk_clean(text, &path, err) < 0)
        return -1;
    if (path.len == 0)
        return mb_failx(err, "hard link to the root");
    if (walk_enter(&a->walk, path.s, false, &target, err) < 0)
        return -1;
    if (fstatat(target.dir, target.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "hard link to %s", path.s);
    if (!S_ISREG(st.st_mode))
        return mb_failx(err, "hard link to %s, not a regular file", path.s);
    if (fstatat(place->dir, place->name, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
        old.st_ino == st.st_ino && old.st_dev == st.st_dev)
        return 0; /* to itself: making room would lose it */
    if (make_room(place, err) < 0)
        return -1;
    /* Without AT_SYMLINK_FOLLOW: the target itself, as we looked at it. */
    if (linkat(target.dir, target.name, place->dir, place->name, 0) < 0)
        return mb_fail(err, "hard link to %s", path.s);
    return 0;
}

/* ".wh.NAME": hide NAME of the layers below, unless this layer has its own
 * (rule 3): then only a directory needs a mark, as it would be merged. */
static int make_whiteout(struct apply *a, const struct item *item,
                         struct mb_error *err)
{
    const struct place *place = &item->place;
    const char *name = place->name + strlen(whiteout_prefix);
    struct stat st;

    if (strcmp(place->name, opaque_name) == 0)
        return walk_make_opaque(&a->walk, place->dir, err);
    /* ".wh..." would be a whiteout of "..", and so on. */
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        starts_with(name, whiteout_prefix))
        return mb_failx(err, "whiteout of nothing");
    if (fstatat(place->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISDIR(st.st_mode))
            return 0;
        mb_autoclose int fd = fs_open_dir(place->dir, name, err);
        return fd < 0 ? -1 : walk_make_opaque(&a->walk, fd, err);
    }
    /* The one device that needs no CAP_MKNOD (Linux 5.8). */
    if (mknodat(place->dir, name, S_IFCHR, makedev(0, 0)) < 0)
        return mb_fail(err, "make whiteout");
    return 0;
}

/* The root itself ("./" in most archives): only its metadata. */
static int apply_root(struct apply *a, struct archive_entry *head,
                      struct mb_error *err)
{
    if (archive_entry_filetype(head) != AE_IFDIR)
        return mb_failx(err, "the root is not a directory");
    mb_autoclose int fd = openat(a->walk.root, ".", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return mb_fail(err, "open the layer's directory");
    return set_metadata(a, fd, head, err);
}

typedef int maker(struct apply *, const struct item *, struct mb_error *);
