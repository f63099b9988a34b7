/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/create.h"

/* Create a container of an image and start it.  In the foreground: returns
 * the exit status of its command.  Detached: 0 when it runs, and its ID in
 * OUT_ID, which is set as soon as there is a container.  -1 with 125, 126 or
 * 127 in err->code.  Without --rm its directory stays. */
int run_image(const struct store *store, struct run_options *options,
              char out_id[65], struct mb_error *err);

#endif
