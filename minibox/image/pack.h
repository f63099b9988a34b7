/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_PACK_H
#define IMAGE_PACK_H

#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "image/digest.h"
#include "image/layer.h"
#include "image/store.h"

/*
 * Layers in and out of the store.  The tar itself is read and written by
 * another program, minibox-layer: see the essay.
 */

/* What minibox-layer reports on descriptor 3, in one write. */
struct layer_report {
    int ok;
    struct layer_stats stats;
    struct mb_error error;
};

/* Store the tar (plain or gzip) from FD as a layer: as a blob and unpacked.
 * Device nodes in it are left out, with a warning. */
int pack_import(const struct store *store, int fd, struct digest *out_diff_id,
                uint64_t *out_size, struct mb_error *err);

/* The directory DIR, the upper directory of an overlay in the store's tmp/,
 * becomes a layer: packed into a blob, then moved into layers/.  Times after
 * NEWEST become that (-1: as they are). */
int pack_upper(const struct store *store, const char *dir, time_t newest,
               struct digest *out_diff_id, uint64_t *out_size,
               struct mb_error *err);

/* Unpack the plain tar stored as blob DIFF_ID into the directory DIR. */
int pack_extract(int tar_fd, const char *dir, struct layer_stats *out_stats,
                 struct mb_error *err);

#endif
