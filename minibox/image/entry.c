/* SPDX-License-Identifier: MIT */
/*
 * entry.c - make the file that one entry of an archive describes
 *
 * Problem   An entry promises more than a name: a size that may be a lie, an
 *           owner, a mode, attributes.  Setting these through a path would
 *           follow whatever symlink is there by then.
 * Idea      Make it new, keep the descriptor, do all the rest through it:
 *
 *             remove what is there
 *             openat(O_CREAT | O_EXCL | O_NOFOLLOW, 0600)  = fd
 *             write, ftruncate          content
 *             fchown                    clears setuid bits and capabilities,
 *             fsetxattr                 so attributes
 *             fchmod                    and mode come after it
 *             futimens                  last: all the above changes the time
 *
 * Rules     1. The last component is never followed: O_NOFOLLOW, O_EXCL,
 *              AT_SYMLINK_NOFOLLOW, linkat(2) without AT_SYMLINK_FOLLOW.
 *           2. Only the types of the table at the end.  Device nodes would
 *              give a container the host's disk, a 0:0 one hides files.
 *           3. Only the attributes of is_allowed_xattr().
 *           4. Count before doing: an archive of 100 bytes may promise a
 *              sparse file of 8 TiB.
 * Read      tar(5), archive_entry(3), openat(2), xattr(7), inode(7);
 *           lessons/13-layers.md
 */
#include "image/entry.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"

/* Remove whatever is at the place, a whole tree if need be, so that the next
 * call can make it: of two entries of one name the later wins. */
static int make_room(const struct place *place, struct mb_error *err)
{
    return fs_remove_tree(place->dir, place->name, err);
}

/* May an archive set this attribute?  user.* but not overlayfs' own ones
 * (they make marks), and file capabilities.  Not trusted.*, and not system.*:
 * ACLs name users of the machine where they were written. */
static bool is_allowed_xattr(const char *name)
{
    if (strcmp(name, "security.capability") == 0)
        return true;
    return starts_with(name, "user.") && !starts_with(name, "user.overlay.");
}

/* Set the allowed attributes of an entry on its open file or directory; the
 * others are left out without a word, as every program does. */
