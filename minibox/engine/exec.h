/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_EXEC_H
#define ENGINE_EXEC_H

#include "base/buf.h"
#include "runtime/state.h"

/* What `minibox exec` was asked for. */
struct exec_wishes {
    const struct strv *argv; /* the command */
    const struct strv *env;  /* -e, over the container's own */
    const char *cwd, *user;  /* NULL: the container's own */
    bool interactive, tty, detach, privileged;
};

/* Run a command in a container that runs.  Returns its exit status; with
 * detach 0 as soon as it runs.  -1 with 126 or 127 in err->code when it can't
 * be executed.  Call it outside of the door (linux/userns). */
int exec_command(const struct container *c, const struct exec_wishes *wishes,
                 struct mb_error *err);

#endif
