/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/store.h"
#include "runtime/state.h"

/* The layers that a container stands on, the topmost first, as directories. */
int view_lowers(const struct store *store, const struct container *c,
                struct strv *out, struct mb_error *err);

/* Let FN look at the container's files as one tree: ROOT_FD, which is also the
 * directory DIR.  It runs in a child with mounts of its own; what it does to
 * files stays.  With WRITABLE changes go to the container's upper directory:
 * the container must not run. */
int view_container(const struct store *store, const struct container *c,
                   bool writable,
                   int (*fn)(int root_fd, const char *dir, void *argument,
                             struct mb_error *err),
                   void *argument, struct mb_error *err);

#endif
