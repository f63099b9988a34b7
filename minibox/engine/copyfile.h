/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_COPYFILE_H
#define ENGINE_COPYFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Copy one thing: which, to where, and what to change about it. */
struct copyfile {
    int from_root;     /* `from` is looked up in here, and never outside */
    const char *from;  /* a symlink at its end is not followed */
    int to_dir;        /* the directory that gets it */
    const char *to;    /* its name there: one component */
    const char *shown; /* how to name the target in an error */
    bool keep_owner;   /* the source's; else these: */
    uid_t uid;         /* -1: leave the owner alone */
    gid_t gid;
    const char *mode;             /* --chmod; NULL: the source's */
    struct copyfile_links *links; /* files with several names; NULL: each name
                                   * becomes a file of its own */
};

/* Files with several names that were copied, and where to. */
struct copyfile_links {
    struct copyfile_link *v;
    size_t n;
};
void copyfile_links_done(struct copyfile_links *links);

/* Copy a file, a symlink (as a link) or a FIFO (without opening it), with
 * mode, times and user.* attributes.  An existing file, link or FIFO is
 * removed first, never written to; an existing directory is an error. */
int copyfile_put(const struct copyfile *job, struct mb_error *err);

/* Make the directory.  One that exists is fine, anything else in the way is
 * an error.  Its mode and times come with copyfile_finish_dir(), after its
 * content: before, it may have to be writable and would get new times. */
int copyfile_mkdir(const struct copyfile *job, struct mb_error *err);
int copyfile_finish_dir(const struct copyfile *job, struct mb_error *err);

#endif
