/* SPDX-License-Identifier: MIT */
/*
 * stage.c - the state that one instruction leaves to the next
 *
 * Problem   Instructions come one by one, and each must see what those before
 *           it have set: files, variables, user, directory.
 * Idea      A stage carries the image so far and a list of variables.  ARG
 *           and ENV both write to that list:
 *
 *             ARG V=1      V=1               not in the image's variables,
 *             ENV V=2      V=2               but in its history
 *             RUN ...      sees V=2
 *
 * Rules     1. The later of two assignments wins, whichever instruction makes
 *              it.  An ARG's value is --build-arg's, else its default, else
 *              that of the ARG before the first FROM.
 *           2. The *value* of an ARG goes into the history, and whoever has
 *              the image can read it there.
 * Read      reference.md, "ARG", "Environment replacement";
 *           lessons/20-arg-and-env.md
 */
#include "engine/stage.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/expand.h"
#include "image/lookup.h"

const char *stage_dockerfile_name(const struct build *b)
{
    const char *path = b->options->dockerfile;

    return path && strcmp(path, "-") != 0 ? path : "Dockerfile";
}

const struct instruction *stage_instruction(const struct stage *s, size_t i)
{
    if (i >= s->n + s->n_triggers)
        return NULL;
    if (i == 0 || i > s->n_triggers)
        return &s->first[i ? i - s->n_triggers : 0];
    return &s->triggers[i - 1].instructions[0];
}

int stage_need_temporary(struct build *b, struct mb_error *err)
{
    if (b->temporary)
        return 0;
    return store_make_temporary(b->store, &b->temporary, &b->temporary_lock,
                                err);
}

int stage_point_at(const struct build *b, const struct instruction *in,
                   struct mb_error *err)
{
    const char *line = "";
    const char *name = stage_dockerfile_name(b);

    if (in->line >= 1 && (size_t)in->line <= b->file.lines.n)
        line = b->file.lines.v[in->line - 1];
    mb_wrap(err, "%s:%d", name, in->line);
    if (err) {
        size_t len = strlen(err->msg);
        snprintf(err->msg + len, sizeof err->msg - len, "\n    %d | %s",
                 in->line, line);
    }
    return -1;
}

void stage_say(const struct build *b, const char *fmt, ...)
{
    va_list ap;

    if (!b->options->progress)
        return;
    va_start(ap, fmt);
    vfprintf(b->options->progress, fmt, ap);
    va_end(ap);
    fflush(b->options->progress);
}

int stage_expand(const struct build *b, const struct stage *s, const char *word,
                 char **out, struct mb_error *err)
{
    return expand_word(word, b->file.escape, &s->env, out, err);
}

struct stage *stage_find(struct build *b, const struct stage *before,
                         const char *name)
{
    char number[16];

    for (struct stage *s = b->stages; s < before; s++) {
        snprintf(number, sizeof number, "%zu", (size_t)(s - b->stages));
        if ((s->name && strcasecmp(s->name, name) == 0) ||
            strcmp(number, name) == 0)
            return s;
    }
    return NULL;
}

int stage_find_image(struct build *b, const struct stage *s, const char *name,
                     struct image *out, struct mb_error *err)
{
    const struct stage *stage = stage_find(b, s, name);

    if (stage)
        image_copy(out, &stage->image);
    else if (lookup_image(b->store, name, out, err) < 0)
        return -1;
    return 0;
}

struct digest stage_chain(const struct image *image)
{
    struct hasher h;

    hasher_init(&h);
    for (size_t i = 0; i < image->n_layers; i++)
        hasher_add_str(&h, image->layers[i].diff_id.hex);
    return hasher_finish(&h);
}

/* ---- ARG ---------------------------------------------------------------- */

bool stage_is_proxy_arg(const char *name)
{
    static const char *const names[] = {
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY",
        "ftp_proxy",  "NO_PROXY",   "no_proxy",    "ALL_PROXY",   "all_proxy"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Split NAME[=default] and find the value: the user's, else the default,
 * else what the surroundings say (may be NULL).  Caller frees both. */
static int arg_value(struct build *b, const struct strv *variables,
                     const char *word, const char *surroundings,
                     char **out_name, char **out_value, struct mb_error *err)
{
    const char *equals = strchr(word, '=');
    mb_autofree char *name =
        equals ? mb_strndup(word, equals - word) : mb_strdup(word);
    const char *given = strv_getenv(&b->options->build_args, name);

    *out_value = NULL;
    if (given) {
        strv_add(&b->used_args, name);
        *out_value = mb_strdup(given);
    } else if (equals) {
        if (expand_word(equals + 1, b->file.escape, variables, out_value, err) <
            0)
            return -1;
    } else if (surroundings) {
        *out_value = mb_strdup(surroundings);
    }
    *out_name = mb_steal(&name);
    return 0;
}

int stage_global_arg(struct build *b, const struct instruction *in,
                     struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++) {
        mb_autofree char *name = NULL, *value = NULL;
        if (arg_value(b, &b->globals, in->args.v[i], NULL, &name, &value, err) <
            0)
            return -1;
        if (value)
            strv_setenv(&b->globals, name, value);
    }
    return 0;
}

/* One word of an ARG instruction. */
static int declare_arg(struct build *b, struct stage *s, const char *word,
                       struct buf *history, struct mb_error *err)
{
    mb_autofree char *name = NULL, *value = NULL;
    mb_autofree char *bare = mb_strndup(word, strcspn(word, "="));
    const char *global = strv_getenv(&b->globals, bare);

    if (arg_value(b, &s->env, word, global, &name, &value, err) < 0)
        return -1;
    if (!strv_has(&s->args, name))
        strv_add(&s->args, name);
    buf_addf(history, " %s", name);
    if (!value)
        return 0;
    strv_setenv(&s->env, name, value); /* rule 1 */
    buf_addf(history, "=%s", value);   /* rule 2 */
    return 0;
}

int stage_arg(struct build *b, struct stage *s, const struct instruction *in,
              struct buf *history, struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++)
        if (declare_arg(b, s, in->args.v[i], history, err) < 0)
            return -1;
    return 0;
}
