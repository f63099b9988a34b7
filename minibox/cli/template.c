/* SPDX-License-Identifier: MIT */
/*
 * template.c - text with fields in it
 *
 * Problem   --format takes all of Go's template language, which has loops,
 *           pipes and variables.
 * Idea      What people really write is text with fields in it:
 *
 *             {{.Repository}}:{{.Tag}}\n          {{json .Config.Env}}
 *             `--- field ---' `text'              `---- as JSON ----'
 *
 * Rules     1. A pipe, an if, a range: none of it is here, and each is refused
 *              by name, rather than printed as something it is not.
 *           2. The shell gives us "\t" as two characters.  For the rows of a
 *              list, Docker makes a tab of them, and so do we.  Its inspect
 *              does not.
 *           3. A field that is not there is an error; inside a map, whose keys
 *              somebody chose, it is "<no value>".
 *           4. A cell of a table is one line: what could break it, or move a
 *              terminal's cursor, becomes a blank.
 * Read      docker-inspect(1); pkg.go.dev/text/template
 */
#include "cli/template.h"

#include <string.h>

#include "base/mem.h"

#define LETTERS                                                                \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
enum { BAD_TEMPLATE = 64 }; /* exit code of docker inspect for one */

/* Is the word (LEN long) one of LIST? */
static bool is_listed(const char *word, size_t len, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == len && strncmp(*list, word, len) == 0)
            return true;
    return false;
}

/* Docker's maps; its other objects have a fixed set of fields. */
static bool is_map(const char *name)
{
    static const char *const maps[] = {
        "Data", "ExposedPorts", "Labels", "Networks", "Ports", "Volumes", NULL};

    return is_listed(name, strlen(name), maps);
}

/* ---- values ------------------------------------------------------------- */

/* null, as Go prints it when it knows what could be there. */
static const char *show_null(const char *name)
{
    static const char *const arrays[] = {"Args", "Cmd",     "Entrypoint",
                                         "Env",  "OnBuild", NULL};

    if (is_map(name))
        return "map[]";
    return is_listed(name, strlen(name), arrays) ? "[]" : "<nil>";
}

static void show_value(const json_t *value, struct buf *out);

static void show_inside(const json_t *value, struct buf *out)
{
    const char *key, *between = "";
    json_t *one;
    size_t i;

    json_array_foreach(value, i, one)
    {
        buf_adds(out, i ? " " : "");
        show_value(one, out);
    }
    json_object_foreach((json_t *)value, key, one)
    {
        buf_addf(out, "%s%s:", between, key);
        show_value(one, out);
        between = " ";
    }
}

/* As Go prints a value with %v. */
static void show_value(const json_t *value, struct buf *out)
{
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
    case JSON_OBJECT:
        buf_adds(out, json_is_array(value) ? "[" : "map[");
        show_inside(value, out);
        buf_addc(out, ']');
        break;
    }
}

/* ---- errors ------------------------------------------------------------- */

/* Would Go's templates understand an action that begins like this?  Then it is
 * us who can't carry it out. */
static bool is_template(const char *action)
{
    static const char *const words[] = {
        "and",   "block",    "break",  "call",     "continue", "define",
        "else",  "end",      "eq",     "ge",       "gt",       "html",
        "if",    "index",    "join",   "js",       "json",     "le",
        "len",   "lower",    "lt",     "ne",       "not",      "or",
        "pad",   "print",    "printf", "println",  "range",    "slice",
        "split", "template", "title",  "truncate", "upper",    "urlquery",
        "with",  NULL};
    size_t len = strspn(action, LETTERS);

    return *action && (len == 0 || is_listed(action, len, words));
}

/* Rule 1.  ACTION: what is between the braces; NULL: a brace too few. */
static int refuse(const struct template_data *data, const char *action,
                  struct mb_error *err)
{
    bool theirs = action && is_template(action);

    if (theirs)
        mb_failx(err,
                 "template parsing error: \"{{%.200s}}\" is not in minibox",
                 action);
    else if (!action)
        mb_failx(err, "template parsing error: unclosed action");
    else if (!*action)
        mb_failx(err, "template parsing error: missing value for command");
    else
        mb_failx(err, "template parsing error: function \"%.*s\" not defined",
                 (int)strspn(action, LETTERS), action);
    mb_hint(err, "{{.Field}}, {{.Field.Inner}}, {{json .}} and {{json .Field}} "
                 "are known");
    return mb_code(err, data->columns || theirs ? 1 : BAD_TEMPLATE);
}

