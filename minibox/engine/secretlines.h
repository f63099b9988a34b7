/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETLINES_H
#define ENGINE_SECRETLINES_H

#include <stdbool.h>
#include <stddef.h>

/* Does a line of /etc/shadow or .htpasswd begin at TEXT[AT], and has it a hash?
 * It is TEXT[bounds[0]] to TEXT[bounds[1] - 1]. */
bool secretlines_hash(const char *text, size_t len, size_t at,
                      size_t bounds[static 2]);

/* The same for a line of .pgpass and its password. */
bool secretlines_pgpass(const char *text, size_t len, size_t at,
                        size_t bounds[static 2]);

/* Is the ":" at TEXT[COLON] the one in "echo USER:PASSWORD | chpasswd", and can
 * that be a password? */
bool secretlines_chpasswd(const char *text, size_t len, size_t colon,
                          size_t bounds[static 2]);

#endif
