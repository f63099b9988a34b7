/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_PACKFILE_H
#define IMAGE_PACKFILE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/layer.h"
#include "image/mktar.h"

/* A layer in the making. */
struct packer {
    struct mktar *tar;
    const char *xattr_prefix; /* overlayfs' attributes, never packed */
    time_t newest;            /* later times become this; -1: none */
    struct layer_stats stats;
    struct buf path; /* of the current file, as the tar names it */
    void *links;     /* files with several names that are in the tar */
};

/* Frees what the packer gathered, not the tar. */
void packfile_done(struct packer *p);

/* A file on disk: an entry of an open directory. */
struct node {
    int dir;
    const char *name;
    struct stat st;
};

/* Open a regular file or a directory for reading, and look at it again: from
 * then on node->st is what the descriptor stands for.  Fails if its type has
 * changed since node->st was filled. */
int packfile_open(struct node *node, struct mb_error *err);

/* Write the file, symlink or fifo NODE as the entry p->path.  Other types are
 * counted in p->stats.skipped. */
int packfile_put(struct packer *p, struct node *node, struct mb_error *err);

/* Write the entry of the directory NODE, opened as FD, not its content. */
int packfile_dir(struct packer *p, int fd, const struct node *node,
                 struct mb_error *err);

/* Write the empty entry DIR/.wh.NAME, mode 0600, owner and time 0.  DIR ""
 * is the root. */
int packfile_mark(struct packer *p, const char *dir, const char *name,
                  struct mb_error *err);

/* Is this time later than p->newest?  A fraction of a second counts. */
bool packfile_too_new(const struct packer *p, const struct timespec *time);

#endif
