/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_STAGE_H
#define ENGINE_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/buildoptions.h"
#include "engine/dockerfile.h"
#include "engine/hashcache.h"
#include "engine/ignore.h"
#include "engine/secret.h"
#include "image/oci.h"
#include "image/store.h"

/* A build in progress. */
struct build {
    const struct build_options *options;
    const struct store *store;
    struct dockerfile file;
    int context; /* descriptor of the directory */
    struct ignore ignore;
    struct hashcache *hashes; /* of the context's files */
    struct secret_list secrets;
    struct strv globals;   /* ARGs before the first FROM, "NAME=value" */
    struct strv used_args; /* build args that some ARG has asked for */
    struct stage *stages;
    size_t n_stages;
    struct stage *target;
    char *temporary; /* a directory for steps in the store's tmp/ */
    int temporary_lock;
    int64_t epoch;             /* SOURCE_DATE_EPOCH, or -1 */
    const struct image *clock; /* whose times --verify takes; or NULL */
    int step, steps;           /* for "Step 3/7" */
};

/* A stage: FROM and what follows.  While it is built this is the state that
 * one instruction leaves to the next. */
struct stage {
    const struct instruction *first; /* its FROM */
    size_t n;                        /* instructions, FROM included */
    char *name;                      /* AS name, or NULL */
    char *base;                      /* what FROM names, expanded */
    const struct stage *below;       /* FROM a stage: which */
    struct dockerfile *triggers;     /* ONBUILD of the image below, each parsed
                                      * as a file of its own */
    size_t n_triggers;
    bool needed, done;
    struct image image;     /* grows with each instruction */
    struct strv args;       /* names of the ARGs declared so far */
    struct strv env;        /* ENV and ARG values, as RUN sees them */
    struct strv shell;      /* SHELL */
    bool has_cmd;           /* CMD was among them */
    struct digest chain;    /* names the files so far */
    struct digest step_key; /* key of the last step */
    int64_t created;        /* of the last step */
};

/* What the Dockerfile is called, in errors and where it is looked for. */
const char *stage_dockerfile_name(const struct build *b);

/* Make b->temporary, the place where steps are executed, if it is missing. */
int stage_need_temporary(struct build *b, struct mb_error *err);

/* Instruction I of the stage: FROM, then the triggers of the image below, then
 * its own.  NULL behind the last. */
const struct instruction *stage_instruction(const struct stage *s, size_t i);

/* Where an instruction stands, before an error: "Dockerfile:7: ". */
int stage_point_at(const struct build *b, const struct instruction *in,
                   struct mb_error *err);

/* A line of progress. */
void stage_say(const struct build *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The stage before BEFORE that is called NAME, or has that number; or NULL. */
struct stage *stage_find(struct build *b, const struct stage *before,
                         const char *name);

/* The files that NAME means in COPY --from and RUN --mount=from: those of a
 * stage before S, or of an image in the store. */
int stage_find_image(struct build *b, const struct stage *s, const char *name,
                     struct image *out, struct mb_error *err);

/* Mount the files of an image on DIR, read-only, or with an upper directory:
 * then DIR/upper and DIR/work must be there, and lie below the mount.  Without
 * layers there is nothing to mount read-only, and DIR stays as it is. */
int stage_mount(const struct store *store, const struct image *image,
                const char *dir, bool writable, struct mb_error *err);

/* The files of an image, read-only: the descriptor of their root.  Call it in a
 * mount namespace of one's own; the caller closes. */
int stage_open_files(const struct store *store, const struct image *image,
                     struct mb_error *err);

/* The digest that names the files of an image: of all its layers, in order. */
struct digest stage_chain(const struct image *image);

/* Expand WORD with the variables of the stage.  Caller frees *out. */
int stage_expand(const struct build *b, const struct stage *s, const char *word,
                 char **out, struct mb_error *err);

#endif
