/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_BUILDOPTIONS_H
#define ENGINE_BUILDOPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"

/* What `minibox build` was asked for. */
struct build_options {
    const char *context;    /* directory, or "-" for standard input */
    const char *dockerfile; /* path or "-"; NULL: CONTEXT/Dockerfile */
    struct strv tags;
    struct strv build_args; /* NAME=value */
    struct strv secrets;    /* see engine/secret.h */
    struct strv labels;     /* NAME=value, for the finished image */
    const char *target;     /* stage to end with; NULL: the last */
    bool no_cache;
    bool explain_cache; /* say why a step is done again, or is not */
    bool no_network;    /* RUN without the host's network */
    FILE *progress;     /* steps and their output; NULL: quiet */
};

#endif
