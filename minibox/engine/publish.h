/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PUBLISH_H
#define ENGINE_PUBLISH_H

#include "engine/stage.h"

/* --label: as BuildKit does it, in the config of the finished image only. */
void publish_labels(struct build *b);

/* Save what b->target has become, under the names that b->options asks for.
 * Sets the image's ID. */
int publish_image(struct build *b, struct mb_error *err);

#endif
