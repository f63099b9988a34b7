/* SPDX-License-Identifier: MIT */
/*
 * publish.c - a finished build becomes an image
 *
 * Problem   The last instruction is done: there are layers in the store, and a
 *           config in memory.  Nobody can find them.
 * Idea      Write config and manifest, sync once, and only then set the names.
 *
 *             layers/  config  manifest   <-  index.json: "app:latest"
 *             (there, found by nobody)        (one rename, last of all)
 *
 * Rules     1. Bad names are refused before the first is set.
 *           2. Without a name the manifest is listed all the same: the user
 *              has its ID, and `image prune` finds it.
 * Read      docker-build(1), "--tag", "--label"; lessons/22-build.md
 */
#include "engine/publish.h"

#include <string.h>

#include "base/mem.h"
#include "image/ref.h"

void publish_labels(struct build *b)
{
    json_t *config = image_run_config(&b->target->image);
    const struct strv *labels = &b->options->labels;

    if (labels->n && !json_is_object(json_object_get(config, "Labels")))
        json_object_set_new(config, "Labels", json_object());
    for (size_t i = 0; i < labels->n; i++) {
        const char *label = labels->v[i], *equals = strchr(label, '=');
        mb_autofree char *name = mb_strndup(label, strcspn(label, "="));
        json_object_set_new(json_object_get(config, "Labels"), name,
                            json_string(equals ? equals + 1 : ""));
    }
}

/* Rule 1. */
static int check_names(const struct strv *tags, struct mb_error *err)
{
    for (size_t i = 0; i < tags->n; i++) {
        struct image_ref ref;
        if (ref_parse(tags->v[i], &ref, err) < 0)
            return -1;
        ref_done(&ref);
    }
    return 0;
}

/* Save the image under one of its names. */
static int save_as(struct build *b, const char *name, bool first,
                   struct mb_error *err)
{
    struct image *image = &b->target->image;
    struct image_ref ref;

    if (ref_parse(name, &ref, err) < 0)
        return -1;
    int result = image_save(b->store, image, &ref, err);
    if (result == 0 && first)
        stage_say(b, "Successfully built " DIGEST_SHORT "\n", image->id.hex);
    if (result == 0)
        stage_say(b, "Successfully tagged %s\n", ref.familiar);
    ref_done(&ref);
    return result;
}

int publish_image(struct build *b, struct mb_error *err)
{
    const struct strv *tags = &b->options->tags;
    struct image *image = &b->target->image;

    if (check_names(tags, err) < 0)
        return -1;
    if (json_array_size(json_object_get(image->config, "history")) == 0) {
        mb_failx(err, "no image was generated");
        return mb_hint(err, "FROM scratch needs an instruction after it");
    }
    if (tags->n == 0) { /* rule 2 */
        if (image_save(b->store, image, NULL, err) < 0)
            return -1;
        stage_say(b, "Successfully built " DIGEST_SHORT "\n", image->id.hex);
    }
    for (size_t i = 0; i < tags->n; i++)
        if (save_as(b, tags->v[i], i == 0, err) < 0)
            return -1;
    return 0;
}
