/* SPDX-License-Identifier: MIT */
/*
 * chroot.c - a different "/", and why it is no prison
 *
 * Problem   A program should see a directory as the whole file system.
 * Idea      chroot(2) changes where the lookup of "/x" starts, and where ".."
 *           stops.  Nothing else: the rest of the tree is still mounted, and
 *           whoever stands outside the root can walk up for ever.
 *
 *             host /
 *              `- srv/root    chroot here: "/" and its ".." stay here
 *                  `- spare   chroot again: we now stand OUTSIDE the new
 *                             root, so cd .. .. .. reaches the host's /
 *
 * Rules     1. chdir(2) in as well: otherwise "." still is outside.
 *           2. Hold no descriptor of a directory outside: fchdir(2) on it is
 *              the shortest breakout of all.
 *           3. Never rely on it against root.  linux/pivot takes the host's
 *              tree away instead; then there is nothing to walk up to.
 * Read      chroot(2), path_resolution(7); lessons/02-chroot.md
 */
#include "linux/chroot.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int chroot_enter(int dir_fd, struct mb_error *err)
{
    /* STEP 1, 2 points: make the directory "/", and stand in it (rule 1) */
    if (fchdir(dir_fd) < 0)
        return mb_fail(err, "enter the new root directory");
    /* "." and not a path: nobody can swap what we already stand in. */
    if (chroot(".") < 0)
        return mb_fail(err, "chroot");
    /* END STEP 1 */
    return 0;
}

/* Climb from here until "above" is "here": that is the topmost directory. */
static int climb(struct stat *out_top, struct mb_error *err)
{
    struct stat above;

    /* STEP 3, 3 points: go up until ".." leads nowhere new; leave what stat(2)
     * says of that directory in *out_top */
    do {
        if (stat(".", out_top) < 0 || chdir("..") < 0 || stat(".", &above) < 0)
            return mb_fail(err, "climb up");
    } while (out_top->st_ino != above.st_ino ||
             out_top->st_dev != above.st_dev);
    /* END STEP 3 */
    return 0;
}

int chroot_break_out(const char *spare, struct mb_error *err)
{
    struct stat jail, top;

    if (stat("/", &jail) < 0)
        return mb_fail(err, "look at /");
    /* STEP 2, 2 points: get outside of the root: make SPARE, and the root of
     * this process a directory that it does not stand in */
    if (mkdir(spare, 0700) < 0 && errno != EEXIST)
        return mb_fail(err, "make directory %s", spare);
    /* The new root is below us, and we do not go in: now we are outside. */
    if (chroot(spare) < 0)
        return mb_fail(err, "chroot to %s", spare);
    /* END STEP 2 */
    if (climb(&top, err) < 0)
        return -1;
    /* STEP 4, 2 points: make the top the root; -1 if that was no way out */
    if (chroot(".") < 0)
        return mb_fail(err, "chroot to the top");
    if (top.st_ino == jail.st_ino && top.st_dev == jail.st_dev)
        return mb_failx(err, "held: there is nothing above this root");
    /* END STEP 4 */
    return 0;
}
