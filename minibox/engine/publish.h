/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PUBLISH_H
#define ENGINE_PUBLISH_H

#include "engine/stage.h"

/* Save what b->target has become, under the names that b->options asks for.
 * Sets the image's ID. */
int publish_image(struct build *b, struct mb_error *err);

#endif
