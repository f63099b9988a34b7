/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/config.h"
#include "image/store.h"
#include "runtime/container.h"

/* What `minibox run` was asked for. */
struct run_options {
    const char *image;           /* as typed */
    const char *name;            /* NULL: a random one */
    bool remove;                 /* --rm */
    const char *hostname;        /* NULL: from the ID */
    struct config_wishes wishes; /* command, variables, directory, user */
    struct container_spec spec;  /* walls and limits, as far as they come
                                  * from the command line */
};

/* Run a container of an image, in the foreground, to its end.  Returns the
 * exit status of its command, or -1 with 125, 126 or 127 in err->code.
 * Without --rm its directory stays, to be looked at and removed later. */
int run_image(const struct store *store, struct run_options *options,
              struct mb_error *err);

#endif
