/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CHECKIMAGE_H
#define ENGINE_CHECKIMAGE_H

#include "engine/checkstate.h"

/*
 * Rules about what comes out: an image that does not stop, that depends on
 * its base, or that lacks a file.
 * Source: docs.docker.com/reference/build-checks
 */
void checkimage_json_args(struct check *c, const struct instruction *in);
void checkimage_workdir(struct check *c, const struct instruction *in);
void checkimage_only_last(struct check *c, const struct instruction *in);
void checkimage_ignored_file(struct check *c, const struct instruction *in);
void checkimage_port_casing(struct check *c, const struct instruction *in);
void checkimage_port_format(struct check *c, const struct instruction *in);

#endif
