/* SPDX-License-Identifier: MIT */
/*
 * psrow.c - containers as rows of a table
 *
 * Problem   `ps` and `system df -v` show the same things of a container, and
 *           half of them are not written down anywhere: whether it runs, for
 *           how long, what its image is called today.
 * Idea      Its two files, and three others who know better:
 *
 *             config.json  --> ID, command, name
 *             state.json   --> how it ended           the kernel: if it has
 *             index.json   --> what the image's name means by now
 *             upper/       --> how much it has written
 *
 * Rules     1. IMAGE is what was typed as long as that still means the same
 *              image.  Then it is the image's ID.
 *           2. A command is cut first and quoted then, as in Docker.
 * Read      docker-ps(1); lessons/25-life.md
 */
#include "cli/psrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/table.h"
#include "engine/config.h"
#include "engine/usage.h"
#include "image/index.h"
#include "image/summary.h"

enum { NANO = 1000000000 };

/* A row that is ready, and its age, for sorting. */
struct made_row {
    int64_t created; /* nanoseconds since 1970 */
    json_t *fields;
};

/* The list in the making. */
struct making {
    const struct psrow_style *style;
    const struct store *store;
    bool asked;    /* about an image: then the next two are there */
    json_t *index; /* NULL: damaged */
    struct summaries summaries;
    struct made_row *rows;
    size_t n;
};

/* ---- columns ------------------------------------------------------------ */

/* Append TEXT as Go quotes it. */
static void add_quoted(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_addf(out, "\\%c", *p);
        else if (*p == '\n' || *p == '\t')
            buf_adds(out, *p == '\n' ? "\\n" : "\\t");
        else if ((unsigned char)*p < ' ' || *p == 127)
            buf_addf(out, "\\x%02x", *p);
        else
            buf_addc(out, *p);
    }
    buf_addc(out, '"');
}

/* "sh -c 'echo hi'" (rule 2).  Caller frees. */
static char *show_command(const json_t *config, bool full)
{
    mb_autostrv struct strv argv = {0};
    mb_autobuf struct buf joined = BUF_INIT;
    struct buf out = BUF_INIT;

    config_strings(config, "argv", &argv);
    for (size_t i = 0; i < argv.n; i++)
        buf_addf(&joined, i && strchr(argv.v[i], ' ') ? "%s'%s'" : "%s%s",
                 i ? " " : "", argv.v[i]);
    mb_autofree char *cut =
        full ? mb_strdup(joined.s) : table_cut(joined.s, 20);
    add_quoted(&out, cut);
    return buf_take(&out);
}

/* "Up 5 seconds", "Exited (137) 3 seconds ago", "Created".  Caller frees. */
static char *show_status(const struct psrow *row)
{
    const json_t *finished = json_object_get(row->state, "finishedAt");
    mb_autofree char *age = NULL;

    if (strcmp(row->status, "running") == 0) {
        int64_t started =
            json_integer_value(json_object_get(row->state, "startedAt"));
        age = table_duration(time(NULL) - started);
        return mb_printf("Up %s", age);
    }
    if (strcmp(row->status, "created") == 0)
        return mb_strdup("Created");
    if (!finished) /* minibox was killed; nobody knows when it ended */
        return mb_printf("Exited (%d)", state_exit_code(row->state));
    age = table_ago(json_integer_value(finished));
    return mb_printf("Exited (%d) %s", state_exit_code(row->state), age);
}

/* Does NAME, as somebody typed it, mean the image with that ID?  An ID that was
 * typed does so for ever. */
static bool still_means(struct making *m, const char *name, const char *id)
{
    struct image_ref ref;
    struct digest manifest;
    struct summary summary;
    const char *digits = starts_with(name, "sha256:") ? name + 7 : name;

    if (!m->asked) {
        m->asked = true;
        m->index = index_load(m->store, NULL);
        summaries_open(&m->summaries, m->store);
    }
    if (m->index && ref_parse(name, &ref, NULL) == 0) {
        bool found = index_find(m->index, &ref, &manifest) == 1;
        ref_done(&ref);
        if (found)
            return summaries_get(&m->summaries, &manifest, &summary, NULL) ==
                       0 &&
                   strcmp(summary.id.hex, id) == 0;
    }
    return starts_with(id, digits);
}

