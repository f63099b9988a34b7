/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_BUILD_H
#define ENGINE_BUILD_H

#include "engine/check.h"
#include "engine/stage.h"

/* Build an image.  Steps and their output go to options->progress.  On
 * success the image is in the store under all its tags, and its ID in
 * *out_id.  On failure *err names file and line, and no image was changed. */
int build_image(const struct store *store, const struct build_options *options,
                struct digest *out_id, struct mb_error *err);

/* Check the Dockerfile, and build nothing.  Without options->target all stages
 * are looked at.  STORE, which may be NULL, knows what base images set.  Free
 * *out with check_done(), also after a failure. */
int build_check(const struct store *store, const struct build_options *options,
                struct check_report *out, struct mb_error *err);

#endif
