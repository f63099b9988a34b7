/* SPDX-License-Identifier: MIT */
/*
 * cage_group.c - a cgroup for the cage to play with
 *
 * Problem   Exercise 08 makes cgroups, so its cage must be allowed to.  But the
 *           cage's own group is what holds it, and nothing may be left of it.
 * Idea      Delegate, as systemd does for a user: the directory and the files
 *           that hand processes and controllers down belong to the cage, the
 *           limits stay ours.
 *
 *             minibox-gN/                  the cage's
 *               memory.max, pids.max ...   ours
 *               cgroup.procs ...           the cage's
 *               minibox-self/ ...          what it makes; removed with ours
 *
 * Rules     1. A group with groups in it is busy: the deepest goes first.
 *           2. Groups cost the kernel memory that no limit counts, so their
 *              number and depth are limited.
 * Read      cgroup-v2.rst, "Delegation"; lessons/08-cgroups.md
 */
#include "grader/cage_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

/* Write VALUE to a file of the group. */
static int write_to(const struct cgroup *group, const char *file,
                    const char *value, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/%s", group->dirs[0], file);
    mb_autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return mb_fail(err, "open %s", path);
    return fs_write_all(fd, value, strlen(value), err);
}

int cage_group_delegate(const struct cgroup *group, uid_t uid,
                        struct mb_error *err)
{
    static const char *const files[] = {
        "", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"};

    /* Rule 2. */
    if (write_to(group, "cgroup.max.descendants", "50", err) < 0 ||
        write_to(group, "cgroup.max.depth", "5", err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        mb_autofree char *path = mb_printf("%s%s", group->dirs[0], files[i]);
        if (chown(path, uid, uid) < 0)
            return mb_fail(err, "give %s to the cage", path);
    }
    return 0;
}

/* Remove the groups below the directory PATH: rule 1. */
static void remove_below(const char *path)
{
    mb_autodir DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        struct cgroup below = {.version = CGROUP_V2, .n_dirs = 1};
        size_t room = sizeof below.dirs[0];
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        if ((size_t)snprintf(below.dirs[0], room, "%s/%s", path,
                             entry->d_name) >= room)
            continue;
        remove_below(below.dirs[0]);
        (void)cgroup_remove(&below);
    }
}

void cage_group_remove(const struct cgroup *group)
{
    if (group->version == CGROUP_V2)
        remove_below(group->dirs[0]);
    (void)cgroup_remove(group);
}
