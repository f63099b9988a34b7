/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_STATE_H
#define RUNTIME_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * What is known of a container lies in its directory, below the store's root:
 *
 *     containers/ID/config.json   what it is; written once
 *     containers/ID/state.json    running or exited, and how
 *     containers/ID/upper/        its own layer
 *     names/NAME -> ID            a symlink: making it claims the name
 */
struct container {
    char id[65];
    char *name;
    char *dir;      /* absolute path of containers/ID */
    json_t *config; /* config.json when it was found; or NULL */
};

/* Make a container's directory and claim NAME for it (NULL: a random one,
 * like "patient_knuth").  container_done() frees. */
int state_create(const char *root, const char *name, struct container *out,
                 struct mb_error *err);
void container_done(struct container *c);

/* Write config.json or state.json; takes the reference to DOCUMENT. */
int state_write(const struct container *c, const char *file, json_t *document,
                struct mb_error *err);
/* Read one of them; NULL if it is not there or damaged.  json_decref() it. */
json_t *state_read(const struct container *c, const char *file);
/* config.json, for whoever must not take a damaged one for none: then -1.
 * *out is NULL when there is none: the container's maker was killed before he
 * could write it, so nothing has ever run in it. */
int state_config(const struct container *c, json_t **out, struct mb_error *err);

/* Find a container by ID, name, or unique prefix of its ID. */
int state_find(const char *root, const char *what, struct container *out,
               struct mb_error *err);

/* Call FN for each container, until it returns other than 0; returns that.
 * -1 as well when containers/ can't be read, and only then with *err. */
int state_for_each(const char *root,
                   int (*fn)(const struct container *c, void *argument),
                   void *argument, struct mb_error *err);

/* Is its first process alive?  The kernel is asked, not the file alone. */
bool state_is_running(const struct container *c);

/* Is the process alive that stays with it, to write down its end? */
bool state_has_monitor(const struct container *c);
/* Lock its directory: shared, for who must still read in it, or alone, before
 * it is removed.  Waits; the caller closes. */
int state_lock(const struct container *c, bool alone, struct mb_error *err);
/* "created", "running" or "exited"; STATE: what its state.json says. */
const char *state_status(const json_t *state);
/* Its exit code; 137 when minibox was killed before it could write one. */
int state_exit_code(const json_t *state);

/* Remember that it runs as process PID, and that we stay with it; or that it
 * has ended. */
int state_set_running(const struct container *c, int pid, struct mb_error *err);
int state_set_exited(const struct container *c, int exit_code, bool oom_killed,
                     const char *error, struct mb_error *err);

/* Remove its directory and its name. */
int state_remove(const char *root, const struct container *c,
                 struct mb_error *err);

/* Remove names whose container is gone: left when a removal was killed. */
void state_sweep_names(const char *root);

#endif
