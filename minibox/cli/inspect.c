/* SPDX-License-Identifier: MIT */
/*
 * cli/inspect.c - all that is known of an image or a container
 *
 * Problem   Tables show what fits; sometimes one wants everything.
 * Idea      JSON, with docker's keys: an array with an object for each name.
 * Rules     1. A container goes before an image of the same name, as in
 *              docker.
 *           2. What is not found is an error at the end; the rest is shown.
 * Read      docker-inspect(1); OCI image spec, config.md
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "engine/config.h"
#include "image/index.h"
#include "image/lookup.h"
#include "runtime/state.h"

const struct option_row inspect_options[] = {{0}};
static const char inspect_docker_only[] = "f s format size type";

/* The names of the image in the index. */
static json_t *repo_tags(const struct store *store, const struct image *image)
{
    json_t *tags = json_array(), *index = index_load(store, NULL);
    struct index_entry entry;

    for (size_t cursor = 0; index && index_next(index, &cursor, &entry);) {
        struct image_ref ref;
        if (!entry.name || !digest_equal(&entry.manifest, &image->manifest) ||
            ref_parse(entry.name, &ref, NULL) < 0)
            continue;
        json_array_append_new(tags, json_string(ref.familiar));
        ref_done(&ref);
    }
    json_decref(index);
    return tags;
}

static json_t *describe_image(const struct store *store,
                              const struct image *image)
{
    mb_autofree char *id = mb_printf(DIGEST_FMT, image->id.hex);
    const json_t *rootfs = json_object_get(image->config, "rootfs");

    return json_pack(
        "{s:s, s:o, s:[], s:s, s:s, s:s, s:s, s:I, s:{s:s, s:O}, s:O}", "Id",
        id, "RepoTags", repo_tags(store, image), "RepoDigests", "Created",
        config_string(image->config, "created"), "Author",
        config_string(image->config, "author"), "Architecture",
        config_string(image->config, "architecture"), "Os",
        config_string(image->config, "os"), "Size",
        (json_int_t)image_size(store, image), "RootFS", "Type", "layers",
        "Layers", json_object_get(rootfs, "diff_ids"), "Config",
        image_run_config(image));
}

/* What we know of a container, with docker's keys where it has them. */
static json_t *describe_container(const struct container *c)
{
    json_t *config = state_read(c, "config.json");
    json_t *state = state_read(c, "state.json");
    mb_autofree char *name = mb_printf("/%s", c->name);
    bool running = state_is_running(c);
    const char *status = state_status(c, state);
    json_t *out = json_pack(
        "{s:s, s:s, s:s, s:{s:s, s:b, s:b, s:I, s:I, s:s}, s:o*}", "Id", c->id,
        "Name", name, "Image", config_string(config, "imageId"), "State",
        "Status",
        running  ? "running"
        : status ? status
                 : "created",
        "Running", running, "OOMKilled",
        json_is_true(json_object_get(state, "oomKilled")), "Pid",
        running ? json_integer_value(json_object_get(state, "pid"))
                : (json_int_t)0,
        "ExitCode",
        (json_int_t)(strcmp(status, "exited") == 0 ? state_exit_code(state)
                                                   : 0),
        "Error", config_string(state, "error"), "Config", config);

    json_decref(state);
    return out;
}

/* A container or an image; NULL with *err if it is neither. */
static json_t *describe(const struct store *store, const char *name,
                        struct mb_error *err)
{
    struct container c;
    struct image image;
    json_t *out;

    if (state_find(store->root, name, &c, NULL) == 0) {
        out = describe_container(&c);
        container_done(&c);
        return out;
    }
    if (lookup_image(store, name, &image, NULL) < 0) {
        mb_failx(err, "No such object: %s", name);
        return NULL;
    }
    out = describe_image(store, &image);
    image_done(&image);
    return out;
}

int command_inspect(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    json_t *array = json_array();
    int status = 0;

    if (call_parse(call, inspect_docker_only, NULL, &words, err) < 0 ||
        call_need_words(call, &words, 1, (size_t)-1, err) < 0 ||
        call_open_store(call, err) < 0) {
        json_decref(array);
        return -1;
    }
    for (size_t i = 0; i < words.n; i++) {
        json_t *one = describe(&call->store, words.v[i], err);
        if (one)
            json_array_append_new(array, one);
        else
            status = -1;
    }
    json_dumpf(array, stdout, JSON_INDENT(4));
    putchar('\n');
    json_decref(array);
    return status;
}
