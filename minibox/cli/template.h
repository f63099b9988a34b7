/* SPDX-License-Identifier: MIT */
#ifndef CLI_TEMPLATE_H
#define CLI_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* A column of a command's table: a field of its rows. */
struct format_column {
    const char *field;  /* "Repository"; NULL ends the list */
    const char *header; /* "REPOSITORY" */
    bool shown;         /* without --format */
};

/* What a template is filled from. */
struct template_data {
    const json_t *row;                   /* an object */
    const struct format_column *columns; /* the row of a list has these fields;
                                          * NULL: it is a document of inspect */
    bool headers;                        /* take the columns' headers instead */
    bool table;                          /* each field is part of a cell */
};

/* Append TEMPLATE, with its fields filled in, to *out.  Fails for a field that
 * is not there, and for what Go's templates can do and ours can't; then
 * err->code is docker's exit code. */
int template_fill(const struct template_data *data, const char *template,
                  struct buf *out, struct mb_error *err);

#endif
