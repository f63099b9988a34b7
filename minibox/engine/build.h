/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_BUILD_H
#define ENGINE_BUILD_H

#include "engine/check.h"
#include "engine/stage.h"
#include "engine/verify.h"

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

/* Build, and compare what comes out with WANTED; no image is saved.  Times are
 * those of SOURCE_DATE_EPOCH or, without it, of WANTED.  Free *out, zeros
 * before, with verify_done(), also after a failure. */
int build_verify(const struct store *store, const struct build_options *options,
                 const struct image *wanted, struct verify *out,
                 struct mb_error *err);

#endif
