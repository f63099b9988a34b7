/* SPDX-License-Identifier: MIT */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* Read a number of bytes as people write it: "4096", "64m", "1.5G", "64MiB",
 * where k is 1024 and so on.  False when it is none. */
bool size_parse(const char *text, uint64_t *out);

#endif
