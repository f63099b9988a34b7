/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_HEALTH_H
#define ENGINE_HEALTH_H

#include <jansson.h>

#include "base/error.h"
#include "engine/dockerfile.h"

/* What HEALTHCHECK puts into an image's config: a new object.  NULL for a bad
 * time or number. */
json_t *health_config(const struct instruction *in, struct mb_error *err);

#endif