static int unknown_field(const struct format_column *columns, const char *field,
                         struct mb_error *err)
{
    mb_autobuf struct buf known = BUF_INIT;

    for (; columns->field; columns++)
        buf_addf(&known, "%s%s", known.len ? ", " : "", columns->field);
    mb_failx(err, "template parsing error: can't evaluate field %.200s", field);
    mb_hint(err, "these are known: %s", known.s);
    return mb_code(err, 1);
}

/* ---- fields ------------------------------------------------------------- */

static const struct format_column *
find_column(const struct format_column *columns, const char *field)
{
    for (; columns && columns->field; columns++)
        if (strcmp(columns->field, field) == 0)
            return columns;
    return NULL;
}

/* What PATH, "State.Status", leads to (rule 3).  *out: NULL for what a map has
 * not. */
static int find_field(const json_t *row, const char *path, const json_t **out,
                      struct mb_error *err)
{
    mb_autofree char *copy = mb_strdup(path);
    const char *outer = "";
    char *rest = copy, *name;

    while (*copy && (name = strsep(&rest, "."))) {
        const json_t *inner = json_object_get(row, name);
        if (!inner && !is_map(outer)) {
            mb_failx(err,
                     "template parsing error: map has no entry for key "
                     "\"%.200s\"",
                     name);
            return mb_code(err, 1);
        }
        row = inner;
        outer = name;
    }
    *out = row;
    return 0;
}

/* Rule 4: from FROM on. */
static void make_cell(struct buf *out, size_t from)
{
    for (char *p = out->s + from; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = ' ';
}

static void put_value(const json_t *value, const char *path, bool as_json,
                      bool sorted, struct buf *out)
{
    const char *dot = strrchr(path, '.');

    if (as_json) {
        mb_autofree char *text =
            json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
                                  (sorted ? JSON_SORT_KEYS : 0));
        buf_adds(out, text ? text : "null");
    } else if (json_is_null(value)) {
        buf_adds(out, show_null(dot ? dot + 1 : path));
    } else if (value) {
        show_value(value, out);
    } else {
        buf_adds(out, "<no value>");
    }
}

/* Carry out "{{.PATH}}" or "{{json .PATH}}". */
static int put_field(const struct template_data *data, const char *path,
                     bool as_json, struct buf *out, struct mb_error *err)
{
    const struct format_column *column = find_column(data->columns, path);
    const json_t *value = NULL;
    size_t before = out->len;

    if (data->columns && *path && !column)
        return unknown_field(data->columns, path, err);
    if (data->headers) {
        buf_adds(out, column ? column->header : "");
        return 0;
    }
    if (find_field(data->row, path, &value, err) < 0)
        return -1;
    put_value(value, path, as_json, data->columns != NULL, out);
    if (data->table)
        make_cell(out, before);
    return 0;
}

/* ---- templates ---------------------------------------------------------- */

/* Is that a dot and names with dots between them? */
static bool is_path(const char *path)
{
    return path[0] == '.' && strspn(path, "." LETTERS) == strlen(path) &&
           !strstr(path, "..") && (!path[1] || !ends_with(path, "."));
}

/* Carry out what is between two pairs of braces. */
static int put_action(const struct template_data *data, const char *text,
                      size_t len, struct buf *out, struct mb_error *err)
{
    mb_autofree char *action = mb_strndup(text, len);
    char *start = action + strspn(action, " \t");

    for (char *end = start + strlen(start); end > start && end[-1] == ' ';)
        *--end = '\0';
    bool as_json = starts_with(start, "json ");
    const char *path = as_json ? start + strlen("json ") : start;
    path += strspn(path, " ");
    if (!is_path(path))
        return refuse(data, start, err);
    return put_field(data, path + 1, as_json, out, err);
}

int template_fill(const struct template_data *data, const char *template,
                  struct buf *out, struct mb_error *err)
{
    for (const char *p = template; *p;) {
        if (starts_with(p, "{{")) {
            const char *end = strstr(p, "}}");
            if (!end)
                return refuse(data, NULL, err);
            if (put_action(data, p + 2, end - p - 2, out, err) < 0)
                return -1;
            p = end + 2;
        } else if (data->columns && p[0] == '\\' &&
                   (p[1] == 't' || p[1] == 'n')) { /* rule 2 */
            buf_addc(out, p[1] == 't' ? '\t' : '\n');
            p += 2;
        } else {
            buf_addc(out, *p++);
        }
    }
    return 0;
}
