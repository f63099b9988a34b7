/* SPDX-License-Identifier: MIT */
/*
 * layerspage.c - an image's picture as JSON, and as a page
 *
 * Problem   A picture of an image should open anywhere, also in ten years and
 *           without a network.  But what is in it comes from the image: a file
 *           may be called </script><img src=x onerror=alert(1)>.
 * Idea      layers.html is a whole page but for its data.  It is put into
 *           minibox when that is built; here the data goes in:
 *
 *             layers.html:   ...  <script ...>@DATA@</script>  ...
 *                                                ^
 *             picture  -->  JSON, "<" spelled \u003c
 *
 *           The page's script builds everything from text, and never from HTML.
 * Rules     1. In a script element "<" is the dangerous character: </script>
 *              ends it, <!-- changes how it is read.  JSON can spell it \u003c.
 *           2. An image may have half a million files: each is written and
 *              forgotten, and in the page it is a short row, not an object.
 *           3. In the page a group of waste shows its greatest files only.
 * Read      HTML Standard, "Restrictions for contents of script elements"
 */
#include "cli/layerspage.h"

#include <string.h>

#include "base/mem.h"

#define PLACE_FOR_DATA "@DATA@"

enum { PAGE_WASTED_FILES = 5 }; /* rule 3 */

/* The page, from the file beside this one.  The assembler looks for it from
 * where the compiler was started, which is the top of the tree. */
extern const char layerspage_template[];
__asm__(".pushsection .rodata\n"
        "layerspage_template:\n"
        ".incbin \"minibox/cli/layers.html\"\n"
        ".byte 0\n"
        ".popsection\n");

/* One run. */
struct writer {
    const struct layerspage *page;
    const struct picture *p;
    struct buf *out;
    bool rows; /* for the page */
};

/* ---- values -------------------------------------------------------------- */

/* Text as a JSON string; KEEP: see layerstext_clean(). */
static json_t *string_of(const char *text, const char *keep)
{
    mb_autofree char *clean = layerstext_clean(text, keep);

    return json_string(clean);
}

static json_t *path_of(const struct picture *p, size_t entry)
{
    mb_autofree char *path = picture_path(p, entry);

    return string_of(path, "");
}

static const char *how(bool overwritten)
{
    return overwritten ? "overwritten" : "deleted";
}

/* Write a value and let it go (rule 2). */
static void add_value(struct buf *out, json_t *value)
{
    mb_autofree char *text =
        json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY |
                              JSON_REAL_PRECISION(4));

    buf_adds(out, text ? text : "null");
    json_decref(value);
}

/* Write OBJECT without its last brace: members follow. */
static void add_open(struct buf *out, json_t *object)
{
    add_value(out, object);
    out->s[--out->len] = '\0';
}

/* ---- files --------------------------------------------------------------- */

/* A file as an object, for --json. */
static json_t *file_object(const struct picture *p, size_t i)
{
    static const char *const types[] = {"file", "directory", "symlink",
                                        "other"};
    static const char *const changes[] = {"added", "changed", "deleted",
                                          "merged"};
    const struct picture_entry *e = &p->entries[i];
    json_t *out = json_pack("{s:o, s:s, s:s, s:I}", "path", path_of(p, i),
                            "type", types[e->type], "change",
                            changes[e->change], "size", (json_int_t)e->size);

    if (e->change == PICTURE_DELETED)
        json_object_set_new(out, "files", json_integer(e->files));
    if (e->first != i)
        json_object_set_new(out, "same_file_as", path_of(p, e->first));
    if (e->hidden_by >= 0) {
        json_object_set_new(out, "hidden_by", json_integer(e->hidden_by + 1));
        json_object_set_new(out, "how", json_string(how(e->overwritten)));
    }
    return out;
}

/* A file as a row of the page (rule 2):
 *
 *   [parent, name, kind, size, hidden by, more]
 *
 * PARENT and MORE are numbers of rows, from 0; parent -1: the top.  KIND: "f",
 * "d", "l" or "o" for the type, then "A", "C", "D" or "M" for the change.
 * HIDDEN BY: a layer from 1; negative: overwritten; 0: visible.  MORE: the row
 * of a hard link's first name, or how many files are deleted. */
static json_t *file_row(const struct picture *p, size_t i)
{
    const struct picture_entry *e = &p->entries[i];
    size_t begin = p->layers[e->layer].begin;
    char kind[] = {"fdlo"[e->type], "ACDM"[e->change], '\0'};
    int hidden = e->overwritten ? -(e->hidden_by + 1) : e->hidden_by + 1;
    json_int_t parent =
        e->parent == PICTURE_NONE ? -1 : (json_int_t)(e->parent - begin);
    json_t *out = json_pack("[I, o, s, I, i]", parent, string_of(e->name, ""),
                            kind, (json_int_t)e->size, hidden);

    if (e->change == PICTURE_DELETED)
        json_array_append_new(out, json_integer(e->files));
    else if (e->first != i)
        json_array_append_new(out, json_integer(e->first - begin));
    return out;
}