static int set_xattrs(int fd, struct archive_entry *head, struct mb_error *err)
{
    const char *name;
    const void *value;
    size_t size;

    /* libarchive keeps a cursor in the entry. */
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

int entry_set_metadata(const struct maker *m, int fd,
                       struct archive_entry *head, struct mb_error *err)
{
    struct timespec times[2];

    get_times(head, times);
    /* EINVAL: the id is not mapped in this user namespace. */
    if (!m->walk.keep_owner &&
        fchown(fd, archive_entry_uid(head), archive_entry_gid(head)) < 0)
        return mb_fail(err, "chown to %lld:%lld",
                       (long long)archive_entry_uid(head),
                       (long long)archive_entry_gid(head));
    if (set_xattrs(fd, head, err) < 0)
        return -1;
    /* Setuid bits stay: /bin/su in a container is worth nothing without.
     * They are harmless outside, as the store is 0700. */
    if (fchmod(fd, archive_entry_perm(head) & 07777) < 0)
        return mb_fail(err, "chmod");
    if (futimens(fd, times) < 0)
        return mb_fail(err, "set the time");
    return 0;
}

/* Count a file against the limits before it takes any space (rule 4). */
static int account(struct maker *m, int64_t size, struct mb_error *err)
{
    /* Base 256 numbers in a header can be negative. */
    if (size < 0 || (uint64_t)size > m->file_limit)
        return mb_failx(err, "file of %lld bytes, more than %llu",
                        (long long)size, (unsigned long long)m->file_limit);
    /* Written so that no sum can wrap around. */
    if ((uint64_t)size > m->bytes_limit - m->bytes)
        return mb_failx(err, "files of more than %llu bytes in all",
                        (unsigned long long)m->bytes_limit);
    m->bytes += size;
    return 0;
}

/* Write one piece of content where it belongs, inside SIZE: offsets are from
 * the archive, and a piece beyond the size was never counted. */
static int write_piece(int fd, const struct untar_piece *piece, int64_t size,
                       struct mb_error *err)
{
    if (piece->offset < 0 || piece->offset > size ||
        piece->size > (uint64_t)(size - piece->offset))
        return mb_failx(err, "content beyond the end of the file");
    /* Seeking over a gap leaves a hole, which reads as zeros. */
    if (lseek(fd, piece->offset, SEEK_SET) < 0)
        return mb_fail(err, "seek");
    return fs_write_all(fd, piece->data, piece->size, err);
}

/* Copy the content of the current entry to FD, which is empty.  It has SIZE
 * bytes, of which a sparse file stores only some. */
static int write_content(struct maker *m, int fd, int64_t size,
                         struct mb_error *err)
{
    struct untar_piece piece;
    int r;

    while ((r = untar_piece(m->tar, &piece, err)) > 0)
        if (write_piece(fd, &piece, size, err) < 0)
            return -1;
    /* A sparse file may end in a gap: nothing was written there. */
    if (r == 0 && ftruncate(fd, size) < 0)
        return mb_fail(err, "set the size");
    return r;
}

/* A regular file with the entry's content.  It has mode 0600 until its
 * owner is right: nobody else may open a half-made setuid file. */
static int make_file(struct maker *m, const struct item *item,
                     struct mb_error *err)
{
    const struct place *place = &item->place;
    int64_t size = archive_entry_size(item->head);

    if (account(m, size, err) < 0 || make_room(place, err) < 0)
        return -1;
    mb_autoclose int fd =
        openat(place->dir, place->name,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return mb_fail(err, "create");
    if (write_content(m, fd, size, err) < 0)
        return -1;
    return entry_set_metadata(m, fd, item->head, err);
}

/* Make a directory, or give one that is there new metadata and leave it its
 * content: archives name parents after their children, too. */
static int make_dir(struct maker *m, const struct item *item,
                    struct mb_error *err)
{
    const struct place *place = &item->place;
    struct stat st;

    /* A whiteout stays: walk_make_dir() must see it. */
    if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISDIR(st.st_mode) && !walk_is_whiteout(&st) &&
        make_room(place, err) < 0)
        return -1;
    mb_autoclose int fd = walk_make_dir(&m->walk, place, err);
    if (fd < 0)
        return -1;
    return entry_set_metadata(m, fd, item->head, err);
}

/* A symlink.  Its text may be anything, "/etc/passwd" too: this is no use of
 * it, and whoever uses it later walks inside the root. */
static int make_symlink(struct maker *m, const struct item *item,
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
    if (symlinkat(target, place->dir, place->name) < 0)
        return mb_fail(err, "symlink");
    /* No descriptor of a symlink can be chowned without /proc; by name, not
     * followed, is just as good. */
    if (!m->walk.keep_owner &&
        fchownat(place->dir, place->name, archive_entry_uid(item->head),
                 archive_entry_gid(item->head), AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "chown");
    if (utimensat(place->dir, place->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "set the time");
    return 0;
}

/* A named pipe.  It is on the list because it is only a name: what goes
 * through it stays between the processes that open it. */
static int make_fifo(struct maker *m, const struct item *item,
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
    return entry_set_metadata(m, fd, item->head, err);
}

/* Go to the target of a hard link and look at it.  The target is a name from
 * the archive like any other, so it is walked like one. */
static int find_target(struct maker *m, const char *path, struct place *out,
                       struct stat *out_st, struct mb_error *err)
{
    if (!*path)
        return mb_failx(err, "hard link to the root");
    if (walk_enter(&m->walk, path, false, out, err) < 0)
        return -1;
    if (fstatat(out->dir, out->name, out_st, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "hard link to %s", path);
    /* A second name for a symlink, a fifo or a whiteout: no honest layer
     * needs it, and a directory can have none (EPERM). */
    if (!S_ISREG(out_st->st_mode))
        return mb_failx(err, "hard link to %s, not a regular file", path);
    return 0;
}

/* A second name for a file of this layer.  The entry's owner and mode are
 * ignored: the file has its own. */
static int make_hardlink(struct maker *m, const struct item *item,
                         struct mb_error *err)
{
    const struct place *place = &item->place;
    mb_autobuf struct buf path = BUF_INIT;
    mb_autoplace struct place target = PLACE_NONE;
    struct stat st, old;

    if (walk_clean(archive_entry_hardlink(item->head), &path, err) < 0 ||
        find_target(m, path.s, &target, &st, err) < 0)
        return -1;
    if (fstatat(place->dir, place->name, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
        old.st_ino == st.st_ino && old.st_dev == st.st_dev)
        return 0; /* to itself: making room would lose it */
    if (make_room(place, err) < 0)
        return -1;
    /* Without AT_SYMLINK_FOLLOW: the target itself, as we looked at it.
     * ENOENT: it was in the directory that had to make room. */
    if (linkat(target.dir, target.name, place->dir, place->name, 0) < 0)
        return mb_fail(err, "hard link to %s", path.s);
    return 0;
}

/* Rule 2, the types of file an archive may make. */
static const struct {
    mode_t type;
    int (*make)(struct maker *, const struct item *, struct mb_error *);
} types[] = {
    {AE_IFREG, make_file},
    {AE_IFDIR, make_dir},
    {AE_IFLNK, make_symlink},
    {AE_IFIFO, make_fifo},
};

/* The index in the table of an entry's type, or -1. */
static int type_index(struct archive_entry *head)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == archive_entry_filetype(head))
            return i;
    return -1;
}

bool entry_is_allowed(struct archive_entry *head)
{
    mode_t type = archive_entry_filetype(head);

    /* Only these are left out.  A hard link without a target, say, has no type
     * either, and is refused: half a layer is worth nothing. */
    return type != AE_IFCHR && type != AE_IFBLK && type != AE_IFSOCK;
}

int entry_make(struct maker *m, const struct item *item, struct mb_error *err)
{
    /* Asked first, because a hard link's type is 0. */
    if (archive_entry_hardlink(item->head))
        return make_hardlink(m, item, err);
    int i = type_index(item->head);
    if (i < 0)
        return mb_failx(err, "not a type of file for a layer");
    return types[i].make(m, item, err);
}
