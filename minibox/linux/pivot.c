/* SPDX-License-Identifier: MIT */
/*
 * pivot.c - give the container its own "/"
 *
 * Problem   A new mount namespace starts as a copy of the host's mount table,
 *           so "/" is still the host's root.  chroot(2) would only change
 *           where path lookup starts; the host's tree would stay mounted.
 * Idea      Make the image's mount the root, with the host's stacked on top of
 *           it, then take that one off (R is where the image was mounted):
 *
 *             start             pivot_root(".", ".")   umount2(MNT_DETACH)
 *             /    host         /   host   (on top)    /   rootfs
 *             `- R  rootfs      /   rootfs (below)
 *
 * Rules     1. The new root is a mount of its own     (else EBUSY or EINVAL).
 *           2. Neither root hangs below a shared mount (else EINVAL).
 *           3. Detach the old root at once.  We stand in the new root already;
 *              umount2(2) takes the topmost mount at ".", and that is the old
 *              one, stacked on the same place.
 * Read      pivot_root(2), mount_namespaces(7); lessons/05-pivot-root.md
 */
#include "linux/pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/explain.h"

int pivot_make_private(struct mb_error *err)
{
    /* STEP 1, 2 points: make every mount of this namespace private */
    /* Rule 2.  MS_REC because one shared submount would be enough to carry
     * our unmounts below back to the host. */
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return mb_fail(err, "make all mounts private");
    explain("05", "mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE)",
            "no mount below is seen by the host");
    /* END STEP 1 */
    return 0;
}

/* Is PATH the root of a mount?  (The kernel answers since Linux 5.8.) */
static int is_mount_point(const char *path)
{
    struct statx st;

    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &st) == 0 &&
           (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

int pivot_into(const char *rootfs, struct mb_error *err)
{
    /* STEP 2, 2 points: make ROOTFS a mount point if it is none (rule 1) */
    /* Binding a directory onto itself turns it into a mount point. */
    if (!is_mount_point(rootfs) &&
        mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL) < 0)
        return mb_fail(err, "bind %s onto itself", rootfs);
    /* END STEP 2 */
    /* STEP 3, 2 points: go there, and swap the roots (no header declares
     * pivot_root: use syscall(2)) */
    if (chdir(rootfs) < 0)
        return mb_fail(err, "enter %s", rootfs);
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return mb_fail(err, "pivot_root to %s", rootfs);
    /* END STEP 3 */
    /* From here "/" is the container's; the host's tree lies on top of it. */
    /* STEP 4, 2 points: take the host's tree off (rule 3) */
    if (umount2(".", MNT_DETACH) < 0)
        return mb_fail(err, "unmount the host's root");
    /* We came here with chdir(rootfs), so "." is the new root already. */
    explain("05", "pivot_root(\".\", \".\"); umount2(\".\", MNT_DETACH)",
            "the image is \"/\" now, the host's files are out of reach");
    /* END STEP 4 */
    return 0;
}
