/* SPDX-License-Identifier: MIT */
/* Exercise 05-pivot-root: fill in the blanks (grep TODO).
 * The lesson: lessons/05-pivot-root.md.  Try it: make grade EX=05 */
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
    // TODO step 1: make every mount of this namespace private
    return mb_failx(err, "exercise 05 step 1: not written yet");
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
    // TODO step 2: make ROOTFS a mount point if it is none (rule 1)
    return mb_failx(err, "exercise 05 step 2: not written yet");
    // TODO step 3: go there, and swap the roots (no header declares pivot_root:
    //   use syscall(2))
    return mb_failx(err, "exercise 05 step 3: not written yet");
    /* From here "/" is the container's; the host's tree lies on top of it. */
    // TODO step 4: take the host's tree off (rule 3)
    return mb_failx(err, "exercise 05 step 4: not written yet");
    return 0;
}
