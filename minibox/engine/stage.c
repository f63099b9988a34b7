/* SPDX-License-Identifier: MIT */
/*
 * stage.c - the state that one instruction leaves to the next
 *
 * Problem   Instructions come one by one, and each must see what those before
 *           it have set: files, variables, user, directory.
 * Idea      A stage carries the image so far, and beside it what a RUN sees but
 *           the image does not keep:
 *
 *                              image                stage
 *             FROM busybox     its files, config    env: those of the image
 *             ARG V=1                               env: V=1, args: V
 *             ENV W=2          config: W=2          env: W=2
 *             RUN ...          a layer
 *             FROM (next)      (another image)      (another stage)
 *
 * Rules     1. A stage can only see the stages before it.
 * Read      reference.md, "Environment replacement", "FROM";
 *           lessons/20-arg-and-env.md
 */
#include "engine/stage.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/expand.h"
#include "image/lookup.h"
#include "linux/overlay.h"

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
    char *end;
    size_t number = strtoul(name, &end, 10);

    /* No stage has a name that begins with a digit. */
    if (isdigit((unsigned char)*name))
        return !*end && number < (size_t)(before - b->stages)
                   ? &b->stages[number]
                   : NULL;
    for (struct stage *s = b->stages; s < before; s++)
        if (s->name && strcasecmp(s->name, name) == 0)
            return s;
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

int stage_mount(const struct store *store, const struct image *image,
                const char *dir, bool writable, struct mb_error *err)
{
    mb_autofree char *upper = mb_printf("%s/upper", dir);
    mb_autofree char *work = mb_printf("%s/work", dir);
    mb_autostrv struct strv lowers = {0};

    image_layer_dirs(store, image, &lowers);
    strv_take(&lowers, store_empty_dir(store));
    const struct overlay overlay = {.lowers = lowers.v,
                                    .n_lowers = lowers.n,
                                    .upper = writable ? upper : NULL,
                                    .work = writable ? work : NULL,
                                    .disposable = true};
    /* overlayfs wants two directories at least. */
    if (lowers.n == 1 && !writable)
        return 0;
    return overlay_mount(&overlay, dir, err);
}

int stage_open_files(const struct store *store, const struct image *image,
                     struct mb_error *err)
{
    mb_autofree char *empty = store_empty_dir(store);

    if (stage_mount(store, image, empty, false, err) < 0)
        return -1;
    return fs_open_dir(AT_FDCWD, empty, err);
}

struct digest stage_chain(const struct image *image)
{
    struct hasher h;

    hasher_init(&h);
    for (size_t i = 0; i < image->n_layers; i++)
        hasher_add_str(&h, image->layers[i].diff_id.hex);
    return hasher_finish(&h);
}
