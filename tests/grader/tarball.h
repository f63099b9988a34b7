/* SPDX-License-Identifier: MIT */
#ifndef GRADER_TARBALL_H
#define GRADER_TARBALL_H

#include <stddef.h>

/*
 * A tar archive, written by hand, for tests that hand one to a worker.
 *
 * ENTRIES: "TYPE NAME" or "TYPE NAME=VALUE", with commas between.  TYPE is
 * "file" (VALUE: its content), "dir", "link" (a symlink, VALUE: its text) or
 * "device" (1:3).  Everything is root's.  The last CUT bytes are left out.
 *
 * Returns it in hexadecimal digits, as arguments can't have NULs in them; it
 * lives as long as the test.
 */
const char *tarball_hex(const char *entries, size_t cut);

#endif
