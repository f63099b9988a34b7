/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_IMPORT_H
#define ENGINE_IMPORT_H

#include "base/buf.h"
#include "base/error.h"
#include "image/oci.h"

/* Make an image of one layer from a tar of a root file system (plain or gzip)
 * that is read from FD.  COMMAND becomes its CMD (empty: none), COMMENT its
 * only line of history, REF its name (NULL: none). */
struct import {
    int fd;
    const struct strv *command;
    const char *comment;
    const struct image_ref *ref;
};
int import_tar(const struct store *store, const struct import *import,
               struct digest *out_id, struct mb_error *err);

/* Name the image with that ID, which has no name so far. */
int import_name(const struct store *store, const struct digest *id,
                const struct image_ref *ref, struct mb_error *err);

/* Make the image that `minibox base busybox` makes: the static busybox of
 * this machine (PROGRAM), all its applets, and what a root file system needs
 * besides. */
int import_busybox(const struct store *store, const char *program,
                   const struct image_ref *ref, struct digest *out_id,
                   struct mb_error *err);

#endif
