/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRET_H
#define ENGINE_SECRET_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/mountflag.h"

enum {
    SECRET_MAX = 500 * 1024, /* bytes, as in BuildKit */
};

/* A secret that the user lends to a build. */
struct secret {
    char *id;
    char *value; /* any bytes, and a NUL behind them */
    size_t size;
};
struct secret_list {
    struct secret *v;
    size_t n;
};

/* Read the secrets that WORDS name: "id=ID", then ",src=FILE" or ",env=NAME".
 * With the id alone it is the variable of that name, or else the file.  Fails
 * for what is missing, a directory, or larger than SECRET_MAX; warns about a
 * file that everybody may read.  secret_done() wipes and frees them, also after
 * a failure. */
int secret_load(const struct strv *words, struct secret_list *out,
                struct mb_error *err);
void secret_done(struct secret_list *secrets);

/* The secret called ID, or NULL.  Of two with the same ID it is the last. */
const struct secret *secret_find(const struct secret_list *secrets,
                                 const char *id);

/* The secret that the mount M asks for; NULL in *out when there is none and the
 * step can do without.  Fails when it can't. */
int secret_want(const struct secret_list *secrets, const struct mountflag *m,
                const struct secret **out, struct mb_error *err);

/* Add it to a step's environment, if M says under which name. */
int secret_to_env(const struct secret *secret, const struct mountflag *m,
                  struct strv *env, struct mb_error *err);

/* Show it as the file m->target in a step's tree.  Called in the container's
 * first process: ROOT is its root, and /dev is a tmpfs (linux/mount). */
int secret_mount(const struct secret *secret, const struct mountflag *m,
                 int root, struct mb_error *err);

#endif
