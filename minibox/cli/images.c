/* SPDX-License-Identifier: MIT */
/*
 * cli/images.c - images
 *
 * Problem   What is in the store?
 * Idea      Docker's table, filled from the index and from what is known of
 *           each manifest (image/summary).
 * Rules     1. One row for each name; an image without one shows as <none>.
 *           2. An image that can't be read is one warning, and no end of the
 *              list.
 * Read      docker-image-ls(1); lessons/16-store.md
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "cli/table.h"
#include "engine/config.h"
#include "engine/match.h"
#include "image/index.h"
#include "image/lookup.h"
#include "image/summary.h"

struct images_words {
    bool all, quiet, no_trunc, digests;
    const char *format;
    struct strv filters;
};
#define FIELD(f) offsetof(struct images_words, f)
const struct option_row images_options[] = {
    {'a', "all", OPTION_FLAG, FIELD(all), NULL,
     "Accepted for docker's sake: there are no hidden images here"},
    {0, "digests", OPTION_FLAG, FIELD(digests), NULL, "Show digests"},
    {'f', "filter", OPTION_LIST, FIELD(filters), "NAME=VALUE",
     "dangling=true|false, reference=PATTERN, label=KEY[=VALUE], "
     "before=IMAGE, since=IMAGE"},
    {0, "format", OPTION_STRING, FIELD(format), "TEMPLATE",
     "table, json, or text with {{.Fields}}"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Show IDs only"},
    {0, "no-trunc", OPTION_FLAG, FIELD(no_trunc), NULL, "Show whole IDs"},
    {0},
};
#undef FIELD
static const char images_docker_only[] = "tree";
static const char *const known_filters[] = {"dangling", "reference", "label",
                                            "before",   "since",     NULL};

/* A name of an image, or an image without one. */
struct image_row {
    struct summary summary;
    struct image_ref ref; /* all NULL: <none> */
    char *digest;         /* NULL: not known to any registry */
};

/* What is wanted, and what was found. */
struct images_list {
    struct call *call;
    const struct images_words *words;
    const char *name;      /* the argument; NULL: all */
    int64_t before, since; /* filters; INT64_MAX, INT64_MIN: none */
    struct summaries summaries;
    struct image_row *rows;
    size_t n;
};

static int newest_first(const void *a, const void *b)
{
    const struct image_row *x = a, *y = b;

    if (x->summary.created != y->summary.created)
        return x->summary.created < y->summary.created ? 1 : -1;
    return strcmp(x->ref.familiar ? x->ref.familiar : "",
                  y->ref.familiar ? y->ref.familiar : "");
}

/* ---- filters ------------------------------------------------------------ */

/* reference=PATTERN: the name with its tag, or without. */
static bool matches_reference(const char *pattern, const void *argument)
{
    const struct image_ref *ref = argument;

    return ref->familiar && (match_glob(pattern, ref->familiar) == 1 ||
                             match_glob(pattern, ref->name) == 1);
}

/* Does the argument of `images NAME` fit this name?  It is a pattern, too; and
 * people may spell the name out. */
static bool fits(const struct image_ref *ref, const char *filter)
{
    struct image_ref wanted;

    if (!filter || matches_reference(filter, ref))
        return true;
    if (!ref->name || ref_parse(filter, &wanted, NULL) < 0)
        return false;
    bool whole = strcmp(wanted.canonical, ref->canonical) == 0;
    const char *slash = strrchr(filter, '/');
    bool by_repository = !strpbrk(slash ? slash : filter, ":@") &&
                         strcmp(wanted.name, ref->name) == 0;
    ref_done(&wanted);
    return whole || by_repository;
}

