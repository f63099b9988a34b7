/* SPDX-License-Identifier: MIT */
/*
 * cage_tree.c - the files that a cage shows
 *
 * Problem   Student code must run and gcc must compile, so a system is needed:
 *           programs, libraries, headers.  The solution, the tests and the
 *           files of the user must not be there.
 * Idea      Nothing is hidden: the tree starts empty, and what is needed is put
 *           into it, as runtime/child does for a container.
 *
 *             /            a tmpfs, thrown away with the cage
 *             /usr /lib    the host's, read-only
 *             /etc         made up
 *             /tmp         a tmpfs of 64 MB
 *             /proc /sys /dev   as in any container
 *             /work ...    the directories of the cage_bind list
 *
 * Rules     1. What lies in directories that only the judge may enter is opened
 *              before we become the other user, and bound by descriptor.
 *           2. Everything but /tmp is read-only, no set-user-ID, no devices.
 * Read      mount(2), cgroup_namespaces(7); lessons/06-mounts.md
 */
#include "grader/cage_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/mount.h"
#include "linux/pivot.h"

int cage_tree_open(const struct cage_bind *binds, int fds[CAGE_MAX_BINDS],
                   struct mb_error *err)
{
    for (int i = 0; i < CAGE_MAX_BINDS && binds[i].source; i++) {
        fds[i] = open(binds[i].source, O_PATH | O_CLOEXEC);
        if (fds[i] < 0)
            return mb_fail(err, "open %s", binds[i].source);
    }
    return 0;
}

/* Bind one of them. */
static int bind_source(int root, const struct cage_bind *b, int fd,
                       struct mb_error *err)
{
    mb_autoclose int target = fs_mkdirs_in_root(root, b->target, 0, 0, err);

    if (target < 0 || mount_bind(mount_fd_path(fd).text, target, err) < 0)
        return mb_wrap(err, "show /%s", b->target);
    return mount_set_flags(root, b->target,
                           MS_NOSUID | MS_NODEV | (b->writable ? 0 : MS_RDONLY),
                           err);
}

/* The system's programs and libraries.  /bin and its like are links into /usr
 * on today's distributions, directories on older ones. */
static int show_system(int root, struct mb_error *err)
{
    static const char *const names[] = {"usr", "bin",   "sbin",
                                        "lib", "lib64", "etc/alternatives"};
    char link[256];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        mb_autofree char *path = mb_printf("/%s", names[i]);
        const struct cage_bind b = {path, names[i], false};
        ssize_t n = readlink(path, link, sizeof link - 1);
        if (n > 0) {
            link[n] = '\0';
            if (symlinkat(link, root, names[i]) < 0)
                return mb_fail(err, "make /%s", names[i]);
        } else if (access(path, X_OK) == 0) {
            mb_autoclose int fd = open(path, O_PATH | O_CLOEXEC);
            if (fd < 0 || bind_source(root, &b, fd, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* An /etc that gives nothing away. */
static int write_etc(int root, struct mb_error *err)
{
    static const char passwd[] = "root:x:0:0:root:/tmp:/bin/sh\n"
                                 "nobody:x:65534:65534::/tmp:/bin/false\n";
    static const char group[] = "root:x:0:\nnogroup:x:65534:\n";

    if (mkdirat(root, "etc", 0755) < 0 && errno != EEXIST)
        return mb_fail(err, "make /etc");
    if (fs_write(root, "etc/passwd", passwd, strlen(passwd), err) < 0)
        return -1;
    return fs_write(root, "etc/group", group, strlen(group), err);
}

/* /tmp, the only place to write in. */
static int mount_scratch(int root, struct mb_error *err)
{
    mb_autoclose int fd = fs_mkdirs_in_root(root, "tmp", 0, 0, err);

    if (fd < 0)
        return -1;
    if (mount("tmpfs", mount_fd_path(fd).text, "tmpfs", MS_NOSUID | MS_NODEV,
              "mode=1777,size=64m,nr_inodes=20000") < 0)
        return mb_fail(err, "mount /tmp");
    return 0;
}

/* With cgroups v2: the cage's own group is the root of what it sees. */
static int mount_cgroups(int root, const struct cgroup *group,
                         struct mb_error *err)
{
    if (group->version != CGROUP_V2)
        return 0;
    if (unshare(CLONE_NEWCGROUP) < 0)
        return mb_fail(err, "make a cgroup namespace");
    mb_autoclose int fd = fs_open_in_root(root, "sys/fs/cgroup", O_PATH, 0);
    if (fd < 0 || mount("cgroup2", mount_fd_path(fd).text, "cgroup2",
                        MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return mb_fail(err, "mount the cgroups");
    return 0;
}

/* Everything below the new root, on a tmpfs at SPARE. */
static int make_tree(const struct cage_spec *spec, const struct cgroup *group,
                     int spare, struct mb_error *err)
{
    struct fd_path at = mount_fd_path(spare);

    if (mount("tmpfs", at.text, "tmpfs", MS_NOSUID | MS_NODEV,
              "mode=755,size=1m") < 0)
        return mb_fail(err, "mount the root");
    mb_autoclose int root =
        open(spec->spare_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return mb_fail(err, "open %s", spec->spare_dir);
    if (write_etc(root, err) < 0 || show_system(root, err) < 0 ||
        mount_scratch(root, err) < 0 || mount_standard(root, err) < 0)
        return -1;
    if (fchdir(root) < 0)
        return mb_fail(err, "enter the new root");
    return mount_cgroups(root, group, err);
}

/* What was opened before, into the tree that we stand in; then it is "/". */
static int show_binds(const struct cage_spec *spec,
                      const int fds[CAGE_MAX_BINDS], struct mb_error *err)
{
    mb_autoclose int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    for (int i = 0; i < CAGE_MAX_BINDS && spec->binds[i].source; i++)
        if (bind_source(root, &spec->binds[i], fds[i], err) < 0)
            return -1;
    return pivot_into(".", err);
}

int cage_tree_enter(const struct cage_spec *spec, const struct cgroup *group,
                    int spare, const int fds[CAGE_MAX_BINDS],
                    struct mb_error *err)
{
    if (make_tree(spec, group, spare, err) < 0)
        return -1;
    return show_binds(spec, fds, err);
}
