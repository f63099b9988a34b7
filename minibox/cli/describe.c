/* SPDX-License-Identifier: MIT */
/*
 * describe.c - all that is known of an image or a container
 *
 * Problem   Scripts ask docker inspect for .State.ExitCode or .Config.Env, by
 *           docker's names for them.
 * Idea      Our own documents say the same in other words.  Translate:
 *
 *             config of an image   "created", "config": {...}, "rootfs"
 *             containers/ID/       config.json, state.json
 *                                     |
 *                                     v
 *             docker's             "Created", "Config": {...}, "State": {...}
 *
 * Rules     1. What docker has and we have no use for (swarm, plugins, ports)
 *              is left out.
 *           2. A time that never was is the year 1.
 * Read      docker-inspect(1); OCI image spec, config.md
 */
#include "cli/describe.h"

#include <string.h>

#include "base/mem.h"
#include "engine/config.h"
#include "engine/usage.h"
#include "image/index.h"

enum { NANO = 1000000000 };
#define NEVER "0001-01-01T00:00:00Z"

/* ---- both --------------------------------------------------------------- */

/* A "Config" in which all of docker's keys are; OWN's values count. */
static json_t *complete_config(const json_t *own)
{
    json_t *config = json_pack(
        "{s:s, s:n, s:n, s:n, s:s, s:n, s:n, s:n}", "User", "", "Env", "Cmd",
        "Volumes", "WorkingDir", "", "Entrypoint", "OnBuild", "Labels");

    json_object_update(config, (json_t *)own);
    return config;
}

/* The layers' directories, as overlayfs is given them: topmost first. */
static char *join_dirs(const struct strv *dirs, size_t from)
{
    struct buf out = BUF_INIT;

    for (size_t i = from; i < dirs->n; i++)
        buf_addf(&out, "%s%s", out.len ? ":" : "", dirs->v[i]);
    return buf_take(&out);
}

/* ---- images ------------------------------------------------------------- */

/* Docker lists each once, however many tags a repository has here. */
static void add_once(json_t *list, const char *text)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        if (strcmp(json_string_value(one), text) == 0)
            return;
    }
    json_array_append_new(list, json_string(text));
}

/* "busybox:latest", and "busybox@sha256:..." for what came from a registry. */
static void list_names(const struct store *store, const struct image *image,
                       json_t *tags, json_t *digests)
{
    json_t *index = index_load(store, NULL);
    struct index_entry entry;

    for (size_t cursor = 0; index && index_next(index, &cursor, &entry);) {
        struct image_ref ref;
        if (!entry.name || !digest_equal(&entry.manifest, &image->manifest) ||
            ref_parse(entry.name, &ref, NULL) < 0)
            continue;
        if (ref.tag)
            json_array_append_new(tags, json_string(ref.familiar));
        if (entry.digest) {
            mb_autofree char *text = mb_printf("%s@%s", ref.name, entry.digest);
            add_once(digests, text);
        }
        ref_done(&ref);
    }
    json_decref(index);
}

/* The image's topmost layer is what docker calls its upper directory. */
static json_t *describe_layers(const struct store *store,
                               const struct image *image)
{
    mb_autostrv struct strv dirs = {0};
    json_t *data = json_object();

    image_layer_dirs(store, image, &dirs);
    if (dirs.n > 1) {
        mb_autofree char *lower = join_dirs(&dirs, 1);
        json_object_set_new(data, "LowerDir", json_string(lower));
    }
    if (dirs.n > 0)
        json_object_set_new(data, "UpperDir", json_string(dirs.v[0]));
    return json_pack("{s:o, s:s}", "Data", data, "Name", "overlay2");
}

/* What the last line of the history has to say. */
static const char *last_comment(const struct image *image)
{
    const json_t *history = json_object_get(image->config, "history");
    size_t n = json_array_size(history);

    return config_string(json_array_get(history, n ? n - 1 : 0), "comment");
}

json_t *describe_image(const struct store *store, const struct image *image)
{
    const json_t *config = image->config;
    const char *created = config_string(config, "created");
    mb_autofree char *id = mb_printf(DIGEST_FMT, image->id.hex);
    json_t *tags = json_array(), *digests = json_array();

    list_names(store, image, tags, digests);
    return json_pack(
        "{s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:I, s:o, "
        "s:{s:s, s:O}, s:{s:s}}",
        "Id", id, "RepoTags", tags, "RepoDigests", digests, "Parent", "",
        "Comment", last_comment(image), "Created", *created ? created : NEVER,
        "DockerVersion", "", "Author", config_string(config, "author"),
        "Config", complete_config(image_run_config(image)), "Architecture",
        config_string(config, "architecture"), "Os",
        config_string(config, "os"), "Size",
        (json_int_t)image_size(store, image), "GraphDriver",
        describe_layers(store, image), "RootFS", "Type", "layers", "Layers",
        image_diff_ids(image), "Metadata", "LastTagTime", NEVER);
}

