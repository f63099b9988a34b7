/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_DOWNLOAD_H
#define IMAGE_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "image/digest.h"
#include "image/plain.h"
#include "image/registry.h"

/* The bytes of a blob, checked for their number, not their digest.  When the
 * connection breaks it goes on where it was. */
struct download {
    struct reader reader; /* to read from */
    struct registry *registry;
    const struct digest *digest;
    uint64_t size, offset;
    int tries;
    bool open;
    /* Told of each piece; NULL: nobody cares.  -1 ends it. */
    int (*progress)(struct download *download, struct mb_error *err);
    void *argument;
};
struct download download_blob(struct registry *registry,
                              const struct digest *digest, uint64_t size);

#endif
