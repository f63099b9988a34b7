/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_REMOVE_H
#define ENGINE_REMOVE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/oci.h"
#include "image/store.h"

/* Remove the image called NAME, or only this name of it if it has others.
 * What was done is appended to *done, in docker's words: "Untagged: ..." and
 * "Deleted: ...".  A container that needs the image is a conflict, unless
 * FORCE; its layers stay in any case. */
int remove_image(const struct store *store, const char *name, bool force,
                 struct strv *done, struct mb_error *err);

/* The chain ID of layer N: the digest that docker calls a stack of layers by.
 * Source: OCI image spec, config.md, "Layer ChainID". */
struct digest remove_chain_id(const struct image *image, size_t n);

#endif
