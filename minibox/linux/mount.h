/* SPDX-License-Identifier: MIT */
#ifndef LINUX_MOUNT_H
#define LINUX_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A volume of the user's: -v SOURCE:TARGET[:ro]. */
struct volume {
    char *source; /* absolute path on the host */
    char *target; /* absolute path in the container */
    bool read_only;
};

/* The small files that a container gets from us instead of its image's. */
struct etc_files {
    const char *hosts, *hostname, *resolv_conf; /* contents; NULL: leave */
};

/*
 * All of these are called by the child, in its own mount namespace, between
 * the overlay's mount and the pivot.  ROOT is a descriptor of the root of the
 * image (O_PATH).  Whatever the image's symlinks say, nothing is mounted
 * outside of it.  /proc of the host must still be in place.
 */

/* /proc, /sys, /dev with its six devices, pts, shm and mqueue. */
int mount_standard(int root, struct mb_error *err);
/* /etc/hosts and its like.  They live in memory and end with the container. */
int mount_etc_files(int root, const struct etc_files *files,
                    struct mb_error *err);
/* What to mount on: TARGET, a directory or (DIRECTORY false) a file, made if it
 * is missing.  A descriptor (O_PATH or not), or -1. */
int mount_open_target(int root, const char *target, bool directory,
                      struct mb_error *err);
/* Bind a directory or a file of the host into the container. */
int mount_volume(int root, const struct volume *volume, struct mb_error *err);
/* A tmpfs on TARGET. */
int mount_tmpfs(int root, const char *target, struct mb_error *err);
/* The building blocks of the above, for linux/mask: the path by which the
 * kernel finds an open descriptor again; bind the tree at SOURCE onto the
 * descriptor TARGET; and add mount(2)'s FLAGS to the bind mount at NAME. */
struct fd_path {
    char text[32];
};
struct fd_path mount_fd_path(int fd);
int mount_bind(const char *source, int target, struct mb_error *err);
int mount_set_flags(int root, const char *name, unsigned long flags,
                    struct mb_error *err);

/* After the pivot: no more writing to "/" itself (--read-only). */
int mount_root_read_only(struct mb_error *err);

#endif
