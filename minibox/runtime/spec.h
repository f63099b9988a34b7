/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_SPEC_H
#define RUNTIME_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "linux/cgroup.h"
#include "linux/mount.h"

/*
 * Mounts that only their owner understands.  Both functions are called in the
 * container's first process, with the host's files in place: `before` while
 * there is no root yet, `mount` when the standard mounts are on it.
 */
struct container_mounts {
    int (*before)(void *argument, struct mb_error *err);
    int (*mount)(int root, void *argument, struct mb_error *err);
    void *argument;
};

/*
 * Who takes what the container prints, when that is not the user's terminal:
 * called in its parent, while the container runs.
 */
enum { CONTAINER_IO_FDS = 4 };
struct pollfd;
struct container_io {
    /* It runs; MASTER is the pty's side, -1 without -t. */
    void (*begin)(void *argument, int master);
    /* What to wait for: fill in at most CONTAINER_IO_FDS, return how many. */
    size_t (*want)(void *argument, struct pollfd *fds);
    /* One of them has something. */
    void (*handle)(void *argument, const struct pollfd *fds, size_t n);
    /* It has ended: take what is left. */
    void (*end)(void *argument);
    void *argument;
};

/*
 * Everything that must be known to start a container.  All pointers belong to
 * the caller and must live until container_run() returns.
 */
struct container_spec {
    /* the file system */
    const char *id;     /* 64 hex digits */
    const char *dir;    /* a directory of its own; upper/ and work/ are made
                         * in it, and inside the container it is "/" */
    struct strv lowers; /* the image's layers, topmost first */
    bool disposable;    /* nobody needs upper/ after a power cut */
    bool read_only;     /* --read-only */
    struct volume *volumes;
    size_t n_volumes;
    struct strv tmpfs;                     /* targets of --tmpfs */
    const struct container_mounts *mounts; /* or NULL */

    /* the process */
    struct strv argv;
    struct strv env;  /* HOME is added if it is not there */
    const char *cwd;  /* absolute; made if missing */
    const char *user; /* see linux/user.h; NULL: root */
    const char *init; /* --init: path of minibox-init; NULL: without */

    /* the walls */
    const char *hostname; /* NULL: the host's name (--network host) */
    bool host_network;
    uint64_t caps;   /* linux/caps.h */
    bool unconfined; /* no seccomp filter */
    bool no_new_privs;
    bool unmasked; /* leave /proc and /sys open (--privileged) */
    struct cgroup_limits limits;

    bool brief; /* a step of a build: a signal that asks us to end is
                 * no matter for its PID 1, it ends the container */

    /* stdio */
    bool tty;         /* -t */
    bool interactive; /* -i: descriptor 0 is passed on */
    int out, errors;  /* other descriptors than 1 and 2; -1: those */
    const struct container_io *io; /* NULL: the user's terminal */
};

#endif
