/* SPDX-License-Identifier: MIT */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include <jansson.h>

#include "base/error.h"
#include "cli/template.h"

/* Print ROWS, an array of objects whose fields are strings, as Docker would
 * for --format FORMAT (NULL or "": the command's own table):
 *
 *     table              the columns that are always shown
 *     table {{.A}}\t{{.B}}
 *     json  {{json .}}   each row as JSON
 *     {{.A}}: {{.B}}     any text around fields, {{json .A}} among them
 *
 * Go's templates can do more.  That is refused by name. */
int format_rows(const char *format, const json_t *rows,
                const struct format_column *columns, struct mb_error *err);

/* The same for inspect: OBJECT has objects and arrays in it, and
 * {{.State.Status}} leads into them.  What Docker can't read either has the
 * exit code 64. */
int format_object(const char *format, const json_t *object,
                  struct mb_error *err);

#endif
