/* SPDX-License-Identifier: MIT */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Files, always relative to a directory descriptor (AT_FDCWD for the current
 * directory).  Every descriptor these functions open is O_CLOEXEC.
 */

/* Append the whole file to *out.  Fails when it is larger than LIMIT bytes:
 * whoever reads a file that others wrote must say how much is sane. */
int fs_read(int dirfd, const char *path, size_t limit, struct buf *out,
            struct mb_error *err);

/* The same for a file that a user names, which may be a pipe: -f <(make-it).
 * One that stays empty is an error; where nobody has opened it for writing, two
 * seconds are waited for that. */
int fs_read_pipe(const char *path, size_t limit, struct buf *out,
                 struct mb_error *err);

/* Replace the file as one step: readers see the old content or the new one,
 * never half of it, even after kill -9 or a full disk.  Not fsync'ed. */
int fs_write(int dirfd, const char *path, const void *data, size_t size,
             struct mb_error *err);

/* Is NAME, without a directory, that of a file on which fs_write() is at work,
 * or was when it was killed? */
bool fs_is_temporary(const char *name);

/* Write all SIZE bytes to FD, whatever short writes and signals come. */
int fs_write_all(int fd, const void *data, size_t size, struct mb_error *err);

/* Make the directory and its missing parents (mode 0755).  0 if it exists. */
int fs_mkdirs(int dirfd, const char *path, struct mb_error *err);

/* Open a directory.  With O_NOFOLLOW semantics: a symlink is an error. */
int fs_open_dir(int dirfd, const char *path, struct mb_error *err);

/* Open PATH as a process would whose "/" is ROOTFD: absolute symlinks and
 * ".." stay inside (openat2(2) with RESOLVE_IN_ROOT).  Returns a descriptor,
 * or -1 with errno set and no error text: callers know what PATH was. */
int fs_open_in_root(int rootfd, const char *path, int flags, mode_t mode);

/* Make the directory PATH and its missing parents inside ROOTFD, never
 * outside, new ones owned by uid:gid with mode 0755.  Returns a descriptor
 * of the directory (O_PATH) or -1. */
int fs_mkdirs_in_root(int rootfd, const char *path, uid_t uid, gid_t gid,
                      struct mb_error *err);

/* Remove a file or a whole tree; never follows symlinks, never leaves the
 * tree's directory.  0 if there is nothing of that name. */
int fs_remove_tree(int dirfd, const char *name, struct mb_error *err);

/* Take the lock file PATH (flock(2); dies with the process).  OPERATION is
 * LOCK_SH or LOCK_EX, with LOCK_NB not to wait: then -1 and EWOULDBLOCK.
 * Returns the descriptor that holds the lock: close it to let go. */
int fs_lock(int dirfd, const char *path, int operation, struct mb_error *err);

/* Directory and last component of PATH; caller frees both. */
void fs_split(const char *path, char **out_dir, char **out_base);

/* PATH as an absolute one without ".", ".." and double slashes, worked out
 * on the text alone; relative ones start at BASE.  Caller frees. */
char *fs_clean_path(const char *base, const char *path);

#endif
