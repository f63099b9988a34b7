/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SUMMARY_H
#define IMAGE_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "image/digest.h"
#include "image/store.h"

/* What a list of images shows of one. */
struct summary {
    struct digest id;
    int64_t created; /* seconds since 1970; -1: unknown */
    uint64_t size;   /* bytes of all files in all layers */
};

/* Summaries that were written down earlier, and new ones. */
struct summaries {
    const struct store *store;
    struct summary_line *lines; /* sorted by manifest, then the new ones */
    size_t n, n_old;
};

void summaries_open(struct summaries *s, const struct store *store);
/* The summary of a manifest: out of the file, or out of the image itself. */
int summaries_get(struct summaries *s, const struct digest *manifest,
                  struct summary *out, struct mb_error *err);
/* Write down what is new, and forget what is gone. */
void summaries_close(struct summaries *s);

#endif
