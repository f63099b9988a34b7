/* SPDX-License-Identifier: MIT */
#ifndef GRADER_CAGE_H
#define GRADER_CAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "linux/cgroup.h"

/* How much a cage lets its program do. */
enum cage_kind {
    CAGE_CONFINED,   /* no capabilities, Docker's seccomp filter: compilers */
    CAGE_NAMESPACES, /* root of its own user namespace: students' code */
};

/* A directory of the host that is seen in the cage. */
struct cage_bind {
    const char *source; /* NULL ends a list */
    const char *target; /* below the cage's root, without "/" in front */
    bool writable;
};

struct cage_spec {
    enum cage_kind kind;
    char *const *argv;
    const struct cage_bind *binds;
    const char *spare_dir; /* any empty directory: the root is mounted there */
    int socket;            /* becomes descriptor 3; -1: none */
    int output;            /* becomes descriptors 1 and 2 */
    unsigned cpu_seconds;
};

/* A running cage.  Its PID 1 is ours; PID 2 is the program. */
struct cage {
    pid_t pid; /* of PID 1, as we see it */
    int pidfd;
    int status_fd; /* PID 1 writes the program's wait status here */
    struct cgroup group;
};

/* The user number (as we see it) that programs in a cage run as; files that
 * they shall be able to write must be given to it. */
uid_t cage_uid(void);

/* Start a program in a cage.  When the caller dies, so does all of it. */
int cage_start(const struct cage_spec *spec, struct cage *out,
               struct mb_error *err);

/* Wait at most SECONDS for its end.  1: it ended, with the program's wait
 * status in *out_status; 0: not yet. */
int cage_wait(struct cage *cage, double seconds, int *out_status);

/* Kill whatever is left in it and forget it.  Safe to call twice. */
void cage_end(struct cage *cage);

/* Can this machine make cages?  Tries one.  0, or -1 with the reason. */
int cage_possible(struct mb_error *err);

#endif
