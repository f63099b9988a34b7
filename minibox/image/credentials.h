/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_CREDENTIALS_H
#define IMAGE_CREDENTIALS_H

#include "base/error.h"

/* What `login` knows of a registry: Docker's own file, $DOCKER_CONFIG or
 * ~/.docker, config.json.  REGISTRY is "docker.io" or "host:port". */
struct credentials {
    char *user, *password; /* NULL: none */
};

/* Read them.  0 also when there are none. */
int credentials_load(const char *registry, struct credentials *out,
                     struct mb_error *err);
void credentials_done(struct credentials *credentials);

/* Write them: the file is replaced as one step, mode 0600, and everything else
 * in it stays. */
int credentials_save(const char *registry,
                     const struct credentials *credentials,
                     struct mb_error *err);
/* Forget them.  1: done, 0: there were none, -1. */
int credentials_remove(const char *registry, struct mb_error *err);

/* "Basic dXNlcjpwYXNz" for an Authorization header; caller frees. */
char *credentials_basic(const struct credentials *credentials);

/* The directory of the file; caller frees. */
char *credentials_dir(void);

#endif
