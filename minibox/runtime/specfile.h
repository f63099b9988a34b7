/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_SPECFILE_H
#define RUNTIME_SPECFILE_H

#include <jansson.h>

#include "runtime/spec.h"

/* What of a spec lasts: all but its directories, descriptors and callbacks.  A
 * new object; NULL when a word is not UTF-8, which JSON can't hold. */
json_t *specfile_encode(const struct container_spec *spec);

/* The other way round.  The strings of *out are those of DOCUMENT, which must
 * live as long; specfile_done() frees the rest. */
int specfile_decode(const json_t *document, struct container_spec *out,
                    struct mb_error *err);
void specfile_done(struct container_spec *spec);

#endif