/* Rule 1.  Caller frees. */
static char *show_image(struct making *m, const json_t *config)
{
    const char *name = config_string(config, "image");
    const char *id = config_string(config, "imageId");
    const char *hex = starts_with(id, "sha256:") ? id + 7 : id;

    if (still_means(m, name, hex))
        return mb_strdup(name);
    return m->style->full ? mb_strdup(id) : mb_printf("%.12s", hex);
}

/* "3B (virtual 1.99MB)", or "3B" alone.  Caller frees. */
static char *show_size(const struct making *m, const struct psrow *row)
{
    if (!m->style->sized)
        return mb_strdup("0B");
    uint64_t own = usage_of_container(row->container);
    mb_autofree char *size = table_size(own);
    mb_autofree char *all =
        table_size(own + usage_of_layers(
                             m->store, json_object_get(row->config, "layers")));

    return m->style->virtual_sizes ? mb_printf("%s (virtual %s)", size, all)
                                   : mb_steal(&size);
}

/* "a=b,c=".  Caller frees. */
static char *show_labels(const json_t *config)
{
    json_t *labels = json_object_get(config, "labels");
    struct buf out = BUF_INIT;
    const char *key;
    json_t *value;

    json_object_foreach(labels, key, value)
    {
        if (json_is_string(value))
            buf_addf(&out, "%s%s=%s", out.len ? "," : "", key,
                     json_string_value(value));
    }
    return buf_take(&out);
}

/* ---- rows --------------------------------------------------------------- */

static json_t *make_fields(struct making *m, const struct psrow *row)
{
    const struct container *c = row->container;
    int64_t created =
        json_integer_value(json_object_get(row->config, "created")) / NANO;
    mb_autofree char *id =
        m->style->full ? mb_strdup(c->id) : mb_printf("%.12s", c->id);
    mb_autofree char *image = show_image(m, row->config);
    mb_autofree char *command = show_command(row->config, m->style->full);
    mb_autofree char *ago = table_ago(created);
    mb_autofree char *date = table_date(created);
    mb_autofree char *status = show_status(row);
    mb_autofree char *size = show_size(m, row);
    mb_autofree char *labels = show_labels(row->config);

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "ID",
        id, "Image", image, "Command", command, "RunningFor", ago, "CreatedAt",
        date, "Status", status, "State", row->status, "Size", size, "Labels",
        labels, "Names", c->name, "Ports", "", "LocalVolumes", "0");
}

static int add_row(const struct container *c, void *argument)
{
    struct making *m = argument;
    json_t *state = state_read(c, "state.json");
    const struct psrow row = {.container = c,
                              .config = c->config,
                              .state = state,
                              .status = state_status(state)};

    if (!m->style->wanted || m->style->wanted(&row, m->style->argument)) {
        json_t *fields = make_fields(m, &row);
        m->rows = mb_realloc(m->rows, (m->n + 1) * sizeof *m->rows);
        m->rows[m->n++] =
            (struct made_row){.created = json_integer_value(
                                  json_object_get(c->config, "created")),
                              .fields = fields};
    }
    json_decref(state);
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    const struct made_row *x = a, *y = b;

    return (x->created < y->created) - (x->created > y->created);
}

json_t *psrow_list(const struct store *store, const struct psrow_style *style)
{
    struct making m = {.style = style, .store = store};
    json_t *list = json_array();

    (void)state_for_each(store->root, add_row, &m, NULL);
    if (m.n)
        qsort(m.rows, m.n, sizeof *m.rows, newest_first);
    for (size_t i = 0; i < m.n; i++)
        json_array_append_new(list, m.rows[i].fields);
    free(m.rows);
    if (m.asked) {
        summaries_close(&m.summaries);
        json_decref(m.index);
    }
    return list;
}
