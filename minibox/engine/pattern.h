/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PATTERN_H
#define ENGINE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * The patterns of ${V#p} and its family: "*" stands for any characters, "?"
 * for one, but not for a newline; everything else stands for itself.  "\"
 * makes the next of * ? \ } / plain.  There are no [brackets].  Results are
 * appended to *out; a pattern that can't be used fails.
 */

/* VALUE without the shortest or longest beginning that PATTERN matches. */
int pattern_trim_prefix(const char *pattern, bool longest, const char *value,
                        struct buf *out, struct mb_error *err);

/* The same at the end. */
int pattern_trim_suffix(const char *pattern, bool longest, const char *value,
                        struct buf *out, struct mb_error *err);

struct pattern_replacement {
    const char *pattern, *with;
    bool all;    /* every match, not only the first; then $0 in WITH is what
                  * was matched, and $name or ${name} is nothing */
    size_t most; /* fail when the result would be larger */
};

/* VALUE with the leftmost, longest match replaced. */
int pattern_replace(const struct pattern_replacement *how, const char *value,
                    struct buf *out, struct mb_error *err);

#endif
