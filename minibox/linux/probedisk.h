/* SPDX-License-Identifier: MIT */
#ifndef LINUX_PROBEDISK_H
#define LINUX_PROBEDISK_H

#include "linux/probe.h"

/* As in linux/probe.h: they do it, and leave nothing behind.  STORE is the
 * absolute path of a directory that need not exist yet: then the nearest one
 * above it that does is tried. */

/* Can files there have owners and extended attributes, and be executed? */
struct probe probedisk_store(const char *store);

/* Mount an overlay whose layers lie there; change and delete a file in it. */
struct probe probedisk_overlay(const char *store);

#endif
