/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_BLOB_H
#define IMAGE_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/digest.h"
#include "image/plain.h"
#include "image/store.h"

/* A blob in the making: bytes go in, its name comes out at the end. */
struct blob_writer {
    const struct store *store;
    int fd;
    char *temporary; /* its name until then */
    struct hasher hasher;
    uint64_t size;
};

int blob_begin(struct blob_writer *w, const struct store *store,
               struct mb_error *err);
int blob_add(struct blob_writer *w, const void *data, size_t size,
             struct mb_error *err);
/* Give the blob its name, that of its bytes, whether the store has such a blob
 * already or not.  Returns 0 with *out_digest.  The writer is done either way:
 * its file is closed, nothing of it is left in tmp/. */
int blob_finish(struct blob_writer *w, struct digest *out_digest,
                struct mb_error *err);
/* Forget the blob.  Does nothing when the writer is done. */
void blob_abandon(struct blob_writer *w);

/* Store SIZE bytes; nothing is written if the store has them already. */
int blob_put(const struct store *store, const void *data, size_t size,
             struct digest *out_digest, struct mb_error *err);

/* Store all that READER has to give. */
int blob_put_all(const struct store *store, struct reader *reader,
                 struct digest *out_digest, uint64_t *out_size,
                 struct mb_error *err);

/* The open file FD, on the store's file system, holds these bytes already: let
 * it have this name too.  Whoever calls has checked the digest. */
int blob_adopt(const struct store *store, int fd, const struct digest *digest,
               struct mb_error *err);

/* The other way: one more name for the blob, PATH below the directory AT. */
int blob_link(const struct store *store, const struct digest *digest, int at,
              const char *path, struct mb_error *err);

/* Open a blob for reading; the caller closes. */
int blob_open(const struct store *store, const struct digest *digest,
              struct mb_error *err);

/* Append the blob to *out, after checking that it is what its name says. */
int blob_read(const struct store *store, const struct digest *digest,
              size_t limit, struct buf *out, struct mb_error *err);

/* Bytes of a blob that is there. */
uint64_t blob_size(const struct store *store, const struct digest *digest);
bool blob_exists(const struct store *store, const struct digest *digest);
void blob_remove(const struct store *store, const struct digest *digest);

#endif
