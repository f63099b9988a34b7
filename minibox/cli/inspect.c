/* SPDX-License-Identifier: MIT */
/*
 * cli/inspect.c - inspect
 *
 * Problem   Tables show what fits; sometimes one wants everything.
 * Idea      JSON, with docker's keys (cli/describe): an array with an object
 *           for each name, or a line for each with --format.
 * Rules     1. A container goes before an image of the same name, as in
 *              docker.  --type, and the long forms, say which one is meant.
 *           2. What is not found is an error; the rest is shown.
 * Read      docker-inspect(1)
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/describe.h"
#include "cli/format.h"
#include "image/lookup.h"

struct inspect_words {
    const char *format, *type;
    bool size;
};
#define FIELD(f) offsetof(struct inspect_words, f)
const struct option_row inspect_options[] = {
    {'f', "format", OPTION_STRING, FIELD(format), "TEMPLATE",
     "json, or text with {{.Fields.Inside}}"},
    {'s', "size", OPTION_FLAG, FIELD(size), NULL,
     "Of a container: how much it has written (SizeRw) and sees (SizeRootFs)"},
    {0, "type", OPTION_STRING, FIELD(type), "image|container",
     "What it is that has this name"},
    {0},
};
#undef FIELD

/* ---- finding ------------------------------------------------------------ */

/* A container.  NULL: there is none, or *err. */
static json_t *find_container(const struct store *store, const char *name,
                              bool sized, struct mb_error *err)
{
    struct container c;

    if (state_find(store->root, name, &c, err) < 0)
        return NULL;
    json_t *out = describe_container(store, &c, sized);
    container_done(&c);
    return out;
}

static json_t *find_image(const struct store *store, const char *name,
                          struct mb_error *err)
{
    struct image image;

    if (lookup_image(store, name, &image, err) < 0)
        return NULL;
    json_t *out = describe_image(store, &image);
    image_done(&image);
    return out;
}

/* Rule 1.  NULL with *err if there is nothing of that name. */
static json_t *find_object(const struct store *store,
                           const struct inspect_words *w, const char *name,
                           struct mb_error *err)
{
    struct mb_error why = {0};
    json_t *out = NULL;

    if (!w->type || strcmp(w->type, "container") == 0)
        out = find_container(store, name, w->size, w->type ? err : &why);
    if (!out && (!w->type || strcmp(w->type, "image") == 0)) {
        out = find_image(store, name, w->type ? err : &why);
        if (out && w->size)
            mb_warn("--size ignored for image");
    }
    /* An ambiguous ID or a damaged image is worth its own words. */
    if (!out && !w->type && starts_with(why.msg, "No such image"))
        mb_failx(err, "No such object: %s", name);
    else if (!out && !w->type)
        *err = why;
    return out;
}

/* ---- printing ----------------------------------------------------------- */

/* All that was found, as --format says. */
static int print_found(const json_t *found, const char *format,
                       struct mb_error *err)
{
    size_t i;
    json_t *one;

    if (!format || !*format || strcmp(format, "json") == 0) {
        bool compact = format && *format;
        json_dumpf(found, stdout, compact ? JSON_COMPACT : JSON_INDENT(4));
        putchar('\n');
        return 0;
    }
    json_array_foreach(found, i, one)
    {
        if (format_object(format, one, err) < 0)
            return -1;
    }
    return 0;
}

/* The type that is meant: what was said, or the first word of the long form. */
static int choose_type(const struct call *call, struct inspect_words *w,
                       struct mb_error *err)
{
    if (starts_with(call->command->name, "image "))
        w->type = "image";
    else if (starts_with(call->command->name, "container "))
        w->type = "container";
    if (!w->type || strcmp(w->type, "image") == 0 ||
        strcmp(w->type, "container") == 0)
        return 0;
    mb_failx(err, "unknown type: \"%s\": must be \"container\" or \"image\"",
             w->type);
    return mb_code(err, 1);
}

int command_inspect(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct inspect_words w = {0};
    int status = 0;

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, (size_t)-1, err) < 0 ||
        choose_type(call, &w, err) < 0 || call_open_store(call, err) < 0)
        return -1;
    json_t *found = json_array();
    for (size_t i = 0; i < words.n; i++) {
        struct mb_error why = {0};
        json_t *one = find_object(&call->store, &w, words.v[i], &why);
        if (one) {
            json_array_append_new(found, one);
        } else {
            call_report(&why);
            status = 1;
        }
    }
    if (print_found(found, w.format, err) < 0)
        status = -1;
    json_decref(found);
    return status;
}
