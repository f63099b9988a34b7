/* SPDX-License-Identifier: MIT */
#ifndef GRADER_SEE_TREE_H
#define GRADER_SEE_TREE_H

#include <sys/types.h>

/*
 * All that a process has in its directory PATH, a line for each, sorted:
 *
 *   app/                           a directory
 *   app/run: hello                 a file and its content
 *   app/l -> run                   a symlink
 *   app/old (character device 0:0)
 *   lib/ (user.overlay.opaque=y)   a directory with the attribute XATTR
 *   ./ (user.overlay.opaque=y)     so has PATH itself; without it, no line
 *
 * and "(nothing)" for an empty one.  Symlinks are not followed.  The text lives
 * as long as the test.
 */
const char *see_tree(pid_t pid, const char *path, const char *xattr);

#endif
