/* SPDX-License-Identifier: MIT */
/*
 * runmount.c - what a RUN gets to see beside its image
 *
 * Problem   What a RUN sees decides what comes out, so it belongs to the key
 *           of the step.  But not all of it: a cache must not matter, and a
 *           secret must not be found in any key.
 * Idea      Each kind of mount gives its share to the key:
 *
 *             bind     all options, and what the files contain
 *             cache    all options
 *             tmpfs    all options
 *             secret   all options, id included; nothing of its value
 *
 *           So a new password does not make a step run again, as it should be:
 *           the files that it fetches are the same.
 * Rules     1. What is wrong with a flag is said before the first step.
 *           2. A bind from another stage or image counts with all files of
 *              that, used or not.
 *           3. RUN can't open what the user's command has closed: with
 *              `build --network none` nothing has a network.
 * Read      reference.md, "RUN --mount", "RUN --network";
 *           lessons/22-build.md, lessons/24-secrets.md
 */
#include "engine/runmount.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/config.h"
#include "engine/copy.h"

#define MOUNT "--mount="

void runmount_done(struct runmounts *mounts)
{
    for (size_t i = 0; i < mounts->n; i++) {
        mountflag_done(&mounts->v[i].flag);
        if (mounts->v[i].has_from)
            image_done(&mounts->v[i].from);
    }
    free(mounts->v);
    *mounts = (struct runmounts){0};
}

/* The value of the next --mount, or NULL. */
static const char *next_mount(const struct instruction *in, size_t *cursor)
{
    while (*cursor < in->flags.n) {
        const char *flag = in->flags.v[(*cursor)++];
        if (starts_with(flag, MOUNT))
            return flag + strlen(MOUNT);
    }
    return NULL;
}

/* ---- before the first step ---------------------------------------------- */

static int check_network(const struct build *b, const struct instruction *in,
                         struct mb_error *err)
{
    const char *network = instruction_flag(in, "network");

    if (!network || strcmp(network, "none") == 0 ||
        strcmp(network, "default") == 0)
        return 0;
    if (strcmp(network, "host") != 0) {
        mb_failx(err, "invalid network mode \"%s\"", network);
        return mb_hint(err, "there are default, none and host");
    }
    /* Rule 3. */
    return b->options->no_network
               ? mb_failx(err, "RUN --network=host, but the build has "
                               "--network none")
               : 0;
}

int runmount_check(const struct build *b, const struct instruction *in,
                   struct mb_error *err)
{
    const char *text;

    if (instruction_flag(in, "security"))
        return mb_failx(err, "RUN --security is not in minibox");
    if (check_network(b, in, err) < 0)
        return -1;
    for (size_t i = 0; (text = next_mount(in, &i));) {
        struct mountflag m;
        int result = mountflag_parse(text, b->file.escape, NULL, &m, err);
        mountflag_done(&m);
        if (result < 0)
            return -1;
    }
    return 0;
}

char *runmount_next_from(const struct build *b, const struct instruction *in,
                         size_t *cursor)
{
    const char *text;

    while ((text = next_mount(in, cursor))) {
        struct mountflag m;
        int result = mountflag_parse(text, b->file.escape, NULL, &m, NULL);
        char *from = result == 0 ? mb_strdup(m.from) : NULL;
        mountflag_done(&m);
        if (from)
            return from;
    }
    return NULL;
}

bool runmount_has_network(const struct build *b, const struct instruction *in)
{
    const char *network = instruction_flag(in, "network");

    return !b->options->no_network &&
           (!network || strcmp(network, "none") != 0);
}

/* ---- one RUN ------------------------------------------------------------ */

/* TEXT, expanded and complete, as the last of the list. */
static int add_mount(struct build *b, const struct stage *s, const char *text,
                     struct runmounts *out, struct mb_error *err)
{
    const char *cwd = config_string(image_run_config(&s->image), "WorkingDir");

    out->v = mb_realloc(out->v, (out->n + 1) * sizeof *out->v);
    struct runmount *m = &out->v[out->n++];
    *m = (struct runmount){0};
    if (mountflag_parse(text, b->file.escape, &s->env, &m->flag, err) < 0 ||
        mountflag_complete(&m->flag, *cwd ? cwd : "/", err) < 0)
        return -1;
    /* A tmpfs has no files, and BuildKit does not mind. */
    if (!m->flag.from || m->flag.type != MOUNTFLAG_BIND)
        return 0;
    if (stage_find_image(b, s, m->flag.from, &m->from, err) < 0)
        return -1;
    m->has_from = true;
    return 0;
}

/* "/a" before "/a/b": else the second would be covered by the first. */
static int by_target(const void *a, const void *b)
{
    const struct runmount *x = a, *y = b;

    return strcmp(x->flag.target ? x->flag.target : "",
                  y->flag.target ? y->flag.target : "");
}

int runmount_collect(struct build *b, const struct stage *s,
                     const struct instruction *in, struct runmounts *out,
                     struct mb_error *err)
{
    const char *text;

    for (size_t i = 0; (text = next_mount(in, &i));)
        if (add_mount(b, s, text, out, err) < 0)
            return mb_wrap(err, "RUN --mount");
    if (out->n)
        qsort(out->v, out->n, sizeof *out->v, by_target);
    return 0;
}

/* ---- the key ------------------------------------------------------------ */

struct strv runmount_source(const struct mountflag *m)
{
    mb_autobuf struct buf literal = BUF_INIT;
    struct strv sources = {0};

    for (const char *p = m->source ? m->source : ""; *p; p++)
        buf_addf(&literal, strchr("*?[", *p) ? "[%c]" : "%c", *p);
    strv_add(&sources, literal.s);
    return sources;
}

/* What the context has at a bind's source. */
static int add_context(const struct build *b, const struct mountflag *m,
                       struct key *out, struct mb_error *err)
{
    mb_autostrv struct strv sources = runmount_source(m);
    const struct copy copy = {.source_root = b->context,
                              .ignore = &b->ignore,
                              .hashes = b->hashes,
                              .sources = &sources,
                              .dest = "/"};

    return copy_add_to_key(&copy, out, err) < 0
               ? mb_wrap(err, "RUN --mount=type=bind,target=%s", m->target)
               : 0;
}

static void add_options(const struct mountflag *m, struct key *out)
{
    const char *const texts[] = {m->target, m->source, m->from, m->id, m->env};
    const int64_t numbers[] = {m->type, m->sharing, m->read_only, m->required,
                               m->size, m->uid,     m->gid,       m->mode};
    mb_autostrv struct strv options = {0};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        strv_add(&options, texts[i] ? texts[i] : "");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        strv_addf(&options, "%" PRId64, numbers[i]);
    key_add_words(out, "mount", &options);
}

int runmount_add_to_key(const struct build *b, const struct runmounts *mounts,
                        struct key *out, struct mb_error *err)
{
    for (size_t i = 0; i < mounts->n; i++) {
        const struct runmount *m = &mounts->v[i];
        add_options(&m->flag, out);
        if (m->has_from) {
            struct digest files = stage_chain(&m->from); /* rule 2 */
            key_add_plain(out, "from", m->flag.from, files.hex);
        } else if (m->flag.type == MOUNTFLAG_BIND &&
                   add_context(b, &m->flag, out, err) < 0) {
            return -1;
        }
    }
    return 0;
}
