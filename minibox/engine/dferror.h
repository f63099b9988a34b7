/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFERROR_H
#define ENGINE_DFERROR_H

#include "base/error.h"

/* A text that errors point at. */
struct dferror_source {
    const char *name, *text;
};

/* Put the place of AT, a byte of the text, before the message that *err already
 * holds, and its line behind it:
 *
 *     Dockerfile:3:6: unknown flag: --foo
 *         3 | COPY --foo=1 a b
 *           |      ^
 *
 * Returns -1. */
int dferror_point_at(const struct dferror_source *source, const char *at,
                     struct mb_error *err);

#endif