/* ---- containers --------------------------------------------------------- */

/* The time at KEY, in seconds; rule 2.  Caller frees. */
static char *show_time(const json_t *state, const char *key)
{
    json_int_t seconds = json_integer_value(json_object_get(state, key));

    return seconds ? image_time_format(seconds) : mb_strdup(NEVER);
}

/* The same for one in nanoseconds. */
static char *show_nanoseconds(json_int_t then)
{
    mb_autofree char *text = image_time_format(then / NANO);

    return mb_printf("%.*s.%09dZ", (int)strlen(text) - 1, text,
                     (int)(then % NANO));
}

static json_t *describe_state(const json_t *state)
{
    const char *status = state_status(state);
    bool running = strcmp(status, "running") == 0;
    bool ended = strcmp(status, "exited") == 0 ||
                 json_object_get(state, "exitCode"); /* could not start */
    mb_autofree char *started = show_time(state, "startedAt");
    mb_autofree char *finished = show_time(state, "finishedAt");

    return json_pack(
        "{s:s, s:b, s:b, s:b, s:b, s:b, s:I, s:i, s:s, s:s, s:s}", "Status",
        status, "Running", running, "Paused", 0, "Restarting", 0, "OOMKilled",
        json_is_true(json_object_get(state, "oomKilled")), "Dead", 0, "Pid",
        running ? json_integer_value(json_object_get(state, "pid"))
                : (json_int_t)0,
        "ExitCode", !running && ended ? state_exit_code(state) : 0, "Error",
        config_string(state, "error"), "StartedAt", started, "FinishedAt",
        finished);
}

/* What docker has under "Config": the process, and where it comes from. */
static json_t *describe_process(const json_t *config)
{
    const json_t *labels = json_object_get(config, "labels");
    json_t *own = json_pack(
        "{s:s, s:O*, s:O*, s:s, s:s, s:o}", "User",
        config_string(config, "user"), "Env", json_object_get(config, "env"),
        "Cmd", json_object_get(config, "argv"), "Image",
        config_string(config, "image"), "WorkingDir",
        config_string(config, "cwd"), "Labels",
        labels ? json_incref((json_t *)labels) : json_object());
    json_t *complete = complete_config(own);

    json_decref(own);
    return complete;
}

/* The container's own directory on top of its image's. */
static json_t *describe_mount(const struct store *store,
                              const struct container *c, const json_t *layers)
{
    mb_autostrv struct strv dirs = {0};

    for (size_t i = json_array_size(layers); i-- > 0;)
        strv_addf(&dirs, "%s/layers/%s", store->root,
                  json_string_value(json_array_get(layers, i)));
    strv_take(&dirs, store_skeleton_dir(store));
    mb_autofree char *lower = join_dirs(&dirs, 0);
    return json_pack("{s:{s:o*, s:o*, s:o*}, s:s}", "Data", "LowerDir",
                     json_string(lower), "UpperDir",
                     json_sprintf("%s/upper", c->dir), "WorkDir",
                     json_sprintf("%s/work", c->dir), "Name", "overlay2");
}

/* How much it has written, and how much it sees. */
static void add_sizes(json_t *out, const struct store *store,
                      const struct container *c, const json_t *layers)
{
    uint64_t own = usage_of_container(c);

    json_object_set_new(out, "SizeRw", json_integer(own));
    json_object_set_new(out, "SizeRootFs",
                        json_integer(own + usage_of_layers(store, layers)));
}

/* All of argv but the first: docker's "Args". */
static json_t *list_args(const json_t *argv)
{
    json_t *args = json_array();

    for (size_t i = 1; i < json_array_size(argv); i++)
        json_array_append(args, json_array_get(argv, i));
    return args;
}

json_t *describe_container(const struct store *store, const struct container *c,
                           bool sized)
{
    json_t *config = state_read(c, "config.json");
    json_t *state = state_read(c, "state.json");
    const json_t *argv = json_object_get(config, "argv");
    const json_t *layers = json_object_get(config, "layers");
    const char *path = json_string_value(json_array_get(argv, 0));
    mb_autofree char *name = mb_printf("/%s", c->name);
    mb_autofree char *created = show_nanoseconds(
        json_integer_value(json_object_get(config, "created")));

    json_t *out = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "Id", c->id,
        "Created", created, "Path", path ? path : "", "Args", list_args(argv),
        "State", describe_state(state), "Image",
        config_string(config, "imageId"), "Name", name, "Driver", "overlay2",
        "Platform", "linux", "GraphDriver", describe_mount(store, c, layers),
        "Config", describe_process(config));
    if (sized)
        add_sizes(out, store, c, layers);
    json_decref(config);
    json_decref(state);
    return out;
}
