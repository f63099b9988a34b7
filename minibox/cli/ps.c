/* SPDX-License-Identifier: MIT */
/*
 * cli/ps.c - ps
 *
 * Problem   Which containers are there?
 * Idea      Their directories say what they are, and cli/psrow makes rows of
 *           them.  Here is decided which ones are wanted.
 * Rules     1. Without -a, -n, -l or a filter by status only those that run
 *              are shown.
 *           2. name= is a regular expression, and looks anywhere in the name:
 *              exactly "web" is ^web$.  One that is broken matches nothing.
 *           3. ancestor= is an image or any image that it was built on:
 *              the container stands on all its layers.
 * Read      docker-ps(1); regex(7); lessons/25-life.md
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "cli/psrow.h"
#include "engine/config.h"
#include "image/lookup.h"
#include "linux/spawn.h"

struct ps_words {
    bool all, quiet, no_trunc, latest, size;
    const char *last, *format;
    struct strv filters;
};
#define FIELD(f) offsetof(struct ps_words, f)
const struct option_row ps_options[] = {
    {'a', "all", OPTION_FLAG, FIELD(all), NULL,
     "Show those that have ended, too"},
    {'f', "filter", OPTION_LIST, FIELD(filters), "NAME=VALUE",
     "name=REGEX, id=PREFIX, status=STATUS, ancestor=IMAGE, "
     "label=KEY[=VALUE], exited=CODE"},
    {0, "format", OPTION_STRING, FIELD(format), "TEMPLATE",
     "table, json, or text with {{.Fields}}"},
    {'n', "last", OPTION_STRING, FIELD(last), "N",
     "Show the N newest, whatever their state"},
    {'l', "latest", OPTION_FLAG, FIELD(latest), NULL, "Show the newest"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Show IDs only"},
    {'s', "size", OPTION_FLAG, FIELD(size), NULL,
     "Show how much they have written"},
    {0, "no-trunc", OPTION_FLAG, FIELD(no_trunc), NULL,
     "Show IDs and commands in full"},
    {0},
};
#undef FIELD
static const char *const known_filters[] = {
    "name", "id", "status", "ancestor", "label", "exited", NULL};

/* What the filters ask, made ready. */
struct ps_wishes {
    const struct strv *filters;
    const struct store *store;
    bool all; /* rule 1 */
};

/* ---- filters ------------------------------------------------------------ */

/* Rule 2. */
static bool matches_name(const char *pattern, const void *argument)
{
    const struct psrow *row = argument;
    mb_autofree char *with_slash = mb_printf("/%s", row->container->name);
    regex_t regex;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    /* Docker's own names start with a slash, and ^/web$ is common. */
    bool found = regexec(&regex, row->container->name, 0, NULL, 0) == 0 ||
                 regexec(&regex, with_slash, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

static bool matches_id(const char *prefix, const void *argument)
{
    const struct psrow *row = argument;

    return starts_with(row->container->id, prefix);
}

static bool matches_status(const char *status, const void *argument)
{
    const struct psrow *row = argument;

    return strcmp(row->status, status) == 0;
}

static bool matches_exit(const char *code, const void *argument)
{
    const struct psrow *row = argument;

    return strcmp(row->status, "exited") == 0 &&
           state_exit_code(row->state) == atoi(code);
}

/* The image that was asked for, beside the row. */
struct descent {
    const struct psrow *row;
    const struct store *store;
};

/* Rule 3. */
static bool matches_ancestor(const char *name, const void *argument)
{
    const struct descent *d = argument;
    const char *id = config_string(d->row->config, "imageId");
    const json_t *layers = json_object_get(d->row->config, "layers");
    struct image image;

    if (lookup_image(d->store, name, &image, NULL) < 0)
        return false;
    bool same = ends_with(id, image.id.hex);
    bool on_it = image.n_layers > 0;
    for (size_t i = 0; i < image.n_layers; i++) {
        const char *hex = json_string_value(json_array_get(layers, i));
        on_it = on_it && hex && strcmp(hex, image.layers[i].diff_id.hex) == 0;
    }
    image_done(&image);
    return same || on_it;
}

static bool is_wanted(const struct psrow *row, const void *argument)
{
    const struct ps_wishes *wishes = argument;
    const struct strv *filters = wishes->filters;
    const struct descent descent = {.row = row, .store = wishes->store};

    return (wishes->all || strcmp(row->status, "running") == 0) &&
           filter_any(filters, "name", matches_name, row) &&
           filter_any(filters, "id", matches_id, row) &&
           filter_any(filters, "status", matches_status, row) &&
           filter_any(filters, "exited", matches_exit, row) &&
           filter_all(filters, "label", filter_label,
                      json_object_get(row->config, "labels")) &&
           filter_any(filters, "ancestor", matches_ancestor, &descent);
}

/* ---- words -------------------------------------------------------------- */

/* Is VALUE one of the states that docker knows? */
static bool check_status(const char *value, const void *argument)
{
    static const char *const states[] = {"created",    "running",  "paused",
                                         "restarting", "removing", "exited",
                                         "dead"};
    struct mb_error *err = (void *)argument;

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i], value) == 0)
            return true;
    mb_failx(err,
             "invalid filter 'status=%s': invalid value for state (%s): must "
             "be one of created, running, paused, restarting, removing, "
             "exited, dead",
             value, value);
    return false;
}

