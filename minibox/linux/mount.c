/* SPDX-License-Identifier: MIT */
/*
 * mount.c - what a container finds in its tree
 *
 * Problem   An image has files, but /proc, /sys and /dev are views into the
 *           kernel.  Programs need them; some of what they show would let a
 *           container look at the host, or change it.
 * Idea      One table of mounts, in order (linux/mask then hides parts):
 *
 *             /proc      processes of this PID namespace
 *             /sys       read-only
 *             /dev       a tmpfs: null zero full random urandom tty, bound
 *              |- pts    terminals of its own
 *              |- shm    shared memory
 *              `- mqueue message queues
 *
 * Rules     1. The image is hostile: its /dev may be a symlink to /etc.  Every
 *              target is opened inside the image's root, and the mount is put
 *              on the descriptor (by way of /proc/self/fd), not on a path.
 *           2. Devices are bound from the host's /dev, read-only, into file
 *              systems that are all "nodev": a node that a container makes
 *              itself opens nothing, and it can't change the host's nodes.
 *              Rootless and as root alike.
 *           3. A bind mount takes its flags only from a second mount(2) with
 *              MS_REMOUNT; the first call ignores them.
 * Read      mount(2), proc(5), devpts in mount(8); lessons/06-mounts.md
 */
#include "linux/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"

#define LOCKED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct fd_path mount_fd_path(int fd)
{
    struct fd_path p;

    snprintf(p.text, sizeof p.text, "/proc/self/fd/%d", fd);
    return p;
}

/* ---- targets ------------------------------------------------------------ */

/* A target of ours: a plain directory, made if it is missing.  A symlink is
 * refused: we would mount somewhere else than everybody believes. */
static int open_plain_dir(int root, const char *target, struct mb_error *err)
{
    int fd =
        openat(root, target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && mkdirat(root, target, 0755) == 0)
        fd =
            openat(root, target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        mb_fail(err, "mount on /%s", target);
        return mb_hint(err, "/%s must be an ordinary directory in the image",
                       target);
    }
    return fd;
}

