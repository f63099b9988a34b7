/* SPDX-License-Identifier: MIT */
/*
 * copyfile.c - one file from here to there
 *
 * Problem   A file is more than its bytes, and its target may be a trap: a
 *           symlink to elsewhere, a second name of another file, a FIFO.
 * Idea      Never write into what is there.  Remove the name, make a new file
 *           under it, and change that by its descriptor only:
 *
 *             x -> /etc/motd       unlink x        open(x, O_CREAT|O_EXCL)
 *             (would write motd)   (link is gone)  (a file of its own)
 *
 *           A file that is open elsewhere, or has a second name, keeps its old
 *           content there.
 * Rules     1. Look first (O_PATH), open only regular files.
 *           2. Bytes, attributes, owner, mode, times, in this order: chown(2)
 *              takes the setuid bit away, write(2) sets the time.
 *           3. A directory gets mode and times after its content.
 *              A FIFO and a link have no descriptor to change them by: they
 *              are named, never followed, in a directory that is open.
 *           4. A second name of a file becomes a second name of its copy.
 *           5. user.overlay.* is overlayfs's own: a file that brings such an
 *              attribute could turn into a whiteout.
 * Read      xattr(7), utimensat(2), chown(2);
 *           lessons/21-context.md
 */
#include "engine/copyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/copybytes.h"
#include "engine/filemode.h"

/* Copy the attribute NAME.  A target that has no place for it is fine. */
static int copy_attribute(int from, int to, const char *name)
{
    ssize_t size = fgetxattr(from, name, NULL, 0);

    if (size < 0)
        return 0; /* it has just gone */
    mb_autofree char *value = mb_alloc(size);
    size = fgetxattr(from, name, value, size);
    if (size < 0 || fsetxattr(to, name, value, size, 0) == 0)
        return 0;
    return errno == EOPNOTSUPP ? 0 : -1;
}

/* Copy the user.* attributes (rule 5).  The others mean something to this
 * kernel's security modules or filesystems, not to the image. */
static int copy_attributes(int from, int to)
{
    ssize_t size = flistxattr(from, NULL, 0);
    mb_autofree char *names = mb_alloc(size > 0 ? size : 0);

    /* EOPNOTSUPP, a filesystem without attributes, is no attributes.  The
     * list is names with their NULs, one behind the other. */
    if (size > 0)
        size = flistxattr(from, names, size);
    for (ssize_t i = 0; i < size; i += strlen(names + i) + 1) {
        const char *name = names + i;
        if (!starts_with(name, "user.") || starts_with(name, "user.overlay."))
            continue;
        if (copy_attribute(from, to, name) < 0)
            return -1;
    }
    return 0;
}

/* What job->mode makes of the source's mode; it was checked before. */
static mode_t new_mode(const struct copyfile *job, const struct stat *st)
{
    /* 07777: with setuid, setgid and sticky, without the type. */
    return (job->mode ? (mode_t)filemode_apply(job->mode, st->st_mode, NULL)
                      : st->st_mode) &
           07777;
}

/* Who gets it. */
static uid_t new_uid(const struct copyfile *job, const struct stat *st)
{
    return job->keep_owner ? st->st_uid : job->uid;
}

static gid_t new_gid(const struct copyfile *job, const struct stat *st)
{
    return job->keep_owner ? st->st_gid : job->gid;
}

