/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_KEYDIFF_H
#define ENGINE_KEYDIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* How two keys differ, and whether the steps have to do with each other. */
struct keydiff {
    size_t same, different; /* things that they depend on */
    bool related;           /* same instruction, or same layers below */
    struct strv reasons;    /* "src/a.c: other content", in the order of the
                             * names; one for each difference */
};

/* Compare the texts of two keys (engine/key.h): what is in NOW that was not in
 * BEFORE, and the reverse. */
void keydiff_find(const char *before, const char *now, struct keydiff *out);
void keydiff_done(struct keydiff *diff);

#endif
