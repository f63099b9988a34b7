/* SPDX-License-Identifier: MIT */
/*
 * run.c - create and start, in one
 *
 * Problem   Most containers are made to run at once.
 * Idea      Nothing of its own: what `run` does, `create` and `start` do as
 *           well, one after the other.
 *
 *             run IMAGE  =  create IMAGE  +  start
 *
 * Read      docker-run(1); lessons/25-life.md
 */
#include "engine/run.h"

#include <string.h>

#include "engine/start.h"

int run_image(const struct store *store, struct run_options *o, char out_id[65],
              struct mb_error *err)
{
    const struct start how = {
        .detach = o->detach, .out = o->spec.out, .errors = o->spec.errors};
    struct container c;

    out_id[0] = '\0';
    if (create_container(store, o, &c, err) < 0)
        return -1;
    memcpy(out_id, c.id, sizeof c.id);
    int status = start_container(store, &c, &how, err);
    container_done(&c);
    return status;
}
