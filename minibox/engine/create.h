/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CREATE_H
#define ENGINE_CREATE_H

#include "engine/config.h"
#include "image/store.h"
#include "runtime/spec.h"
#include "runtime/state.h"

/* What `minibox run` or `create` was asked for. */
struct run_options {
    const char *image;           /* as typed */
    const char *name;            /* NULL: a random one */
    bool remove;                 /* --rm */
    bool detach;                 /* -d */
    const char *hostname;        /* NULL: from the ID */
    struct config_wishes wishes; /* command, variables, directory, user */
    struct container_spec spec;  /* walls and limits, as far as they come
                                  * from the command line */
};

/* Make a container: its directory, its name and its config.json.  Fails with
 * 125 in err->code.  container_done() frees. */
int create_container(const struct store *store, struct run_options *options,
                     struct container *out, struct mb_error *err);

#endif
