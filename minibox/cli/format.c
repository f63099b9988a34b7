/* SPDX-License-Identifier: MIT */
/*
 * format.c - the fields that --format chooses
 *
 * Problem   Scripts want a field or two of a table, not the table.  Docker
 *           gives them all of Go's template language.
 * Idea      What people really write is text with fields in it:
 *
 *             {{.Repository}}:{{.Tag}}\n
 *             `--- field ---' `text'
 *
 *           Each row is a JSON object; a template is walked once for each row.
 * Rules     1. A pipe, an if, a range: none of it is here, and each is refused
 *              by name, rather than printed as something it is not.
 *           2. The shell gives us "\t" as two characters; Docker makes a tab of
 *              them, and so do we.
 * Read      docker-image-ls(1), "Format the output"; pkg.go.dev/text/template
 */
#include "cli/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/table.h"

enum { BAD_TEMPLATE = 64 }; /* docker's exit code for one */

/* How a template is carried out. */
struct walk {
    const json_t *row;
    const struct format_column *columns; /* NULL: inspect */
    bool headers; /* the names of the columns in place of the fields */
};

/* ---- values ------------------------------------------------------------- */

/* As Go prints a value with %v. */
static void show_value(const json_t *value, struct buf *out)
{
    const char *key;
    json_t *one;
    size_t i;

    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        buf_add(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        buf_addf(out, "%lld", (long long)json_integer_value(value));
        break;
    case JSON_REAL:
        buf_addf(out, "%g", json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        buf_adds(out, json_is_true(value) ? "true" : "false");
        break;
    case JSON_NULL:
        buf_adds(out, "<nil>");
        break;
    case JSON_ARRAY:
        buf_addc(out, '[');
        json_array_foreach(value, i, one)
        {
            buf_adds(out, i ? " " : "");
            show_value(one, out);
        }
        buf_addc(out, ']');
        break;
    case JSON_OBJECT:
        buf_adds(out, "map[");
        json_object_foreach((json_t *)value, key, one)
        {
            buf_addf(out, "%s%s:", ends_with(out->s, "[") ? "" : " ", key);
            show_value(one, out);
        }
        buf_addc(out, ']');
        break;
    }
}

static const struct format_column *find_column(const struct walk *w,
                                               const char *field)
{
    for (const struct format_column *c = w->columns; c && c->field; c++)
        if (strcmp(c->field, field) == 0)
            return c;
    return NULL;
}

/* ".State.Status" of the row.  NULL: there is no such field. */
static const json_t *find_field(const struct walk *w, const char *path)
{
    const json_t *value = w->row;
    mb_autofree char *copy = mb_strdup(path);
    char *rest = copy, *name;

    while (value && (name = strsep(&rest, ".")))
        if (*name)
            value = json_object_get(value, name);
    return value;
}

/* ---- templates ---------------------------------------------------------- */

static int refuse(const char *what, size_t len, struct mb_error *err)
{
    mb_failx(err, "template parsing error: \"{{%.*s}}\" is not in minibox",
             (int)(len > 200 ? 200 : len), what);
    mb_hint(err, "{{.Field}}, {{.Field.Inner}}, {{json .}} and {{json .Field}} "
                 "are");
    return mb_code(err, BAD_TEMPLATE);
}

static int unknown_field(const struct walk *w, const char *field,
                         struct mb_error *err)
{
    mb_autobuf struct buf known = BUF_INIT;

    for (const struct format_column *c = w->columns; c->field; c++)
        buf_addf(&known, "%s%s", known.len ? ", " : "", c->field);
    mb_failx(err, "can't evaluate field %s", field);
    mb_hint(err, "these are known: %s", known.s);
    return mb_code(err, 1);
}

/* Carry out "{{PATH}}" or "{{json PATH}}". */
static int put_field(const struct walk *w, const char *path, bool as_json,
                     struct buf *out, struct mb_error *err)
{
    const struct format_column *column = find_column(w, path + 1);

    if (w->columns && path[1] && !column)
        return unknown_field(w, path + 1, err);
    if (w->headers) {
        buf_adds(out, column ? column->header : "");
        return 0;
    }
    const json_t *value = find_field(w, path + 1);
    if (as_json) {
        mb_autofree char *text =
            json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        buf_adds(out, text ? text : "null");
    } else if (value) {
        show_value(value, out);
    } else {
        buf_adds(out, "<no value>");
    }
    return 0;
}

/* Is that a dot and names with dots between them? */
static bool is_path(const char *path)
{
    return path[0] == '.' &&
           strspn(path,
                  ".abcdefghijklmnopqrstuvwxyz"
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(path) &&
           !strstr(path, "..") && (!path[1] || !ends_with(path, "."));
}

/* Carry out what is between two pairs of braces. */
static int put_action(const struct walk *w, const char *text, size_t len,
                      struct buf *out, struct mb_error *err)
{
    mb_autofree char *action = mb_strndup(text, len);
    char *p = action + strspn(action, " ");

    for (char *end = p + strlen(p); end > p && end[-1] == ' ';)
        *--end = '\0';
    bool as_json = starts_with(p, "json ");
    if (as_json)
        p += strlen("json ") + strspn(p + strlen("json "), " ");
    if (!is_path(p))
        return refuse(text, len, err);
    return put_field(w, p, as_json, out, err);
}

/* Append the template, with its fields filled in, to *out. */
static int put_template(const struct walk *w, const char *format,
                        struct buf *out, struct mb_error *err)
{
    for (const char *p = format; *p;) {
        if (starts_with(p, "{{")) {
            const char *end = strstr(p, "}}");
            if (!end)
                return refuse(p + 2, strlen(p + 2), err);
            if (put_action(w, p + 2, end - p - 2, out, err) < 0)
                return -1;
            p = end + 2;
        } else if (p[0] == '\\' && (p[1] == 't' || p[1] == 'n')) { /* rule 2 */
            buf_addc(out, p[1] == 't' ? '\t' : '\n');
            p += 2;
        } else {
            buf_addc(out, *p++);
        }
    }
    return 0;
}

/* ---- tables ------------------------------------------------------------- */

/* The template of the command's own table. */
static char *own_template(const struct format_column *columns)
{
    struct buf out = BUF_INIT;

    for (; columns->field; columns++)
        if (columns->shown)
            buf_addf(&out, "%s{{.%s}}", out.len ? "\t" : "", columns->field);
    return buf_take(&out);
}

/* Cut a line at its tabs into cells. */
static size_t add_cells(char *line, struct strv *cells)
{
    size_t n = 0;

    for (char *cell; (cell = strsep(&line, "\t")); n++)
        strv_add(cells, cell);
    return n;
}

static int print_table(const char *template, const json_t *rows,
                       const struct format_column *columns,
                       struct mb_error *err)
{
    mb_autostrv struct strv cells = {0};
    mb_autobuf struct buf line = BUF_INIT;
    struct walk w = {.columns = columns, .headers = true};
    size_t i, n_columns;
    json_t *row;

    if (put_template(&w, template, &line, err) < 0)
        return -1;
    n_columns = add_cells(line.s, &cells);
    w.headers = false;
    json_array_foreach(rows, i, row)
    {
        buf_clear(&line);
        w.row = row;
        if (put_template(&w, template, &line, err) < 0)
            return -1;
        if (add_cells(line.s, &cells) != n_columns)
            return mb_failx(err, "a field has a tab in it");
    }
    table_print(&cells, n_columns);
    return 0;
}

/* ---- both --------------------------------------------------------------- */

int format_rows(const char *format, const json_t *rows,
                const struct format_column *columns, struct mb_error *err)
{
    struct walk w = {.columns = columns};
    size_t i;
    json_t *row;

    if (!format || strcmp(format, "table") == 0) {
        mb_autofree char *own = own_template(columns);
        return print_table(own, rows, columns, err);
    }
    if (starts_with(format, "table "))
        return print_table(format + strlen("table "), rows, columns, err);
    if (strcmp(format, "json") == 0)
        format = "{{json .}}";
    json_array_foreach(rows, i, row)
    {
        mb_autobuf struct buf line = BUF_INIT;
        w.row = row;
        if (put_template(&w, format, &line, err) < 0)
            return -1;
        puts(line.s);
    }
    return 0;
}

int format_object(const char *format, const json_t *object,
                  struct mb_error *err)
{
    const struct walk w = {.row = object};
    mb_autobuf struct buf line = BUF_INIT;

    if (strcmp(format, "json") == 0)
        format = "{{json .}}";
    if (put_template(&w, format, &line, err) < 0)
        return -1;
    puts(line.s);
    return 0;
}