/* The source's times; that of the last access is nobody's business. */
static void new_times(const struct stat *st, struct timespec out[2])
{
    out[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
    out[1] = st->st_mtim;
}

/* A failed chown in words.  EPERM: not root.  EINVAL: root in a user namespace
 * that has no such id, which nobody would guess from "Invalid argument". */
static int cannot_own(const struct copyfile *job, const struct stat *st,
                      struct mb_error *err)
{
    mb_fail(err, "chown %s to %u:%u", job->shown, new_uid(job, st),
            new_gid(job, st));
    return mb_hint(err, "only root, or a user namespace in which these ids are "
                        "mapped, can give files away: see /etc/subuid");
}

/* Rule 2: all that the open file TO gets after its bytes. */
static int dress(const struct copyfile *job, int from, int to,
                 const struct stat *st, struct mb_error *err)
{
    struct timespec times[2];

    new_times(st, times);
    if (copy_attributes(from, to) < 0)
        return mb_fail(err, "set attributes of %s", job->shown);
    /* An owner of -1 changes nothing, chown(2). */
    if (fchown(to, new_uid(job, st), new_gid(job, st)) < 0)
        return cannot_own(job, st, err);
    /* Always, even if open(2) was given a mode: that went through umask(2),
     * and fchown() may have taken bits away. */
    if (fchmod(to, new_mode(job, st)) < 0)
        return mb_fail(err, "chmod %s", job->shown);
    if (futimens(to, times) < 0)
        return mb_fail(err, "set the time of %s", job->shown);
    return 0;
}

/* Open the source, which we have seen to be a file or directory.  O_NONBLOCK,
 * for it may have been swapped for a FIFO since. */
static int open_source(const struct copyfile *job, int flags,
                       struct mb_error *err)
{
    int fd = fs_open_in_root(job->from_root, *job->from ? job->from : ".",
                             flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

    return fd < 0 ? mb_fail(err, "open /%s", job->from) : fd;
}

/* Copy a regular file to a name that is free. */
static int put_file(const struct copyfile *job, struct mb_error *err)
{
    mb_autoclose int from = open_source(job, O_NOCTTY, err);
    struct stat st;

    if (from < 0)
        return -1;
    /* What counts is the file that is open, not the one that was seen. */
    if (fstat(from, &st) < 0 || !S_ISREG(st.st_mode))
        return mb_failx(err, "/%s changed while it was copied", job->from);
    /* O_EXCL: if something has that name again, fail, whatever it is.  0600
     * until all is there, for the file may hold a secret. */
    mb_autoclose int to =
        openat(job->to_dir, job->to,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return mb_fail(err, "create %s", job->shown);
    if (copybytes_all(from, to, st.st_size, err) < 0)
        return mb_wrap(err, "copy /%s to %s", job->from, job->shown);
    return dress(job, from, to, &st, err);
}

/* Owner and times of a thing that has no descriptor (rule 2): the name is used,
 * and never followed. */
static int dress_name(const struct copyfile *job, const struct stat *st,
                      struct mb_error *err)
{
    struct timespec times[2];

    new_times(st, times);
    if (fchownat(job->to_dir, job->to, new_uid(job, st), new_gid(job, st),
                 AT_SYMLINK_NOFOLLOW) < 0)
        return cannot_own(job, st, err);
    if (utimensat(job->to_dir, job->to, times, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "set the time of %s", job->shown);
    return 0;
}

/* Copy the symlink that LINK is open on (O_PATH): it stays a link, wherever
 * it points.  It has no mode: Linux shows 0777 for all of them. */
static int put_link(const struct copyfile *job, int link, const struct stat *st,
                    struct mb_error *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(link, "", target, sizeof target - 1);

    if (n < 0)
        return mb_fail(err, "read link /%s", job->from);
    target[n] = '\0'; /* readlink(2) does not */
    if (symlinkat(target, job->to_dir, job->to) < 0)
        return mb_fail(err, "create %s", job->shown);
    return dress_name(job, st, err);
}

/* Make a FIFO like the source.  Neither of the two is ever opened: that blocks
 * until there is somebody at the other end. */
static int put_fifo(const struct copyfile *job, const struct stat *st,
                    struct mb_error *err)
{
    if (mkfifoat(job->to_dir, job->to, 0600) < 0)
        return mb_fail(err, "create %s", job->shown);
    /* After the owner, for chown(2) takes bits away.  fchmodat() would follow
     * a link, but this is the FIFO just made. */
    if (dress_name(job, st, err) < 0)
        return -1;
    if (fchmodat(job->to_dir, job->to, new_mode(job, st), 0) < 0)
        return mb_fail(err, "chmod %s", job->shown);
    return 0;
}

/* Remove what has the target's name, unless it is a directory: COPY adds and
 * replaces files, it does not delete trees.  In an overlay this is what keeps
 * a lower layer's file from being copied up only to be overwritten. */
static int make_room(const struct copyfile *job, struct mb_error *err)
{
    if (unlinkat(job->to_dir, job->to, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno == EISDIR)
        return mb_failx(err, "cannot replace the directory %s with a file",
                        job->shown);
    return mb_fail(err, "replace %s", job->shown);
}

/* ---- files with several names (rule 4) ---- */

struct copyfile_link {
    dev_t dev; /* the source */
    ino_t ino;
    int copy; /* its copy, O_PATH */
};

void copyfile_links_done(struct copyfile_links *links)
{
    for (size_t i = 0; i < links->n; i++)
        close(links->v[i].copy);
    free(links->v);
    *links = (struct copyfile_links){0};
}

/* Was the file copied under another name?  Then give the copy this name too:
 * 1; else 0. */
static int put_name(const struct copyfile *job, const struct stat *st,
                    struct mb_error *err)
{
    for (size_t i = 0; i < job->links->n; i++) {
        const struct copyfile_link *link = &job->links->v[i];
        if (link->dev != st->st_dev || link->ino != st->st_ino)
            continue;
        /* linkat(2): by /proc, as AT_EMPTY_PATH needs more rights. */
        mb_autofree char *path = mb_printf("/proc/self/fd/%d", link->copy);
        if (linkat(AT_FDCWD, path, job->to_dir, job->to, AT_SYMLINK_FOLLOW) < 0)
            return mb_fail(err, "link %s", job->shown);
        return 1;
    }
    return 0;
}

/* Remember the copy.  Descriptors are few: a tree with more such files gets
 * more files. */
static void note_name(const struct copyfile *job, const struct stat *st)
{
    enum { MAX_LINKS = 256 };
    struct copyfile_links *links = job->links;
    int fd = links->n == MAX_LINKS ? -1
                                   : openat(job->to_dir, job->to,
                                            O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return;
    links->v = mb_realloc(links->v, (links->n + 1) * sizeof *links->v);
    links->v[links->n++] = (struct copyfile_link){st->st_dev, st->st_ino, fd};
}

/* Copy a regular file, or link to the copy that there is. */
static int put_regular(const struct copyfile *job, const struct stat *st,
                       struct mb_error *err)
{
    bool several = job->links && st->st_nlink > 1;
    int linked = several ? put_name(job, st, err) : 0;

    if (linked)
        return linked < 0 ? -1 : 0;
    if (put_file(job, err) < 0)
        return -1;
    if (several)
        note_name(job, st);
    return 0;
}

int copyfile_put(const struct copyfile *job, struct mb_error *err)
{
    mb_autoclose int seen =
        fs_open_in_root(job->from_root, job->from, O_PATH | O_NOFOLLOW, 0);
    struct stat st;

    /* Rule 1: O_PATH looks and does not open. */
    if (seen < 0 || fstat(seen, &st) < 0)
        return mb_fail(err, "/%s", job->from);
    if (make_room(job, err) < 0)
        return -1;
    if (S_ISREG(st.st_mode))
        return put_regular(job, &st, err);
    if (S_ISLNK(st.st_mode))
        return put_link(job, seen, &st, err);
    if (S_ISFIFO(st.st_mode))
        return put_fifo(job, &st, err);
    return mb_failx(err, "/%s changed while it was copied", job->from);
}

int copyfile_mkdir(const struct copyfile *job, struct mb_error *err)
{
    struct stat st;

    /* 0700: ours to write in, and nobody else's, until it is finished. */
    if (mkdirat(job->to_dir, job->to, 0700) == 0)
        return 0;
    if (errno != EEXIST)
        return mb_fail(err, "make directory %s", job->shown);
    /* Not followed: a link would lead the rest of the tree elsewhere. */
    if (fstatat(job->to_dir, job->to, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "%s", job->shown);
    if (!S_ISDIR(st.st_mode))
        return mb_failx(err, "cannot copy to non-directory: %s", job->shown);
    return 0;
}

int copyfile_finish_dir(const struct copyfile *job, struct mb_error *err)
{
    mb_autoclose int from = open_source(job, O_DIRECTORY, err);
    mb_autoclose int to = fs_open_dir(job->to_dir, job->to, err);
    struct stat st;

    if (from < 0 || to < 0)
        return -1;
    if (fstat(from, &st) < 0)
        return mb_fail(err, "/%s", job->from);
    return dress(job, from, to, &st, err);
}
