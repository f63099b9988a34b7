/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_MEMBER_H
#define IMAGE_MEMBER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/oci.h"
#include "image/pack.h"
#include "image/store.h"

/*
 * An archive is loaded when it lies unpacked in a directory, ROOT.  Its files
 * are its members; a PATH is what a list in the archive calls one of them.
 */

/* Open a member for reading, following links inside the archive only.  Returns
 * a descriptor, which the caller closes; -1 if there is no such member, or if
 * it is no regular file: a fifo or a directory, say.  Never waits. */
int member_open(int root, const char *path, struct mb_error *err);

/* Append the whole of a small member to *out: at most MANIFEST_MAX_SIZE
 * bytes. */
int member_read(int root, const char *path, struct buf *out,
                struct mb_error *err);

/* Does the name promise a digest, as "blobs/sha256/HEX" and "HEX.json" do?
 * Then it goes to *out.  Whoever reads the member must compare. */
bool member_promise(const char *path, struct digest *out);

/* Take the layer that the member FD holds into STORE, unpacked and as a blob.
 * It is refused if it is not as EXPECTED.  *out then says all of it. */
int member_take_layer(const struct store *store, int fd,
                      const struct pack_expected *expected,
                      struct image_layer *out, struct mb_error *err);

#endif
