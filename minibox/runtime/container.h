/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_CONTAINER_H
#define RUNTIME_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "linux/cgroup.h"
#include "linux/mount.h"

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
    struct strv tmpfs; /* targets of --tmpfs */

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

    /* stdio */
    bool tty;         /* -t */
    bool interactive; /* -i: descriptor 0 is passed on */
    int out, errors;  /* other descriptors than 1 and 2; -1: those */
};

/* How it ended. */
struct container_result {
    int exit_code;   /* 0..255, 128 + signal */
    bool oom_killed; /* the kernel ended a process for lack of memory */
};

/* Called in the parent when the container runs; may be NULL. */
typedef void container_started(pid_t pid, void *argument);

/* Start a container, stay with it (signals and terminal are passed on), and
 * wait for its end.  Returns 0 with *out_result filled; or -1 when it could
 * not be started: err->code is then 125, 126 or 127.  Either way all mounts,
 * processes and cgroups of it are gone; spec->dir is left to the caller. */
int container_run(const struct container_spec *spec, container_started *started,
                  void *argument, struct container_result *out_result,
                  struct mb_error *err);

#endif