static bool is_true(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

/* dangling=VALUE: has it no name? */
static bool matches_dangling(const char *value, const void *argument)
{
    const struct image_ref *ref = argument;

    return (ref->name == NULL) == is_true(value);
}

/* label=KEY[=VALUE]: only then is it worth reading the image. */
static bool has_labels(const struct images_list *list,
                       const struct digest *manifest)
{
    const struct strv *filters = &list->words->filters;
    struct image image;

    if (!filter_has(filters, "label"))
        return true;
    if (image_load(&list->call->store, manifest, &image, NULL) < 0)
        return false;
    bool found =
        filter_all(filters, "label", filter_label,
                   json_object_get(image_run_config(&image), "Labels"));
    image_done(&image);
    return found;
}

/* All filters of the command line. */
static bool passes(const struct images_list *list, const struct image_row *row,
                   const struct digest *manifest)
{
    const struct strv *filters = &list->words->filters;

    return filter_any(filters, "dangling", matches_dangling, &row->ref) &&
           filter_any(filters, "reference", matches_reference, &row->ref) &&
           row->summary.created < list->before &&
           row->summary.created > list->since && has_labels(list, manifest);
}

/* When the image NAME was made. */
static int created_of(const struct store *store, const char *name, int64_t *out,
                      struct mb_error *err)
{
    struct image image;

    if (lookup_image(store, name, &image, err) < 0)
        return mb_code(err, 1);
    *out = image_time_parse(config_string(image.config, "created"));
    image_done(&image);
    return 0;
}

/* One filter whose name is known; before= and since= are looked up. */
static int read_filter(struct images_list *list, const char *filter,
                       struct mb_error *err)
{
    const char *value = strchr(filter, '=') + 1;
    const struct store *store = &list->call->store;

    if (starts_with(filter, "before="))
        return created_of(store, value, &list->before, err);
    if (starts_with(filter, "since="))
        return created_of(store, value, &list->since, err);
    if (starts_with(filter, "reference=") && match_glob(value, "") < 0) {
        mb_failx(err, "invalid filter '%s': syntax error in pattern", filter);
        return mb_code(err, 1);
    }
    if (starts_with(filter, "dangling=") && !is_true(value) &&
        strcmp(value, "false") != 0 && strcmp(value, "0") != 0) {
        mb_failx(err, "invalid filter '%s': must be true or false", filter);
        return mb_code(err, 1);
    }
    return 0;
}

static int read_filters(struct images_list *list, struct mb_error *err)
{
    const struct strv *filters = &list->words->filters;

    for (size_t i = 0; i < filters->n; i++)
        if (read_filter(list, filters->v[i], err) < 0)
            return -1;
    return 0;
}

/* ---- rows --------------------------------------------------------------- */

static void row_done(struct image_row *row)
{
    ref_done(&row->ref);
    free(row->digest);
}

/* Fill a row from the index's entry; false if it isn't wanted. */
static bool make_row(struct images_list *list, const struct index_entry *entry,
                     struct image_row *row)
{
    struct mb_error why = {0};

    *row = (struct image_row){0};
    if (entry->name && ref_parse(entry->name, &row->ref, NULL) < 0)
        return false;
    bool wanted = fits(&row->ref, list->name);
    if (wanted && summaries_get(&list->summaries, &entry->manifest,
                                &row->summary, &why) < 0) {
        mb_warn("%s can't be read: %s",
                row->ref.familiar ? row->ref.familiar : "<none>", why.msg);
        wanted = false;
    }
    wanted = wanted && passes(list, row, &entry->manifest);
    row->digest = mb_strdup(entry->digest);
    if (!wanted)
        row_done(row);
    return wanted;
}

static int find_rows(struct images_list *list, struct mb_error *err)
{
    json_t *index = index_load(&list->call->store, err);
    struct index_entry entry;
    size_t room = 0;

    if (!index)
        return -1;
    summaries_open(&list->summaries, &list->call->store);
    for (size_t cursor = 0; index_next(index, &cursor, &entry);) {
        if (list->n == room) {
            room = room ? 2 * room : 16;
            list->rows = mb_realloc(list->rows, room * sizeof *list->rows);
        }
        list->n += make_row(list, &entry, &list->rows[list->n]);
    }
    summaries_close(&list->summaries);
    json_decref(index);
    if (list->n)
        qsort(list->rows, list->n, sizeof *list->rows, newest_first);
    return 0;
}

/* ---- printing ----------------------------------------------------------- */

/* The fields that --format knows, as Docker calls them. */
static json_t *describe_row(const struct image_row *row, bool full)
{
    mb_autofree char *id = full ? mb_printf("sha256:%s", row->summary.id.hex)
                                : mb_printf("%.12s", row->summary.id.hex);
    mb_autofree char *since = table_ago(row->summary.created);
    mb_autofree char *at = table_date(row->summary.created);
    mb_autofree char *size = table_size(row->summary.size);
    mb_autofree char *exact = table_size_exactly(row->summary.size);

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Containers",
        "N/A", "CreatedAt", at, "CreatedSince", since, "Digest",
        row->digest ? row->digest : "<none>", "ID", id, "Repository",
        row->ref.name ? row->ref.name : "<none>", "SharedSize", "N/A", "Size",
        size, "Tag", row->ref.tag ? row->ref.tag : "<none>", "UniqueSize",
        "N/A", "VirtualSize", exact);
}

static int print_rows(const struct images_list *list, struct mb_error *err)
{
    const struct format_column columns[] = {
        {"Repository", "REPOSITORY", true},
        {"Tag", "TAG", true},
        {"Digest", "DIGEST", list->words->digests},
        {"ID", "IMAGE ID", true},
        {"CreatedSince", "CREATED", true},
        {"CreatedAt", "CREATED AT", false},
        {"Size", "SIZE", true},
        {"VirtualSize", "SIZE", false},
        {"SharedSize", "SHARED SIZE", false},
        {"UniqueSize", "UNIQUE SIZE", false},
        {"Containers", "CONTAINERS", false},
        {0},
    };
    const char *format = list->words->format;
    json_t *rows = json_array();

    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(
            rows, describe_row(&list->rows[i], list->words->no_trunc));
    if (list->words->quiet && (!format || strcmp(format, "table") == 0))
        format = "{{.ID}}";
    int result = format_rows(format, rows, columns, err);
    json_decref(rows);
    return result;
}

int command_images(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct images_words w = {0};
    struct images_list list = {
        .call = call, .words = &w, .before = INT64_MAX, .since = INT64_MIN};

    int result = call_parse(call, images_docker_only, &w, &words, err);
    if (result == 0)
        result = call_need_words(call, &words, 0, 1, err);
    if (result == 0)
        result = filter_check(&w.filters, known_filters, err);
    if (result == 0)
        result = call_open_store(call, err);
    if (result == 0) {
        list.name = words.n ? words.v[0] : NULL;
        result = read_filters(&list, err);
    }
    if (result == 0)
        result = find_rows(&list, err);
    if (result == 0)
        result = print_rows(&list, err);
    for (size_t i = 0; i < list.n; i++)
        row_done(&list.rows[i]);
    free(list.rows);
    strv_done(&w.filters);
    return result;
}
