/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CONFIG_H
#define ENGINE_CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

#define CONFIG_DEFAULT_PATH                                                    \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What the command line says against the image's config.  NULL says nothing,
 * and but for entrypoint "" neither. */
struct config_wishes {
    const struct strv *argv; /* after the image's name; may be empty */
    const char *entrypoint;  /* --entrypoint; "" takes the image's away */
    const struct strv *env;  /* -e and --env-file, "NAME=value" */
    const char *cwd;         /* -w */
    const char *user;        /* -u */
    const char *hostname;    /* for $HOSTNAME */
    bool tty;                /* for $TERM */
};

/* What finally runs.  process_done() frees. */
struct process {
    struct strv argv;
    struct strv env;
    char *cwd;
    char *user;
};

/* Put both together.  CONFIG is the "config" object of an image's config.
 * Fails with "no command specified", or for a relative working directory. */
int config_resolve(const json_t *config, const struct config_wishes *wishes,
                   struct process *out, struct mb_error *err);
void process_done(struct process *process);

/* The string at KEY, or "" */
const char *config_string(const json_t *config, const char *key);
/* Append the strings of the array at KEY to *out. */
void config_strings(const json_t *config, const char *key, struct strv *out);
/* The other way round: a new JSON array of the strings. */
json_t *config_array(const struct strv *list);

#endif
