/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_WASTE_H
#define ENGINE_WASTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/picture.h"

/* Files that one layer brought and another one hid, in the same manner. */
struct waste_group {
    int brought_by, hidden_by; /* layers, from 0 */
    bool overwritten;          /* else deleted */
    uint64_t bytes;
    size_t *entries; /* of the picture, the biggest first; in waste.entries */
    size_t n_entries;
    size_t directory; /* entry of the lowest one that all of them are in;
                       * PICTURE_NONE: the top */
};

struct waste {
    struct waste_group *groups; /* the most bytes first */
    size_t n_groups;
    size_t *entries;
};

/* Find all files of a picture that take up space for nothing. */
void waste_find(const struct picture *picture, struct waste *out);
void waste_done(struct waste *waste);

#endif
