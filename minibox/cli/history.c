/* SPDX-License-Identifier: MIT */
/*
 * cli/history.c - history
 *
 * Problem   Where does an image come from?
 * Idea      Its config remembers: a line for each instruction, the newest
 *           first.  That includes what somebody may have hoped was forgotten.
 * Rules     1. A line without a layer of its own is 0B.
 * Read      docker-history(1); OCI image spec, config.md "history";
 *           lessons/16-store.md
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/table.h"
#include "engine/config.h"
#include "image/lookup.h"

struct history_words {
    bool human, no_trunc, quiet;
    const char *format;
};
#define FIELD(f) offsetof(struct history_words, f)
const struct option_row history_options[] = {
    {0, "format", OPTION_STRING, FIELD(format), "TEMPLATE",
     "table, json, or text with {{.Fields}}"},
    {'H', "human", OPTION_FLAG, FIELD(human), NULL,
     "Sizes and dates to read; --human=false: to compute with"},
    {0, "no-trunc", OPTION_FLAG, FIELD(no_trunc), NULL,
     "Show instructions in full"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Show IDs only"},
    {0},
};
#undef FIELD
static const char history_docker_only[] = "platform";

/* How the lines are shown. */
struct history_style {
    bool full, human;
};

/* One line, as --format knows it.  SIZE: bytes of its layer. */
static json_t *describe_line(const struct image *image, const json_t *line,
                             bool newest, uint64_t size,
                             const struct history_style *style)
{
    const char *by = config_string(line, "created_by");
    int64_t created = image_time_parse(config_string(line, "created"));
    mb_autofree char *id =
        newest ? mb_printf(style->full ? "sha256:%s" : "%.12s", image->id.hex)
               : mb_strdup("<missing>");
    mb_autofree char *since = table_ago(created);
    mb_autofree char *at = image_time_format(created);
    mb_autofree char *shown = style->full ? mb_strdup(by) : table_cut(by, 45);
    mb_autofree char *bytes = style->human
                                  ? table_size(size)
                                  : mb_printf("%llu", (unsigned long long)size);

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "ID", id, "CreatedSince",
                     since, "CreatedAt", at, "CreatedBy", shown, "Size", bytes,
                     "Comment", config_string(line, "comment"));
}

/* The lines from the newest to the oldest; layers are counted along. */
static json_t *describe_history(const struct call *call,
                                const struct image *image,
                                const struct history_style *style)
{
    const json_t *history = json_object_get(image->config, "history");
    size_t n = json_array_size(history), layer = image->n_layers;
    json_t *rows = json_array();

    for (size_t i = n; i-- > 0;) {
        const json_t *line = json_array_get(history, i);
        bool empty = json_is_true(json_object_get(line, "empty_layer"));
        uint64_t size = 0;
        if (!empty && layer > 0)
            size =
                store_layer_size(&call->store, &image->layers[--layer].diff_id);
        json_array_append_new(
            rows, describe_line(image, line, i == n - 1, size, style));
    }
    return rows;
}

static int print_history(const struct call *call, const struct image *image,
                         const struct history_words *w, struct mb_error *err)
{
    const struct history_style style = {.full = w->no_trunc, .human = w->human};
    const struct format_column columns[] = {
        {"ID", "IMAGE", true},
        {"CreatedSince", "CREATED", style.human},
        {"CreatedAt", "CREATED AT", !style.human},
        {"CreatedBy", "CREATED BY", true},
        {"Size", "SIZE", true},
        {"Comment", "COMMENT", true},
        {0},
    };
    json_t *rows = describe_history(call, image, &style), *row;
    int result = 0;
    size_t i;

    if (w->quiet && !w->format) {
        json_array_foreach(rows, i, row)
            puts(json_string_value(json_object_get(row, "ID")));
    } else {
        result = format_rows(w->format, rows, columns, err);
    }
    json_decref(rows);
    return result;
}

int command_history(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct history_words w = {.human = true};
    struct image image;

    if (call_parse(call, history_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        call_open_store(call, err) < 0 ||
        lookup_image(&call->store, words.v[0], &image, err) < 0)
        return -1;
    int result = print_history(call, &image, &w, err);
    image_done(&image);
    return result;
}
