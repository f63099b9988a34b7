/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PICTURE_H
#define ENGINE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "image/oci.h"
#include "image/store.h"

/*
 * What is in each layer of an image, and what later layers hide of it.
 *
 * Layers are counted from 0 here, the lowest first.  "Files" are all names but
 * those of directories.  Sizes are those of regular files; a file with several
 * names in a layer (hard links) counts once, and is hidden when the last of
 * them is.
 */

#define PICTURE_NONE ((size_t)-1)

enum picture_type {
    PICTURE_FILE,
    PICTURE_DIRECTORY,
    PICTURE_SYMLINK,
    PICTURE_OTHER, /* a fifo */
};

enum picture_change {
    PICTURE_ADDED,   /* no such name is visible below */
    PICTURE_CHANGED, /* it takes the place of what has this name below */
    PICTURE_DELETED, /* no file: what has this name below is gone */
    PICTURE_MERGED,  /* a directory that is below, too: it hides nothing */
};

/* A name in a layer. */
struct picture_entry {
    char *name;    /* one component */
    size_t parent; /* the directory: an earlier entry, of the same layer;
                    * PICTURE_NONE: the top */
    size_t first;  /* the first name of the same file: mostly this entry */
    size_t below;  /* MERGED: the directory's entry in a lower layer */
    size_t place;  /* for engine/picture itself */
    uint64_t size; /* at the first name.  DELETED: the bytes that it hides */
    size_t files;  /* DELETED: how many files it hides.  Else, at the first
                    * name: how many of its names are visible */
    int layer;
    int hidden_by; /* layer that hides this name; -1: visible */
    int wasted_by; /* at the first name: layer that hid the last one; or -1 */
    enum picture_type type;
    enum picture_change change;
    bool overwritten; /* hidden by a file of that name, not deleted */
};

struct picture_layer {
    const struct digest *diff_id; /* borrowed from the image */
    uint64_t size, wasted; /* bytes; and of these, hidden by later layers */
    size_t added, changed; /* files */
    size_t deleted;        /* files below that are gone from here on */
    size_t begin, end;     /* its entries */
};

struct picture {
    struct picture_entry *entries;
    size_t n_entries;
    struct picture_layer *layers;
    size_t n_layers;
    uint64_t size, wasted; /* sums over the layers */
};

/* Read the image's layers in the store.  IMAGE must live as long as the
 * picture; picture_done() frees, also after a failure. */
int picture_take(const struct store *store, const struct image *image,
                 struct picture *out, struct mb_error *err);
void picture_done(struct picture *picture);

/* The whole path of an entry, "/usr/bin/x".  Caller frees. */
char *picture_path(const struct picture *picture, size_t entry);

#endif
