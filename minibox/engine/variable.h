/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_VARIABLE_H
#define ENGINE_VARIABLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* One ${...} that has been read:
 *
 *     ${ NAME : - word }
 *        |    | | |
 *        |    | | `- word, expanded
 *        |    | `--- op
 *        |    `----- empty_too
 *        `---------- name, and from the environment: value, set
 */
struct variable {
    const char *name;
    const char *value; /* "" when it is not set */
    bool set;
    bool empty_too; /* ":" before the operator: empty counts as not set */
    char op;
};

/* ${V:-w} ${V:+w} ${V:?w}, and without the colon:
 *
 *                   V=x    V=     V not set
 *     ${V:-w}       x      w      w
 *     ${V-w}        x             w
 *     ${V:+w}       w
 *     ${V+w}        w      w
 *     ${V:?w}       x      error  error
 *     ${V?w}        x             error
 *
 * What comes out is appended to *out.  The error is "V: w"; without a w it is
 * "V: is not allowed to be empty", or "V: is not allowed to be unset". */
int variable_choose(const struct variable *v, const char *word, struct buf *out,
                    struct mb_error *err);

/* ${V#p} ${V##p} ${V%p} ${V%%p}: the operator was read once, and a second one
 * is the beginning of the word. */
int variable_trim(const struct variable *v, const char *word, struct buf *out,
                  struct mb_error *err);

#endif
