/* SPDX-License-Identifier: MIT */
/*
 * mask.c - what a container must not see, and what it must not change
 *
 * Problem   /proc and /sys are only partly divided by namespaces: the
 *           machine's keys, timers and memory are in there, and files that
 *           change the whole machine when written to.
 * Idea      Mount something harmless over them: our /dev/null over a file, an
 *           empty read-only tmpfs over a directory.  What must stay readable
 *           is bound onto itself, read-only.
 * Rules     1. The /dev/null that hides a file is the one we have just bound,
 *              opened before: one that an image brings could be a symlink.
 *           2. What a kernel does not have is passed over.
 * Read      the lists are Docker's: moby, oci/defaults.go; proc(5);
 *           lessons/06-mounts.md
 */
#include "linux/mask.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/mount.h"

#define LOCKED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const char *const masked[] = {
    "proc/acpi",        "proc/asound",  "proc/interrupts",
    "proc/kcore",       "proc/keys",    "proc/latency_stats",
    "proc/sched_debug", "proc/scsi",    "proc/timer_list",
    "proc/timer_stats", "sys/firmware", "sys/devices/virtual/powercap",
};
static const char *const read_only[] = {
    "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger",
};

/* Hide a file behind our own /dev/null, a directory behind an empty tmpfs. */
static int mask(int root, const char *name, const char *null,
                struct mb_error *err)
{
    mb_autoclose int fd = fs_open_in_root(root, name, O_PATH, 0);
    struct stat st;
    int result;

    if (fd < 0 || fstat(fd, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        result = mount("tmpfs", mount_fd_path(fd).text, "tmpfs",
                       MS_RDONLY | LOCKED, "size=0k,nr_inodes=2");
    else
        result = mount(null, mount_fd_path(fd).text, NULL, MS_BIND, NULL);
    return result < 0 ? mb_fail(err, "mask /%s", name) : 0;
}

/* Bind NAME onto itself, to have a mount whose flags can be changed. */
static int lock(int root, const char *name, struct mb_error *err)
{
    mb_autoclose int fd = fs_open_in_root(root, name, O_PATH, 0);

    if (fd < 0)
        return 0;
    if (mount_bind(mount_fd_path(fd).text, fd, err) < 0)
        return mb_wrap(err, "lock /%s", name);
    return mount_set_flags(root, name, LOCKED | MS_RDONLY, err);
}

/* Each processor has one directory of these, or none has (virtual ones). */
static int mask_throttle(int root, const char *null, struct mb_error *err)
{
    static const char first[] = "/sys/devices/system/cpu/cpu0/thermal_throttle";
    static const char all[] = "/sys/devices/system/cpu/cpu*/thermal_throttle";
    glob_t found = {0};
    int result = 0;

    if (access(first, F_OK) < 0 || glob(all, GLOB_NOSORT, NULL, &found) != 0)
        return 0;
    for (size_t i = 0; i < found.gl_pathc && result == 0; i++)
        result = mask(root, found.gl_pathv[i] + 1, null, err);
    globfree(&found);
    return result;
}

int mask_apply(int root, struct mb_error *err)
{
    mb_autoclose int null = fs_open_in_root(root, "dev/null", O_PATH, 0);
    size_t i;

    if (null < 0)
        return mb_fail(err, "open the container's /dev/null");
    struct fd_path source = mount_fd_path(null);
    for (i = 0; i < sizeof masked / sizeof *masked; i++)
        if (mask(root, masked[i], source.text, err) < 0)
            return -1;
    for (i = 0; i < sizeof read_only / sizeof *read_only; i++)
        if (lock(root, read_only[i], err) < 0)
            return -1;
    if (mask_throttle(root, source.text, err) < 0)
        return -1;
    explain("06", "mount(\"/dev/null\", \"/proc/kcore\", MS_BIND)",
            "and other parts of /proc and /sys hidden or locked");
    return 0;
}
