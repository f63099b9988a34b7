/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_STORE_H
#define IMAGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "image/digest.h"

/*
 * The store on disk, an OCI image layout with three directories beside it:
 *
 *     oci-layout  index.json  blobs/sha256/HEX     the layout
 *     layers/HEX/  layers/HEX.size                 layers, unpacked, by diff ID
 *     layers/HEX.packed                            digest and size, compressed
 *     containers/ID/  names/NAME -> ID             see runtime/state.h
 *     cache/HEX  cache/HEX.files                   see engine/cache.h,
 *                                                  engine/hashcache.h
 *     tmp/                                         unfinished things, locked
 *                                                  by who makes them
 */
struct store {
    int fd;     /* the directory */
    char *root; /* its absolute path */
};

/* Where the store is: $MINIBOX_ROOT, else the place that Docker would take, or
 * for who is not the real root his own data directory.  Caller frees. */
char *store_default_root(void);

/* Open $MINIBOX_ROOT (or the default for this user), made if it is missing.
 * store_close() frees. */
int store_open(struct store *out, struct mb_error *err);
/* The same for a store in the directory ROOT, an absolute path. */
int store_open_at(const char *root, struct store *out, struct mb_error *err);
void store_close(struct store *store);

/* Hold the store against removals (shared), or for one (exclusive).  Returns
 * a descriptor to close.  Never twice in one process: the second time may wait
 * for a removal that waits for the first. */
int store_hold(const struct store *store, bool exclusive, struct mb_error *err);

/* A private directory below tmp/: its path (caller frees) and the lock that
 * says that it is in use (caller closes, after removing the directory).
 * Whatever lies in tmp/ unlocked is somebody's who was killed, and is removed
 * on this occasion. */
int store_make_temporary(const struct store *store, char **out_path,
                         int *out_lock, struct mb_error *err);
/* Remove what lies in tmp/ unlocked. */
void store_sweep(const struct store *store);
void store_remove_temporary(const struct store *store, const char *path);

/* Write everything to disk that was written to the store. */
int store_sync(const struct store *store, struct mb_error *err);

/* ---- layers ---- */

char *store_layer_dir(const struct store *store, const struct digest *diff_id);
bool store_has_layer(const struct store *store, const struct digest *diff_id);
/* The directory DIR becomes the layer; SIZE: bytes of its files.  When another
 * process was faster, DIR stays where it is and the result is 0 all the
 * same. */
int store_adopt_layer(const struct store *store, const struct digest *diff_id,
                      const char *dir, uint64_t size, struct mb_error *err);
uint64_t store_layer_size(const struct store *store,
                          const struct digest *diff_id);
/* The layer as it travels, compressed: its digest and size, written down beside
 * it when it was first pushed.  False: not so far. */
bool store_packed_form(const struct store *store, const struct digest *diff_id,
                       struct digest *out, uint64_t *out_size);
int store_note_packed_form(const struct store *store,
                           const struct digest *diff_id,
                           const struct digest *packed, uint64_t size,
                           struct mb_error *err);
int store_remove_layer(const struct store *store, const struct digest *diff_id,
                       struct mb_error *err);

/* The layer below all: mount points that an image need not have itself. */
char *store_skeleton_dir(const struct store *store);
/* A directory with nothing in it, for overlays of an image without layers. */
char *store_empty_dir(const struct store *store);

#endif
