/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_DIGEST_H
#define IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A digest names content by its SHA-256: same bytes, same name, everywhere.
 * Source: OCI image spec, descriptor.md, "Digests".
 */
struct digest {
    char hex[65]; /* 64 lower-case hex digits and a NUL; "" means none */
};

/* Written in documents as "sha256:<hex>": use it with the format below. */
#define DIGEST_FMT "sha256:%s"
#define DIGEST_SHORT "%.12s" /* the first 12 digits, as docker prints IDs */

/* A digest in the making.  Caller's memory; nothing to free. */
struct hasher {
    uint32_t opaque[32]; /* a SHA256_CTX, kept out of this header */
};

void hasher_init(struct hasher *h);
void hasher_add(struct hasher *h, const void *data, size_t size);
/* Adds the string and its NUL, so that "ab","c" differs from "a","bc". */
void hasher_add_str(struct hasher *h, const char *s);
/* The name of all that was added, which ends the hasher. */
struct digest hasher_finish(struct hasher *h);

struct digest digest_of(const void *data, size_t size);
/* "sha256:" and 64 lower-case hex digits, nothing before, between or behind
 * them.  Anything else is refused: -1, and *out stays as it was. */
int digest_parse(const char *text, struct digest *out, struct mb_error *err);
bool digest_equal(const struct digest *a, const struct digest *b);

#endif