/* A file to bind onto, made empty if it is missing. */
static int open_or_make_file(int root, const char *target, struct mb_error *err)
{
    mb_autofree char *dir = NULL, *base = NULL;
    int fd = fs_open_in_root(root, target, O_PATH, 0);

    if (fd >= 0)
        return fd;
    fs_split(target, &dir, &base);
    mb_autoclose int parent = fs_mkdirs_in_root(root, dir, 0, 0, err);
    if (parent < 0)
        return -1;
    /* A symlink that leads nowhere (to /run, often) gives way to our file. */
    struct stat st;
    if (fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(st.st_mode))
        (void)unlinkat(parent, base, 0);
    fd = openat(parent, base,
                O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
    return fd < 0 ? mb_fail(err, "make mount point %s", target) : fd;
}

/* ---- one mount ---------------------------------------------------------- */

struct mount_entry {
    const char *source, *target, *type;
    unsigned long flags;
    const char *options;
};

static int mount_entry_apply(int root, const struct mount_entry *m,
                             struct mb_error *err)
{
    /* STEP 1, 2 points: mount the row M of the table on its directory below
     * ROOT, which open_plain_dir() finds (rule 1); leave errno as it is then,
     * two callers look at it */
    mb_autoclose int fd = open_plain_dir(root, m->target, err);

    if (fd < 0)
        return -1;
    if (mount(m->source, mount_fd_path(fd).text, m->type, m->flags,
              m->options) < 0)
        return mb_fail(err, "mount %s on /%s", m->type, m->target);
    return 0;
    /* END STEP 1 */
}

int mount_bind(const char *source, int target, struct mb_error *err)
{
    /* STEP 2, 2 points: bind the tree SOURCE, and what is mounted in it, onto
     * the descriptor TARGET (rule 1) */
    if (mount(source, mount_fd_path(target).text, NULL, MS_BIND | MS_REC,
              NULL) < 0)
        return mb_fail(err, "bind %s", source);
    return 0;
    /* END STEP 2 */
}

int mount_set_flags(int root, const char *name, unsigned long flags,
                    struct mb_error *err)
{
    /* Looked up again: a descriptor from before is below the new mount. */
    mb_autoclose int fd = fs_open_in_root(root, name, O_PATH, 0);
    struct statvfs now;

    if (fd < 0 || fstatvfs(fd, &now) < 0)
        return mb_fail(err, "look at %s", name);
    /* STEP 3, 3 points: add FLAGS to those that the mount has NOW (rule 3) */
    /* In a user namespace flags that came from outside are locked: whoever
     * leaves one out gets EPERM. */
    flags |= now.f_flag & (LOCKED | MS_RDONLY);
    if (mount(NULL, mount_fd_path(fd).text, NULL, MS_REMOUNT | MS_BIND | flags,
              NULL) < 0)
        return mb_fail(err, "set the mount flags of %s", name);
    return 0;
    /* END STEP 3 */
}

/* ---- /proc, /sys, /dev -------------------------------------------------- */

static const struct mount_entry proc_entry = {"proc", "proc", "proc", LOCKED,
                                              NULL};
static const struct mount_entry sys_entry = {"sysfs", "sys", "sysfs",
                                             LOCKED | MS_RDONLY, NULL};
static const struct mount_entry dev_entries[] = {
    {"tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NODEV | MS_STRICTATIME,
     "mode=755,size=65536k"},
    {"devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
     "newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {"shm", "dev/shm", "tmpfs", LOCKED, "mode=1777,size=65536k"},
    {"mqueue", "dev/mqueue", "mqueue", LOCKED, NULL},
};
static const char *const devices[] = {"null",   "zero",    "full",
                                      "random", "urandom", "tty"};
static const struct {
    const char *target, *name;
} dev_links[] = {
    {"pts/ptmx", "dev/ptmx"},          {"/proc/self/fd", "dev/fd"},
    {"/proc/self/fd/0", "dev/stdin"},  {"/proc/self/fd/1", "dev/stdout"},
    {"/proc/self/fd/2", "dev/stderr"},
};

/* sysfs shows the network namespace that it is mounted in, so who shares the
 * host's network and is not the real root may not mount one (EPERM): he gets
 * the host's view, read-only. */
static int mount_sys(int root, struct mb_error *err)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

    if (mount_entry_apply(root, &sys_entry, err) == 0)
        return 0;
    if (errno != EPERM)
        return -1;
    mb_autoclose int fd = open_plain_dir(root, "sys", err);
    if (fd < 0 || mount_bind("/sys", fd, err) < 0)
        return -1;
    /* Recursively read-only takes one call since Linux 5.12. */
    mb_autoclose int bound = open_plain_dir(root, "sys", err);
    if (syscall(SYS_mount_setattr, bound, "", AT_EMPTY_PATH | AT_RECURSIVE,
                &attr, sizeof attr) == 0)
        return 0;
    return mount_set_flags(root, "sys", LOCKED | MS_RDONLY, err);
}

/* Rule 2. */
static int bind_device(int root, const char *name, struct mb_error *err)
{
    mb_autofree char *target = mb_printf("dev/%s", name);
    mb_autofree char *source = mb_printf("/dev/%s", name);
    mb_autoclose int fd = open_or_make_file(root, target, err);

    if (fd < 0)
        return -1;
    /* STEP 4, 2 points: the host's device SOURCE on FD; then, for the mount at
     * TARGET: read-only, no set-user-ID, no programs (rules 2 and 3) */
    if (mount_bind(source, fd, err) < 0)
        return -1;
    return mount_set_flags(root, target, MS_RDONLY | MS_NOSUID | MS_NOEXEC,
                           err);
    /* END STEP 4 */
}

/* devpts wants group 5 (tty) for new terminals; where that number is not
 * mapped (EINVAL) they get the group of the process. */
static int mount_pts(int root, const struct mount_entry *pts,
                     struct mb_error *err)
{
    struct mount_entry plain = *pts;

    if (mount_entry_apply(root, pts, err) == 0)
        return 0;
    plain.options = "newinstance,ptmxmode=0666,mode=0620";
    return errno == EINVAL ? mount_entry_apply(root, &plain, err) : -1;
}

static int mount_dev(int root, struct mb_error *err)
{
    size_t i;

    if (mount_entry_apply(root, &dev_entries[0], err) < 0 ||
        mount_pts(root, &dev_entries[1], err) < 0 ||
        mount_entry_apply(root, &dev_entries[2], err) < 0 ||
        mount_entry_apply(root, &dev_entries[3], err) < 0)
        return -1;
    for (i = 0; i < sizeof devices / sizeof *devices; i++)
        if (bind_device(root, devices[i], err) < 0)
            return -1;
    for (i = 0; i < sizeof dev_links / sizeof *dev_links; i++)
        if (symlinkat(dev_links[i].target, root, dev_links[i].name) < 0)
            return mb_fail(err, "make /%s", dev_links[i].name);
    return 0;
}

int mount_standard(int root, struct mb_error *err)
{
    if (mount_entry_apply(root, &proc_entry, err) < 0) {
        if (errno == EPERM)
            mb_hint(err, "inside another container /proc is masked, and the "
                         "kernel then gives no new one");
        return -1;
    }
    explain("06", "mount(\"proc\", \"/proc\", \"proc\")",
            "shows the processes of this PID namespace only");
    if (mount_sys(root, err) < 0 || mount_dev(root, err) < 0)
        return -1;
    explain("06", "mount(\"tmpfs\", \"/dev\", \"tmpfs\")",
            "six devices, and pts, shm, mqueue; no disks");
    return 0;
}

/* ---- /etc/hosts and its like -------------------------------------------- */

/* Put TEXT into a file in the container's /dev, bind that onto TARGET and
 * take its first name away again: a file without a disk. */
static int mount_text(int root, const char *target, const char *text,
                      struct mb_error *err)
{
    static const char temporary[] = "dev/.text";

    if (!text)
        return 0;
    mb_autoclose int source =
        openat(root, temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (source < 0)
        return mb_fail(err, "make the text for %s", target);
    if (fs_write_all(source, text, strlen(text), err) < 0)
        return -1;
    mb_autoclose int fd = open_or_make_file(root, target, err);
    if (fd < 0 || mount_bind(mount_fd_path(source).text, fd, err) < 0)
        return mb_wrap(err, "mount %s", target);
    (void)unlinkat(root, temporary, 0);
    return 0;
}

int mount_etc_files(int root, const struct etc_files *files,
                    struct mb_error *err)
{
    if (mount_text(root, "/etc/hosts", files->hosts, err) < 0 ||
        mount_text(root, "/etc/hostname", files->hostname, err) < 0)
        return -1;
    return mount_text(root, "/etc/resolv.conf", files->resolv_conf, err);
}

/* ---- what the user asks for --------------------------------------------- */

/* Rule 2 holds for volumes too, and for what is mounted below them.  One call
 * for all of that takes Linux 5.12; before, only the volume itself gets the
 * flags. */
static int protect_volume(int root, const struct volume *v,
                          struct mb_error *err)
{
    mb_autoclose int fd = fs_open_in_root(root, v->target, O_PATH, 0);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV};
    unsigned long flags = MS_NODEV;

    if (v->read_only) {
        attr.attr_set |= MOUNT_ATTR_RDONLY;
        flags |= MS_RDONLY;
    }
    if (fd >= 0 &&
        syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
                sizeof attr) == 0)
        return 0;
    return mount_set_flags(root, v->target, flags, err);
}

