/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SUMMARY_H
#define IMAGE_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>
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

/* Summaries that were written down earlier. */
struct summaries {
    const struct store *store;
    json_t *known; /* manifest -> [id, created, size] */
    bool changed;
};

void summaries_open(struct summaries *s, const struct store *store);
/* The summary of a manifest: out of the file, or out of the image itself. */
int summaries_get(struct summaries *s, const struct digest *manifest,
                  struct summary *out, struct mb_error *err);
/* Write down what is new, and forget what is gone. */
void summaries_close(struct summaries *s);

#endif
