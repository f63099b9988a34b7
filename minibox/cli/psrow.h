/* SPDX-License-Identifier: MIT */
#ifndef CLI_PSROW_H
#define CLI_PSROW_H

#include <jansson.h>
#include <stdbool.h>

#include "image/store.h"
#include "runtime/state.h"

/* A container and what its two files say. */
struct psrow {
    const struct container *container;
    const json_t *config, *state;
    const char *status; /* state_status() */
};

/* Which containers, and how to show them. */
struct psrow_style {
    bool full;          /* --no-trunc */
    bool sized;         /* fill in Size; costs a walk through their files */
    bool virtual_sizes; /* and the size of their image in it */
    bool (*wanted)(const struct psrow *row, const void *argument); /* or NULL */
    const void *argument;
};

/* The rows for format_rows(), the newest container first; the fields are those
 * of docker ps.  json_decref(). */
json_t *psrow_list(const struct store *store, const struct psrow_style *style);

#endif
