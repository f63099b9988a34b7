/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_PACK_H
#define IMAGE_PACK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "image/digest.h"
#include "image/layer.h"
#include "image/plain.h"
#include "image/store.h"

/*
 * Layers in and out of the store.  The tar itself is read and written by
 * another program, minibox-layer: see the essay.
 */

/* What a layer is known to be before it comes; NULL: no idea. */
struct pack_expected {
    const struct digest *came;    /* of its bytes as they come */
    const struct digest *diff_id; /* of the plain tar */
};

/* What came. */
struct packed {
    struct digest came, diff_id;
    uint64_t came_size;
    enum compression compression;
    struct digest blob; /* as it was kept */
    uint64_t blob_size;
    uint64_t bytes; /* of its files, unpacked */
};

/* What of a layer's tar goes into the store beside the unpacked layer. */
enum keep {
    KEEP_NOTHING, /* somebody else sees to it */
    KEEP_PLAIN,   /* the plain tar */
    KEEP_AS_CAME, /* the bytes as they come, maybe compressed */
};

/* Take in the layer whose tar (plain, gzip or zstd) comes from FROM: check it,
 * unpack it into the store, keep its blob.  All or nothing.  Device nodes in it
 * are left out, with a warning. */
int pack_intake(const struct store *store, struct reader *from, enum keep keep,
                const struct pack_expected *expected, struct packed *out,
                struct mb_error *err);

/* The same for the tar that can be read from FD, with the plain tar kept. */
int pack_import(const struct store *store, int fd, struct digest *out_diff_id,
                uint64_t *out_size, struct mb_error *err);

/* Unpack the tar from FROM (plain, gzip or zstd) into the directory DIR.  With
 * OWN_ALL all files are ours, whatever the tar says. */
int pack_unpack(struct reader *from, const char *dir, bool own_all,
                struct mb_error *err);

/* The directory DIR, the upper directory of an overlay in the store's tmp/,
 * becomes a layer: packed into a blob, then moved into layers/.  Times after
 * NEWEST become that (-1: as they are). */
int pack_upper(const struct store *store, const char *dir, time_t newest,
               struct digest *out_diff_id, uint64_t *out_size,
               struct mb_error *err);

/* Pack the directory DIR as pack_upper() does, with all times NEWEST at most,
 * and write the tar to FD. */
int pack_directory(const char *dir, time_t newest, int fd,
                   struct mb_error *err);

#endif
