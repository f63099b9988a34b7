/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_CONTAINER_H
#define RUNTIME_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "runtime/spec.h"

/* How it ended. */
struct container_result {
    int exit_code;   /* 0..255, 128 + signal */
    int interrupted; /* the signal by which we were asked to end, or 0 */
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

/* Run one more command in a container that runs: see runtime/join.h.  SPEC is
 * the container's, with the wishes for this command; its files, limits and
 * mounts do not count.  The same results. */
struct container_door;
int container_exec(const struct container_spec *spec,
                   const struct container_door *door,
                   struct container_result *out_result, struct mb_error *err);

#endif
