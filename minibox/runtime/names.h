/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_NAMES_H
#define RUNTIME_NAMES_H

#include <stdbool.h>

/* A name for a container that got none, "adjective_surname" as in Docker.
 * Caller frees. */
char *names_random(void);

/* 64 random hex digits and a NUL. */
void names_random_id(char out[65]);

/* [a-zA-Z0-9][a-zA-Z0-9_.-]+, at most 128 long. */
bool names_is_valid(const char *name);

#endif
