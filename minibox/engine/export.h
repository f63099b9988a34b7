/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_EXPORT_H
#define ENGINE_EXPORT_H

#include "base/error.h"
#include "image/ref.h"
#include "image/store.h"
#include "runtime/state.h"

/* Write the container's whole tree to FD, as one tar without history. */
int export_container(const struct store *store, const struct container *c,
                     int fd, struct mb_error *err);

/* Make an image of a container: its own, and one more layer with what the
 * container has changed. */
struct export_commit {
    const struct container *container;
    const char *comment, *author; /* NULL: none */
    const struct image_ref *ref;  /* NULL: no name */
};
int export_commit(const struct store *store, const struct export_commit *commit,
                  struct digest *out_id, struct mb_error *err);

#endif
