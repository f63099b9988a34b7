/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LAYER_H
#define IMAGE_LAYER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"

/*
 * A layer has two forms.  This module turns the first into the second, and
 * image/layerpack.h the second into the first:
 *
 *   in transport: a tar archive       on disk: a directory for overlayfs
 *   --------------------------       ---------------------------------
 *   app/run                           app/run
 *   app/.wh.old   (a "whiteout")      app/old, a character device 0:0
 *   lib/.wh..wh..opq ("opaque")       lib/, with the xattr overlay.opaque=y
 *
 * Sources: OCI image spec, layer.md; kernel, Documentation/filesystems/
 * overlayfs.rst, "whiteouts and opaque directories".
 */

struct layer_limits {
    uint64_t bytes;   /* unpacked bytes of all files */
    uint64_t entries; /* files, directories, links */
    uint64_t file;    /* bytes of one file */
};
extern const struct layer_limits layer_default_limits;

struct layer_options {
    /* Where this overlayfs keeps its marks: "trusted.overlay." for the real
     * root, "user.overlay." in a user namespace (mount option userxattr). */
    const char *xattr_prefix;
    const struct layer_limits *limits; /* NULL: the defaults */
    time_t newest;  /* pack: times later than this become this; -1: none.
                     * The same is then done to the files on disk, so that
                     * both forms of the layer agree. */
    bool single_id; /* only one uid is mapped: own every file as ourselves */
};

struct layer_stats {
    uint64_t bytes;   /* sum of the sizes of the regular files */
    uint64_t entries; /* entries read or written */
    uint64_t skipped; /* device nodes and sockets left out */
};

/* Read a plain tar from TAR_FD and
 * make its files below DIR_FD, an empty directory.  Nothing outside that
 * directory is ever touched, whatever the archive says.
 *
 * Made are regular files, directories, symlinks, hard links to regular files
 * and fifos, with owner, mode, time and the xattrs user.* and
 * security.capability.  Devices and sockets are skipped and counted.  A name
 * that is there already is replaced; two directories become one.  Missing
 * parents are made, 0755 and root's.
 *
 * A whiteout never hides what the same archive brings, before or after it.
 *
 * Refused with -1: ".." in a name, owners that are no uid, links to what is
 * not there, whiteouts of nothing, more than the limits allow, anything
 * damaged, cut short, or followed by garbage.  The caller then throws the
 * directory away.  out_stats may be NULL, and is untouched on failure.
 *
 * May run in a process whose "/" is DIR_FD and that has no /proc. */
int layer_apply(int tar_fd, int dir_fd, const struct layer_options *options,
                struct layer_stats *out_stats, struct mb_error *err);

#endif
