/* SPDX-License-Identifier: MIT */
/*
 * probedisk.c - can images and containers live on this file system?
 *
 * Problem   A shared folder of a virtual machine, /mnt/c of WSL, a home by
 *           NFS: all look like directories, and lose owners, attributes or
 *           whiteouts.  The image breaks much later, in some odd place.
 * Idea      In a directory of its own on that file system, do once what layers
 *           and overlays do all the time, and look at what became of it:
 *
 *             .minibox-doctor-Xy12ab/
 *               file                  chown to another id, setxattr
 *               lower/gone            unlinked in merged/ -> upper/gone is a
 *               lower/kept              whiteout (device 0:0)
 *               upper/ work/ merged/  appended to in merged/ -> upper/kept
 *
 * Rules     1. Believe stat(2), not the result of chown(2): some file systems
 *              accept it and do nothing.
 *           2. The child that made the files removes them: what belongs to one
 *              of its other ids nobody outside can remove.
 * Read      statfs(2), xattr(7), overlayfs.rst; lessons/14-overlay.md
 */
#include "linux/probedisk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/overlay.h"
#include "linux/userns.h"

/* The kernel's names for those that one meets; see statfs(2). */
static const struct {
    unsigned long type;
    const char *name;
} kinds[] = {
    {EXT4_SUPER_MAGIC, "ext4"},
    {BTRFS_SUPER_MAGIC, "btrfs"},
    {XFS_SUPER_MAGIC, "xfs"},
    {F2FS_SUPER_MAGIC, "f2fs"},
    {0x2fc12fc1, "zfs"},
    {TMPFS_MAGIC, "tmpfs"},
    {OVERLAYFS_SUPER_MAGIC, "overlay"},
    {NFS_SUPER_MAGIC, "nfs"},
    {V9FS_MAGIC, "9p"},
    {0x786f4256, "vboxsf"},
    {0x65735546, "fuse"},
    {0xff534d42, "cifs"},
    {0xfe534d42, "smb2"},
    {MSDOS_SUPER_MAGIC, "fat"},
};

/* The nearest directory at or above PATH that exists.  Caller frees. */
static char *existing(const char *path)
{
    mb_autofree char *at = fs_clean_path("/", path);
    struct stat st;

    while (stat(at, &st) < 0 && strcmp(at, "/") != 0) {
        char *slash = strrchr(at, '/');
        slash[slash == at] = '\0'; /* the first one is "/" itself */
    }
    return mb_steal(&at);
}

/* The name of the file system that DIR lies on, for people. */
static const char *kind_of(const char *dir)
{
    struct statfs fs;

    if (statfs(dir, &fs) < 0)
        return "unknown";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].type == ((unsigned long)fs.f_type & 0xffffffffUL))
            return kinds[i].name;
    return "a file system minibox has no name for";
}

/* ---- a place of our own ------------------------------------------------- */

/* What a probe's child is given: where, and what to do there. */
struct place {
    const char *parent;
    int (*deed)(const char *dir, struct mb_error *err);
};

/* Behind the door: make the directory, do the deed, remove it (rule 2). */
static int do_there(void *argument, struct mb_error *err)
{
    const struct place *place = argument;
    mb_autofree char *dir =
        mb_printf("%s/.minibox-doctor-XXXXXX", place->parent);

    if (!mkdtemp(dir)) {
        mb_fail(err, "make a directory in %s", place->parent);
        return mb_code(err, PROBE_STORE_DENIED);
    }
    int result = place->deed(dir, err);
    if (fs_remove_tree(AT_FDCWD, dir, result < 0 ? NULL : err) < 0)
        return -1;
    return result;
}

/* Try DEED on the file system on which STORE lies or will lie.  What it says
 * names the place and the kind; WHAT is added when it works. */
static struct probe
try_there(const char *store, int (*deed)(const char *dir, struct mb_error *err),
          const char *what)
{
    mb_autofree char *parent = existing(store);
    mb_autofree char *works =
        mb_printf("%s (%s)%s", parent, kind_of(parent), what);
    struct place place = {parent, deed};
    struct probe p = probe_try(do_there, &place, works);

    if (p.cause == PROBE_OK || p.cause == PROBE_STORE_DENIED)
        return p;
    return probe_result(p.cause, "%s (%s): %s", parent, kind_of(parent),
                        p.found);
}

/* ---- files -------------------------------------------------------------- */

/* Give the file away to id 1, if there is more than one id here (rule 1). */
static int try_chown(int fd, struct mb_error *err)
{
    struct stat st;

    if (userns_is_single_id())
        return 0;
    if (fchown(fd, 1, 1) < 0 || fstat(fd, &st) < 0)
        return mb_fail(err, "change a file's owner");
    if (st.st_uid != 1)
        return mb_failx(err, "a change of owner has no effect");
    return 0;
}

/* The attributes are where overlayfs keeps its notes. */
static int try_attribute(int fd, struct mb_error *err)
{
    mb_autofree char *name = mb_printf("%sprobe", overlay_xattr_prefix());

    if (fsetxattr(fd, name, "y", 1, 0) < 0)
        return mb_fail(err, "set the attribute %s", name);
    return 0;
}

