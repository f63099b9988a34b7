/* SPDX-License-Identifier: MIT */
/*
 * cli/images.c - images, history, tag, rmi
 *
 * Problem   What is in the store, where does it come from, and how does one
 *           get rid of it?
 * Idea      Docker's tables, filled from the store's documents.
 * Rules     1. One row for each name; an image without one shows as <none>.
 *           2. Several arguments: each is tried, errors do not stop the rest.
 * Read      docker-image-ls(1), docker-history(1); lessons/16-store.md
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/table.h"
#include "engine/config.h"
#include "engine/remove.h"
#include "image/blob.h"
#include "image/index.h"
#include "image/lookup.h"
#include "linux/spawn.h"

/* ---- images ------------------------------------------------------------- */

struct images_words {
    bool all, quiet, no_trunc;
};
#define FIELD(f) offsetof(struct images_words, f)
const struct option_row images_options[] = {
    {'a', "all", OPTION_FLAG, FIELD(all), NULL,
     "Accepted for docker's sake: there are no hidden images here"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Show IDs only"},
    {0, "no-trunc", OPTION_FLAG, FIELD(no_trunc), NULL, "Show whole IDs"},
    {0},
};
#undef FIELD
static const char images_docker_only[] = "f digests filter format tree";

/* One row of the table, and what it is sorted by. */
struct image_row {
    int64_t created;
    char *repository, *tag, *id, *size;
};

static int newest_first(const void *a, const void *b)
{
    const struct image_row *x = a, *y = b;

    if (x->created != y->created)
        return x->created < y->created ? 1 : -1;
    return strcmp(x->repository, y->repository);
}

/* Does the argument of `images NAME` fit this name? */
static bool fits(const struct image_ref *ref, const char *filter)
{
    struct image_ref wanted;

    if (!filter)
        return true;
    if (!ref->name || ref_parse(filter, &wanted, NULL) < 0)
        return false;
    bool whole = strcmp(wanted.canonical, ref->canonical) == 0;
    bool by_repository =
        !strchr(filter, ':') && strcmp(wanted.name, ref->name) == 0;
    ref_done(&wanted);
    return whole || by_repository;
}

/* Fill a row from the index's entry; false if it isn't wanted. */
static bool make_row(const struct store *store, const struct index_entry *entry,
                     const char *filter, struct image_row *out)
{
    struct image_ref ref = {0};
    struct image image;

    if (entry->name && ref_parse(entry->name, &ref, NULL) < 0)
        return false;
    struct mb_error why = {0};
    bool wanted = fits(&ref, filter);
    if (wanted && image_load(store, &entry->manifest, &image, &why) < 0) {
        mb_warn("%s can't be read: %s", ref.familiar ? ref.familiar : "<none>",
                why.msg);
        wanted = false;
    }
    if (!wanted) {
        ref_done(&ref);
        return false;
    }
    *out = (struct image_row){
        .created = image_time_parse(config_string(image.config, "created")),
        .repository = mb_strdup(ref.name ? ref.name : "<none>"),
        .tag = mb_strdup(ref.tag ? ref.tag : "<none>"),
        .id = mb_strdup(image.id.hex),
        .size = table_size(image_size(store, &image))};
    image_done(&image);
    ref_done(&ref);
    return true;
}

static void print_rows(struct image_row *rows, size_t n,
                       const struct images_words *w)
{
    static const char *const header[] = {"REPOSITORY", "TAG",  "IMAGE ID",
                                         "CREATED",    "SIZE", NULL};
    mb_autostrv struct strv cells = {0};

    strv_add_all(&cells, (char *const *)header);
    for (struct image_row *row = rows; row < rows + n; row++) {
        mb_autofree char *id = w->no_trunc ? mb_printf("sha256:%s", row->id)
                                           : mb_printf("%.12s", row->id);
        if (w->quiet) {
            puts(id);
            continue;
        }
        strv_add(&cells, row->repository);
        strv_add(&cells, row->tag);
        strv_add(&cells, id);
        strv_take(&cells, table_ago(row->created));
        strv_add(&cells, row->size);
    }
    if (!w->quiet)
        table_print(&cells, 5);
}

int command_images(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct images_words w = {0};
    struct index_entry entry;
    struct image_row *rows = NULL;
    size_t n = 0;

    if (call_parse(call, images_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 0, 1, err) < 0 ||
        call_open_store(call, err) < 0)
        return -1;
    json_t *index = index_load(&call->store, err);
    if (!index)
        return -1;
    for (size_t cursor = 0; index_next(index, &cursor, &entry);) {
        rows = mb_realloc(rows, (n + 1) * sizeof *rows);
        if (make_row(&call->store, &entry, words.n ? words.v[0] : NULL,
                     &rows[n]))
            n++;
    }
    json_decref(index);
    if (n)
        qsort(rows, n, sizeof *rows, newest_first);
    print_rows(rows, n, &w);
    for (struct image_row *row = rows; row < rows + n; row++) {
        free(row->repository);
        free(row->tag);
        free(row->id);
        free(row->size);
    }
    free(rows);
    return 0;
}

/* ---- history ------------------------------------------------------------ */

struct history_words {
    bool no_trunc, quiet;
};
const struct option_row history_options[] = {
    {0, "no-trunc", OPTION_FLAG, offsetof(struct history_words, no_trunc), NULL,
     "Show instructions in full"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct history_words, quiet), NULL,
     "Show IDs only"},
    {0},
};
static const char history_docker_only[] = "H format human platform";

