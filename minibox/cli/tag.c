/* SPDX-License-Identifier: MIT */
/*
 * cli/tag.c - tag, rmi
 *
 * Problem   A name is a label on an image.  It can be added, moved and taken
 *           off.
 * Idea      The index changes, and with the last name the image goes
 *           (engine/remove).
 * Rules     1. Several arguments: each is tried, errors do not stop the rest.
 * Read      docker-image-tag(1), docker-image-rm(1); lessons/16-store.md
 */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "engine/remove.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/lookup.h"

/* Under the store's lock: nobody removes the image in between. */
static int tag_image(const struct store *store, const char *name,
                     const struct image_ref *ref, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    struct image image;

    if (hold < 0 || lookup_image(store, name, &image, err) < 0)
        return -1;
    int result = index_set(store, &image.manifest,
                           blob_size(store, &image.manifest), ref, err);
    image_done(&image);
    return result;
}

int command_tag(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct image_ref ref;

    if (call_parse(call, NULL, NULL, &words, err) < 0 ||
        call_need_words(call, &words, 2, 2, err) < 0)
        return -1;
    if (ref_parse(words.v[1], &ref, err) < 0)
        return mb_wrap(err,
                       "Error parsing reference: \"%s\" is not a valid "
                       "repository/tag",
                       words.v[1]);
    int result = 0;
    if (ref.digest)
        result = mb_failx(err, "refusing to create a tag with a digest "
                               "reference");
    if (result == 0)
        result = call_open_store(call, err);
    if (result == 0)
        result = tag_image(&call->store, words.v[0], &ref, err);
    ref_done(&ref);
    return result;
}

struct rmi_words {
    bool force;
};
const struct option_row rmi_options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rmi_words, force), NULL,
     "Remove it even if containers use it"},
    {0},
};
static const char rmi_docker_only[] = "no-prune platform";

int command_rmi(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct rmi_words w = {0};
    int status = 0;

    if (call_parse(call, rmi_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, (size_t)-1, err) < 0 ||
        call_open_store(call, err) < 0)
        return -1;
    for (size_t i = 0; i < words.n; i++) {
        mb_autostrv struct strv done = {0};
        struct mb_error one = {0};
        if (remove_image(&call->store, words.v[i], w.force, &done, &one) < 0) {
            call_report(&one);
            /* As in docker: who forces does not mind that it is gone. */
            status |= !(w.force && starts_with(one.msg, "No such image"));
        }
        for (size_t k = 0; k < done.n; k++)
            puts(done.v[k]);
    }
    return status;
}
