/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CHANGES_H
#define ENGINE_CHANGES_H

#include "base/buf.h"
#include "base/error.h"

/* What a container has changed: append a line for each change to *out, sorted
 * by name, a directory before what is in it.
 *
 *     A /tmp/f      added: there was nothing of that name
 *     C /etc        changed; directories in which something has changed, too
 *     D /etc/group  deleted; what was in a deleted directory is not listed
 *
 * UPPER is the container's own directory.  LOWERS are its image's layers, real
 * directories, the topmost first.  What minibox itself puts into every
 * container (/proc, /etc/hosts, ...) is left out, and so is what was copied up
 * but looks the same.  The container may run: what it changes in the meantime
 * may be seen or not. */
int changes_read(const char *upper, const struct strv *lowers, struct strv *out,
                 struct mb_error *err);

#endif
