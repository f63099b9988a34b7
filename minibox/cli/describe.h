/* SPDX-License-Identifier: MIT */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>

#include "image/oci.h"
#include "image/store.h"
#include "runtime/state.h"

/* All that is known of an image or a container, with docker inspect's keys, in
 * docker's order.  json_decref(). */
json_t *describe_image(const struct store *store, const struct image *image);
/* SIZED: with SizeRw and SizeRootFs, which take a walk through its files. */
json_t *describe_container(const struct store *store, const struct container *c,
                           bool sized);

#endif
