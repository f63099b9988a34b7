/* SPDX-License-Identifier: MIT */
#ifndef CLI_LAYERSDRAW_H
#define CLI_LAYERSDRAW_H

#include <stdbool.h>

#include "cli/layerspage.h"

/* Draw the layers on standard output, the lowest at the bottom, and say what is
 * wasted.  FULL: whole instructions, IDs and lists. */
void layersdraw_print(const struct layerspage *page, bool full);

#endif
