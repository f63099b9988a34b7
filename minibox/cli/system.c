/* SPDX-License-Identifier: MIT */
/*
 * cli/system.c - system df
 *
 * Problem   Where has the disk gone, and what would clearing up give back?
 * Idea      Docker's tables, filled by engine/usage.  A layer that several
 *           images share is counted once.  RECLAIMABLE is what would come free
 *           if all went that is not ACTIVE.
 * Rules     1. Sizes here are larger than those of `images`, which shows the
 *              files of an image only: on disk are its documents as well, and
 *              each layer a second time, packed.
 * Read      docker-system-df(1); lessons/16-store.md
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/psrow.h"
#include "cli/table.h"
#include "engine/config.h"
#include "engine/usage.h"

struct df_words {
    bool verbose;
    const char *format;
};
#define FIELD(f) offsetof(struct df_words, f)
const struct option_row df_options[] = {
    {0, "format", OPTION_STRING, FIELD(format), "TEMPLATE",
     "table, json, or text with {{.Fields}}"},
    {'v', "verbose", OPTION_FLAG, FIELD(verbose), NULL,
     "Show each image and each container; layers count unpacked and packed"},
    {0},
};
#undef FIELD

/* ---- the short table ---------------------------------------------------- */

/* A line of it. */
struct df_line {
    const char *type;
    size_t total, active;
    uint64_t size, free;
};

static json_t *describe_line(const struct df_line *line)
{
    mb_autofree char *total = mb_printf("%zu", line->total);
    mb_autofree char *active = mb_printf("%zu", line->active);
    mb_autofree char *size = table_size_exactly(line->size);
    mb_autofree char *free_size = table_size_exactly(line->free);
    mb_autofree char *share =
        line->size
            ? mb_printf(" (%d%%)", (int)(100.0 * line->free / line->size))
            : mb_strdup("");

    return json_pack("{s:s, s:s, s:s, s:s, s:s+}", "Type", line->type,
                     "TotalCount", total, "Active", active, "Size", size,
                     "Reclaimable", free_size, share);
}

static int print_totals(const struct usage *u, const char *format,
                        struct mb_error *err)
{
    static const struct format_column columns[] = {
        {"Type", "TYPE", true},
        {"TotalCount", "TOTAL", true},
        {"Active", "ACTIVE", true},
        {"Size", "SIZE", true},
        {"Reclaimable", "RECLAIMABLE", true},
        {0},
    };
    const struct df_line lines[] = {
        {"Images", u->n_images, u->n_used, u->images_size, u->images_free},
        {"Containers", u->n_containers, u->n_running, u->containers_size,
         u->containers_free},
        {"Local Volumes", 0, 0, 0, 0}, /* there are none in minibox */
        {"Build Cache", u->n_records, u->n_records_used, u->cache_size,
         u->cache_size},
    };
    json_t *rows = json_array();

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        json_array_append_new(rows, describe_line(&lines[i]));
    int result = format_rows(format, rows, columns, err);
    json_decref(rows);
    return result;
}

/* ---- the long ones ------------------------------------------------------ */

static int64_t created_of(const struct usage_image *image)
{
    return image_time_parse(config_string(image->image.config, "created"));
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = created_of(a), y = created_of(b);

    return (x < y) - (x > y);
}

static json_t *describe_image(const struct usage_image *image)
{
    struct image_ref ref = {0};
    mb_autofree char *ago = table_ago(created_of(image));
    mb_autofree char *size = table_size_exactly(image->size);
    mb_autofree char *shared = table_size_exactly(image->shared);
    mb_autofree char *unique = table_size_exactly(image->size - image->shared);
    mb_autofree char *users = mb_printf("%zu", image->containers);
    mb_autofree char *id = mb_printf(DIGEST_SHORT, image->image.id.hex);

    if (image->name)
        (void)ref_parse(image->name, &ref, NULL);
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
                            "Repository", ref.name ? ref.name : "<none>", "Tag",
                            ref.tag ? ref.tag : "<none>", "ID", id,
                            "CreatedSince", ago, "Size", size, "SharedSize",
                            shared, "UniqueSize", unique, "Containers", users);
    ref_done(&ref);
    return row;
}

static int print_images(struct usage *u, struct mb_error *err)
{
    static const struct format_column columns[] = {
        {"Repository", "REPOSITORY", true},
        {"Tag", "TAG", true},
        {"ID", "IMAGE ID", true},
        {"CreatedSince", "CREATED", true},
        {"Size", "SIZE", true},
        {"SharedSize", "SHARED SIZE", true},
        {"UniqueSize", "UNIQUE SIZE", true},
        {"Containers", "CONTAINERS", true},
        {0},
    };
    json_t *rows = json_array();

    if (u->n_images)
        qsort(u->images, u->n_images, sizeof *u->images, newest_first);
    for (size_t i = 0; i < u->n_images; i++)
        json_array_append_new(rows, describe_image(&u->images[i]));
    int result = format_rows(NULL, rows, columns, err);
    json_decref(rows);
    return result;
}

static int print_containers(const struct store *store, struct mb_error *err)
{
    static const struct format_column columns[] = {
        {"ID", "CONTAINER ID", true},
        {"Image", "IMAGE", true},
        {"Command", "COMMAND", true},
        {"LocalVolumes", "LOCAL VOLUMES", true},
        {"Size", "SIZE", true},
        {"RunningFor", "CREATED", true},
        {"Status", "STATUS", true},
        {"Names", "NAMES", true},
        {0},
    };
    const struct psrow_style style = {.sized = true};
    json_t *rows = psrow_list(store, &style);

    int result = format_rows(NULL, rows, columns, err);
    json_decref(rows);
    return result;
}

static int print_all(const struct store *store, struct usage *u,
                     struct mb_error *err)
{
    mb_autofree char *cache = table_size_exactly(u->cache_size);

    puts("Images space usage:\n");
    if (print_images(u, err) < 0)
        return -1;
    puts("\nContainers space usage:\n");
    if (print_containers(store, err) < 0)
        return -1;
    puts("\nLocal Volumes space usage:\n\nVOLUME NAME   LINKS     SIZE");
    printf("\nBuild cache usage: %s\n", cache);
    return 0;
}

/* ---- the command -------------------------------------------------------- */

int command_system_df(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct df_words w = {0};
    struct usage usage = {0};

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 0, 0, err) < 0)
        return -1;
    if (w.verbose && w.format) {
        mb_failx(err, "system df --verbose has no --format in minibox");
        return mb_code(err, 1);
    }
    if (call_open_store(call, err) < 0)
        return -1;
    int result = usage_measure(&call->store, &usage, err);
    if (result == 0)
        result = w.verbose ? print_all(&call->store, &usage, err)
                           : print_totals(&usage, w.format, err);
    usage_done(&usage);
    return result;
}