static bool check_exit(const char *value, const void *argument)
{
    struct mb_error *err = (void *)argument;

    if (*value && strspn(value, "0123456789") == strlen(value))
        return true;
    mb_failx(err, "invalid filter 'exited=%s': it is no exit code", value);
    return false;
}

/* Are the values of the filters such that they could match? */
static int check_values(const struct strv *filters, struct mb_error *err)
{
    struct mb_error why = {0};

    if (filter_all(filters, "status", check_status, &why) &&
        filter_all(filters, "exited", check_exit, &why))
        return 0;
    *err = why;
    return mb_code(err, 1);
}

/* -n N and -l: how many at most; -1: all. */
static int read_last(const struct ps_words *w, long *out, struct mb_error *err)
{
    char *end;

    *out = w->latest ? 1 : -1;
    if (!w->last || w->latest)
        return 0;
    *out = strtol(w->last, &end, 10);
    if (end != w->last && !*end)
        return 0;
    mb_failx(err,
             "invalid argument \"%s\" for \"-n, --last\" flag: it is no "
             "number",
             w->last);
    return mb_code(err, EXIT_MINIBOX);
}

/* ---- printing ----------------------------------------------------------- */

static int print_list(const struct ps_words *w, const json_t *rows,
                      struct mb_error *err)
{
    const struct format_column columns[] = {
        {"ID", "CONTAINER ID", true},
        {"Image", "IMAGE", true},
        {"Command", "COMMAND", true},
        {"RunningFor", "CREATED", true},
        {"CreatedAt", "CREATED AT", false},
        {"Status", "STATUS", true},
        {"State", "STATE", false},
        {"Ports", "PORTS", true},
        {"Names", "NAMES", true},
        {"Size", "SIZE", w->size},
        {"Labels", "LABELS", false},
        {"LocalVolumes", "LOCAL VOLUMES", false},
        {0},
    };
    bool custom = w->format && *w->format && strcmp(w->format, "table") != 0;

    if (!w->quiet)
        return format_rows(w->format, rows, columns, err);
    if (custom)
        mb_warn("ignoring --format, because --quiet is set");
    return format_rows("{{.ID}}", rows, columns, err);
}

/* The words make sense: make the list and print it. */
static int list_containers(struct call *call, const struct ps_words *w,
                           long last, struct mb_error *err)
{
    const struct ps_wishes wishes = {
        .filters = &w->filters,
        .store = &call->store,
        .all = w->all || last > 0 || filter_has(&w->filters, "status"),
    };
    const struct psrow_style style = {
        .full = w->no_trunc,
        .sized = w->size || (w->format && strstr(w->format, ".Size")),
        .virtual_sizes = true,
        .wanted = is_wanted,
        .argument = &wishes,
    };

    if (call_open_store(call, err) < 0)
        return -1;
    state_sweep_names(call->store.root);
    json_t *rows = psrow_list(&call->store, &style);
    while (last > 0 && json_array_size(rows) > (size_t)last)
        json_array_remove(rows, json_array_size(rows) - 1);
    int result = print_list(w, rows, err);
    json_decref(rows);
    return result;
}

int command_ps(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct ps_words w = {0};
    long last;

    int result = call_parse(call, NULL, &w, &words, err);
    if (result == 0)
        result = call_need_words(call, &words, 0, 0, err);
    if (result == 0)
        result = filter_check(&w.filters, known_filters, err);
    if (result == 0)
        result = check_values(&w.filters, err);
    if (result == 0)
        result = read_last(&w, &last, err);
    if (result == 0)
        result = list_containers(call, &w, last, err);
    strv_done(&w.filters);
    return result;
}
