/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CHECKVARS_H
#define ENGINE_CHECKVARS_H

#include "engine/checkstate.h"

/*
 * Rules about variables: where they come from, and what must not be in them.
 * Source: docs.docker.com/reference/build-checks
 */
void checkvars_undefined(struct check *c, const struct instruction *in);
void checkvars_undefined_from(struct check *c, const struct instruction *in);
void checkvars_default_from(struct check *c, const struct instruction *in);
void checkvars_redundant_platform(struct check *c,
                                  const struct instruction *in);
void checkvars_const_platform(struct check *c, const struct instruction *in);
void checkvars_secret(struct check *c, const struct instruction *in);

/* Does this name sound like that of a secret?  Its words, which "_" separates,
 * decide: API_KEY and github_token do, PUBLIC_KEY and KEYBOARD do not. */
bool checkvars_sounds_secret(const char *name);

#endif