/* Append the cells of one line.  LAYER: its number, or -1 for none. */
static void add_line(const struct call *call, const struct image *image,
                     const json_t *line, int layer, bool newest, bool full,
                     struct strv *cells)
{
    const char *by = config_string(line, "created_by");
    uint64_t size = layer < 0 ? 0
                              : store_layer_size(&call->store,
                                                 &image->layers[layer].diff_id);

    if (newest)
        strv_addf(cells, full ? "sha256:%s" : "%.12s", image->id.hex);
    else
        strv_add(cells, "<missing>");
    strv_take(cells,
              table_ago(image_time_parse(config_string(line, "created"))));
    strv_take(cells, full ? mb_strdup(by) : table_cut(by, 45));
    strv_take(cells, table_size(size));
    strv_add(cells, config_string(line, "comment"));
}

/* The lines from the newest to the oldest; layers are counted along. */
static void print_history(const struct call *call, const struct image *image,
                          const struct history_words *w)
{
    static const char *const header[] = {"IMAGE", "CREATED", "CREATED BY",
                                         "SIZE",  "COMMENT", NULL};
    const json_t *history = json_object_get(image->config, "history");
    mb_autostrv struct strv cells = {0};
    size_t n = json_array_size(history);
    int layer = image->n_layers;

    strv_add_all(&cells, (char *const *)header);
    for (size_t i = n; i-- > 0;) {
        const json_t *line = json_array_get(history, i);
        bool empty = json_is_true(json_object_get(line, "empty_layer"));
        if (w->quiet)
            puts(i == n - 1 ? image->id.hex : "<missing>");
        else
            add_line(call, image, line, empty || layer == 0 ? -1 : --layer,
                     i == n - 1, w->no_trunc, &cells);
    }
    if (!w->quiet)
        table_print(&cells, 5);
}

int command_history(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct history_words w = {0};
    struct image image;

    if (call_parse(call, history_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        call_open_store(call, err) < 0 ||
        lookup_image(&call->store, words.v[0], &image, err) < 0)
        return -1;
    print_history(call, &image, &w);
    image_done(&image);
    return 0;
}

/* ---- tag, rmi ----------------------------------------------------------- */

int command_tag(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct image_ref ref;
    struct image image;

    if (call_parse(call, NULL, NULL, &words, err) < 0 ||
        call_need_words(call, &words, 2, 2, err) < 0)
        return -1;
    if (ref_parse(words.v[1], &ref, err) < 0)
        return mb_wrap(err, "\"%s\" is not a valid repository/tag", words.v[1]);
    int status = call_open_store(call, err);
    if (status == 0)
        status = lookup_image(&call->store, words.v[0], &image, err);
    if (status == 0) {
        status = index_set(&call->store, &image.manifest,
                           blob_size(&call->store, &image.manifest), &ref, err);
        image_done(&image);
    }
    ref_done(&ref);
    return status;
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
