/* SPDX-License-Identifier: MIT */
/*
 * format.c - the fields that --format chooses
 *
 * Problem   Scripts want a field or two of a table, not the table.
 * Idea      Each row is a JSON object.  A template (cli/template) is filled
 *           once for each row, and a table is just one more template:
 *
 *             table {{.ID}}\t{{.Tag}}
 *                    |
 *                    +-- with the headers ->  IMAGE ID        TAG
 *                    `-- with each row ---->  4e1f9b3a20c7    latest
 *
 * Rules     1. Blanks around the whole format do not count, as in Docker.
 *           2. A table's fields are checked even when it has no rows.
 * Read      docker-image-ls(1), "Format the output"
 */
#include "cli/format.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/table.h"

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

/* Cut a line at its tabs into cells.  Returns how many there were. */
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
    struct template_data data = {
        .columns = columns, .headers = true, .table = true};
    mb_autostrv struct strv cells = {0};
    mb_autobuf struct buf line = BUF_INIT;
    size_t i;

    if (template_fill(&data, template, &line, err) < 0) /* rule 2 */
        return -1;
    size_t n_columns = add_cells(line.s, &cells);
    data.headers = false;
    json_array_foreach(rows, i, data.row)
    {
        buf_clear(&line);
        if (template_fill(&data, template, &line, err) < 0)
            return -1;
        add_cells(line.s, &cells);
    }
    table_print(&cells, n_columns);
    return 0;
}

/* ---- both --------------------------------------------------------------- */

/* Rule 1.  Caller frees. */
static char *trim(const char *text)
{
    static const char blanks[] = " \t\n";

    text += strspn(text, blanks);
    size_t len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]))
        len--;
    return mb_strndup(text, len);
}

static int print_line(const struct template_data *data, const char *template,
                      struct mb_error *err)
{
    mb_autobuf struct buf line = BUF_INIT;

    if (template_fill(data, template, &line, err) < 0)
        return -1;
    puts(line.s);
    return 0;
}

int format_rows(const char *format, const json_t *rows,
                const struct format_column *columns, struct mb_error *err)
{
    struct template_data data = {.columns = columns};
    mb_autofree char *own = own_template(columns);
    mb_autofree char *wanted = trim(format ? format : "");
    size_t i;

    if (!*wanted || strcmp(wanted, "table") == 0)
        return print_table(own, rows, columns, err);
    if (starts_with(wanted, "table")) {
        mb_autofree char *template = trim(wanted + strlen("table"));
        return print_table(template, rows, columns, err);
    }
    json_array_foreach(rows, i, data.row)
    {
        const char *template =
            strcmp(wanted, "json") == 0 ? "{{json .}}" : wanted;
        if (print_line(&data, template, err) < 0)
            return -1;
    }
    return 0;
}

int format_object(const char *format, const json_t *object,
                  struct mb_error *err)
{
    const struct template_data data = {.row = object};

    return print_line(&data, format, err);
}