/* ---- layers -------------------------------------------------------------- */

/* A lower layer with the same diff ID, from 1, or null. */
static json_t *same_layer(const struct picture *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (digest_equal(p->layers[i].diff_id, p->layers[n].diff_id))
            return json_integer(i + 1);
    return json_null();
}

static void add_layer(struct writer *w, size_t n)
{
    const struct picture_layer *l = &w->p->layers[n];
    const struct layerstext_line *line = w->page->history.of_layer[n];
    mb_autofree char *diff_id = mb_printf(DIGEST_FMT, l->diff_id->hex);

    add_open(w->out,
             json_pack("{s:I, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:I}",
                       "number", (json_int_t)n + 1, "instruction",
                       string_of(line->instruction, "\n\t"), "created_by",
                       string_of(line->created_by, "\n\t"), "diff_id", diff_id,
                       "same_as", same_layer(w->p, n), "size",
                       (json_int_t)l->size, "wasted", (json_int_t)l->wasted,
                       "added", (json_int_t)l->added, "changed",
                       (json_int_t)l->changed, "deleted",
                       (json_int_t)l->deleted));
    buf_adds(w->out, ",\"files\":[");
    for (size_t i = l->begin; i < l->end; i++) {
        buf_adds(w->out, i == l->begin ? "\n" : ",\n");
        add_value(w->out, w->rows ? file_row(w->p, i) : file_object(w->p, i));
    }
    buf_adds(w->out, "]}");
}

/* ---- the rest ------------------------------------------------------------ */

static json_t *line_object(const struct layerstext_line *line)
{
    return json_pack(
        "{s:o, s:o, s:o}", "instruction", string_of(line->instruction, "\n\t"),
        "created_by", string_of(line->created_by, "\n\t"), "layer",
        line->layer < 0 ? json_null() : json_integer(line->layer + 1));
}

static json_t *waste_object(const struct writer *w, const struct waste_group *g)
{
    mb_autofree char *advice = layerstext_advice(&w->page->history, g);
    json_t *files = json_array();

    for (size_t i = 0; i < g->n_entries; i++) {
        if (w->rows && i == PAGE_WASTED_FILES)
            break;
        json_array_append_new(
            files,
            json_pack("{s:o, s:I}", "path", path_of(w->p, g->entries[i]),
                      "size", (json_int_t)w->p->entries[g->entries[i]].size));
    }
    return json_pack("{s:i, s:i, s:s, s:I, s:s, s:o, s:I, s:o}", "brought_by",
                     g->brought_by + 1, "hidden_by", g->hidden_by + 1, "how",
                     how(g->overwritten), "bytes", (json_int_t)g->bytes,
                     "advice", advice, "directory", path_of(w->p, g->directory),
                     "n_files", (json_int_t)g->n_entries, "files", files);
}

static void add_document(struct writer *w)
{
    const struct layerspage *page = w->page;
    mb_autofree char *id = mb_printf(DIGEST_FMT, page->image->id.hex);
    const struct picture *p = w->p;
    double share = p->size ? 100.0 * p->wasted / p->size : 0;

    add_open(w->out, json_pack("{s:o, s:s, s:I, s:I, s:I, s:f}", "image",
                               string_of(page->name, ""), "id", id, "size",
                               (json_int_t)p->size, "visible",
                               (json_int_t)(p->size - p->wasted), "wasted",
                               (json_int_t)p->wasted, "wasted_percent", share));
    buf_adds(w->out, ",\n\"history\":[");
    for (size_t i = 0; i < page->history.n; i++) {
        buf_adds(w->out, i ? ",\n" : "\n");
        add_value(w->out, line_object(&page->history.lines[i]));
    }
    buf_adds(w->out, "],\n\"layers\":[");
    for (size_t i = 0; i < p->n_layers; i++) {
        buf_adds(w->out, i ? ",\n" : "\n");
        add_layer(w, i);
    }
    buf_adds(w->out, "],\n\"waste\":[");
    for (size_t i = 0; i < page->waste.n_groups; i++) {
        buf_adds(w->out, i ? ",\n" : "\n");
        add_value(w->out, waste_object(w, &page->waste.groups[i]));
    }
    buf_adds(w->out, "]}\n");
}

void layerspage_json(const struct layerspage *page, struct buf *out)
{
    struct writer w = {.page = page, .p = &page->picture, .out = out};

    add_document(&w);
}

void layerspage_html(const struct layerspage *page, struct buf *out)
{
    mb_autobuf struct buf data = BUF_INIT;
    struct writer w = {
        .page = page, .p = &page->picture, .out = &data, .rows = true};
    const char *place = strstr(layerspage_template, PLACE_FOR_DATA);

    add_document(&w);
    buf_add(out, layerspage_template, place - layerspage_template);
    for (const char *s = data.s; *s; s++)
        if (*s == '<' || *s == '>' || *s == '&') /* rule 1 */
            buf_addf(out, "\\u%04x", *s);
        else
            buf_addc(out, *s);
    buf_adds(out, place + strlen(PLACE_FOR_DATA));
}
