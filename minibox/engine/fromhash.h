/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_FROMHASH_H
#define ENGINE_FROMHASH_H

#include "base/buf.h"
#include "base/error.h"
#include "image/digest.h"
#include "image/oci.h"
#include "image/store.h"

/* What COPY --from will find at SOURCES, paths or patterns, in the files of an
 * image: see copy_add_to_key(). */
int fromhash_digest(const struct store *store, const struct image *from,
                    const struct strv *sources, struct digest *out,
                    struct mb_error *err);

#endif
