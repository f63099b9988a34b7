/* SPDX-License-Identifier: MIT */
#ifndef CLI_LAYERSPAGE_H
#define CLI_LAYERSPAGE_H

#include "base/buf.h"
#include "cli/layerstext.h"
#include "engine/picture.h"
#include "engine/waste.h"

/* All that is known of an image's layers. */
struct layerspage {
    const char *name; /* as the user called it */
    const struct image *image;
    struct picture picture;
    struct layerstext_history history;
    struct waste waste;
};

/*
 * As one JSON object, appended to *out:
 *
 *   image, id                    its name as it was given, "sha256:..."
 *   size, visible, wasted        bytes; size = visible + wasted
 *   wasted_percent               of size
 *   history      the oldest line first; of each
 *     instruction, created_by    as in a Dockerfile; as the image has it
 *     layer                      the number of the layer it made, or null
 *   layers       the lowest first; of each
 *     number                     from 1
 *     instruction, created_by, diff_id
 *     same_as                    a lower layer with this diff ID (stored once),
 *                                or null
 *     size, wasted               bytes, and of these hidden by later layers
 *     added, changed, deleted    numbers of files
 *     files      its names, each directory before what is in it; of each
 *       path, type               file, directory, symlink, other
 *       change                   added, changed, deleted; merged: a directory
 *                                that is below, too
 *       size                     bytes.  Deleted: of what it hides
 *       files                    deleted only: how many it hides
 *       same_file_as             hard links: path of the first name in this
 *                                layer, which has the size
 *       hidden_by, how           a later layer; "deleted" or "overwritten"
 *   waste        the most first; of each
 *     brought_by, hidden_by, how, bytes
 *     advice                     what to do about it
 *     directory                  all of its files are below it; "": the top
 *     n_files, files             how many; path and size of each, the biggest
 *                                first
 *
 * Names are spelled as layerstext_clean() does.
 */
void layerspage_json(const struct layerspage *page, struct buf *out);

/* As a web page that needs nothing else. */
void layerspage_html(const struct layerspage *page, struct buf *out);

#endif
