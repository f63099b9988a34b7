/* SPDX-License-Identifier: MIT */
/* Exercise 02-chroot: fill in the blanks (grep TODO).
 * The lesson: lessons/02-chroot.md.  Try it: make grade EX=02 */
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
    // TODO step 1: make the directory "/", and stand in it (rule 1)
    return mb_failx(err, "exercise 02 step 1: not written yet");
    return 0;
}

/* Climb from here until "above" is "here": that is the topmost directory. */
static int climb(struct stat *out_top, struct mb_error *err)
{
    struct stat above;

    // TODO step 3: go up until ".." leads nowhere new; leave what stat(2) says
    //   of that directory in *out_top
    return mb_failx(err, "exercise 02 step 3: not written yet");
    return 0;
}

int chroot_break_out(const char *spare, struct mb_error *err)
{
    struct stat jail, top;

    if (stat("/", &jail) < 0)
        return mb_fail(err, "look at /");
    // TODO step 2: get outside of the root: make SPARE, and the root of this
    //   process a directory that it does not stand in
    return mb_failx(err, "exercise 02 step 2: not written yet");
    if (climb(&top, err) < 0)
        return -1;
    // TODO step 4: make the top the root; -1 if that was no way out
    return mb_failx(err, "exercise 02 step 4: not written yet");
    return 0;
}