/* What layers need of files: owners, attributes, and that programs run. */
static int try_files(const char *dir, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/file", dir);
    mb_autoclose int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0700);
    struct statvfs fs;

    if (fd < 0 || fstatvfs(fd, &fs) < 0)
        return mb_fail(err, "make a file");
    if (try_chown(fd, err) < 0 || try_attribute(fd, err) < 0)
        return mb_code(err, PROBE_STORE_KIND);
    if (fs.f_flag & ST_NOEXEC) {
        mb_failx(err, "mounted with noexec");
        return mb_code(err, PROBE_STORE_NOEXEC);
    }
    return 0;
}

struct probe probedisk_store(const char *store)
{
    return try_there(store, try_files, "");
}

/* ---- an overlay --------------------------------------------------------- */

/* The directories of the overlay in DIR. */
struct trial {
    char lower[PATH_MAX], upper[PATH_MAX], work[PATH_MAX], merged[PATH_MAX];
};

/* Make them, with two files in the lower one. */
static int make_trial(struct trial *t, const char *dir, struct mb_error *err)
{
    snprintf(t->lower, PATH_MAX, "%s/lower", dir);
    snprintf(t->upper, PATH_MAX, "%s/upper", dir);
    snprintf(t->work, PATH_MAX, "%s/work", dir);
    snprintf(t->merged, PATH_MAX, "%s/merged", dir);
    if (mkdir(t->lower, 0755) < 0 || mkdir(t->upper, 0755) < 0 ||
        mkdir(t->work, 0755) < 0 || mkdir(t->merged, 0755) < 0)
        return mb_fail(err, "make directories in %s", dir);
    mb_autoclose int lower = fs_open_dir(AT_FDCWD, t->lower, err);
    if (lower < 0 || fs_write(lower, "gone", "1", 1, err) < 0)
        return -1;
    return fs_write(lower, "kept", "1", 1, err);
}

/* Without userxattr, which older kernels don't know: does that work?  Then
 * only the kernel's age is in the way. */
static bool plain_works(const struct trial *t)
{
    mb_autofree char *options = mb_printf("lowerdir=%s,upperdir=%s,workdir=%s",
                                          t->lower, t->upper, t->work);

    if (mount("overlay", t->merged, "overlay", 0, options) < 0)
        return false;
    (void)umount2(t->merged, MNT_DETACH);
    return true;
}

/* Why the overlay could not be mounted, with ERRNUM.  Before 5.11 the kernel
 * says EPERM to all but root; EINVAL comes from an option that it does not
 * know, or from an upper file system without whiteouts or attributes. */
static enum probe_cause overlay_cause(const struct trial *t, int errnum)
{
    if (errnum == ENODEV)
        return PROBE_OVERLAY_NONE;
    if (errnum == EPERM || plain_works(t))
        return PROBE_OVERLAY_OLD;
    return PROBE_STORE_UPPER;
}

/* In the mounted overlay: delete one file, change the other, and look for
 * their traces in the upper directory. */
static int use_overlay(const struct trial *t, struct mb_error *err)
{
    mb_autoclose int merged = fs_open_dir(AT_FDCWD, t->merged, err);
    mb_autoclose int upper = fs_open_dir(AT_FDCWD, t->upper, err);
    struct stat gone, kept;

    if (merged < 0 || upper < 0)
        return -1;
    mb_autoclose int fd = openat(merged, "kept", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "2", 1) != 1)
        return mb_fail(err, "change a file in an overlay");
    if (unlinkat(merged, "gone", 0) < 0)
        return mb_fail(err, "delete a file in an overlay");
    if (fstatat(upper, "kept", &kept, 0) < 0 ||
        fstatat(upper, "gone", &gone, 0) < 0)
        return mb_fail(err, "find the changes in the upper directory");
    if (!S_ISCHR(gone.st_mode) || gone.st_rdev != makedev(0, 0))
        return mb_failx(err, "a deleted file left no whiteout");
    return 0;
}

/* Mount, use, unmount: in DIR, in a mount namespace that nobody else sees. */
static int try_overlay(const char *dir, struct mb_error *err)
{
    struct trial t;

    if (probe_own_mounts(err) < 0 || make_trial(&t, dir, err) < 0)
        return -1;
    const struct overlay overlay = {
        .lowers = (char *const[]){t.lower},
        .n_lowers = 1,
        .upper = t.upper,
        .work = t.work,
        .disposable = true, /* as for a container */
    };
    if (overlay_mount(&overlay, t.merged, err) < 0) {
        int errnum = err->errnum;
        enum probe_cause cause = overlay_cause(&t, errnum);
        mb_failx(err, "mount an overlay: %s", strerror(errnum));
        return mb_code(err, cause);
    }
    int result = use_overlay(&t, err);
    (void)umount2(t.merged, MNT_DETACH);
    return result < 0 ? mb_code(err, PROBE_STORE_UPPER) : 0;
}

struct probe probedisk_overlay(const char *store)
{
    return try_there(store, try_overlay, ", changed and deleted in");
}
