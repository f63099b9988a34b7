/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_MONITOR_H
#define RUNTIME_MONITOR_H

#include "runtime/container.h"

/* A container that is to run on its own. */
struct monitor {
    const char *dir; /* its directory; the log goes there */
    /* Called in the monitor's process: it runs, and it has ended (FAILURE is
     * NULL) or could not be started. */
    container_started *started;
    void (*ended)(const struct container_result *result,
                  const struct mb_error *failure, void *argument);
    void *argument;
};

/* Start a container with a monitor of its own, and come back as soon as it
 * runs; or -1 with the reason, 125, 126 or 127 in err->code. */
int monitor_start(const struct monitor *monitor,
                  const struct container_spec *spec, struct mb_error *err);

#endif
