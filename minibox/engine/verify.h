/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_VERIFY_H
#define ENGINE_VERIFY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/stage.h"

/* How two images differ. */
struct verify {
    bool same;          /* the same digest */
    bool only_times;    /* files and settings are the same */
    struct strv report; /* lines for a reader: a layer, and below it, indented,
                         * its files; the settings last */
};

/* Compare an image with the one that was built anew.  Both must be unpacked. */
int verify_images(const struct store *store, const struct image *wanted,
                  const struct image *built, struct verify *out,
                  struct mb_error *err);
void verify_done(struct verify *verify);

/* Before a step of S: if the build has an image as its clock, set b->epoch to
 * the time at which that image's step was done. */
void verify_set_clock(struct build *b, const struct stage *s);

#endif