int mount_open_target(int root, const char *target, bool directory,
                      struct mb_error *err)
{
    return directory ? fs_mkdirs_in_root(root, target, 0, 0, err)
                     : open_or_make_file(root, target, err);
}

int mount_volume(int root, const struct volume *v, struct mb_error *err)
{
    mb_autoclose int source = open(v->source, O_PATH | O_CLOEXEC);
    struct stat st, there;

    if (source < 0 || fstat(source, &st) < 0)
        return mb_fail(err, "volume %s", v->source);
    mb_autoclose int target =
        mount_open_target(root, v->target, S_ISDIR(st.st_mode), err);
    if (target < 0 || fstat(target, &there) < 0)
        return mb_wrap(err, "volume %s:%s", v->source, v->target);
    if (S_ISDIR(st.st_mode) != S_ISDIR(there.st_mode))
        return mb_failx(err,
                        "volume %s:%s: one is a directory, the other is "
                        "not; both must be of one kind",
                        v->source, v->target);
    if (mount_bind(mount_fd_path(source).text, target, err) < 0)
        return mb_wrap(err, "volume %s:%s", v->source, v->target);
    explain("06", "mount(SOURCE, TARGET, NULL, MS_BIND|MS_REC)",
            "%s is %s in here", v->source, v->target);
    return protect_volume(root, v, err);
}

int mount_tmpfs(int root, const char *target, struct mb_error *err)
{
    mb_autoclose int fd = fs_mkdirs_in_root(root, target, 0, 0, err);

    if (fd < 0)
        return -1;
    if (mount("tmpfs", mount_fd_path(fd).text, "tmpfs", LOCKED, "mode=1777") <
        0)
        return mb_fail(err, "mount a tmpfs on %s", target);
    return 0;
}

int mount_root_read_only(struct mb_error *err)
{
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV,
              NULL) < 0)
        return mb_fail(err, "make the root read-only");
    return 0;
}
