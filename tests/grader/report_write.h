/* SPDX-License-Identifier: MIT */
#ifndef GRADER_REPORT_WRITE_H
#define GRADER_REPORT_WRITE_H

#include <jansson.h>

#include "base/buf.h"

/* The reports that are files.  Each adds the whole of it to *OUT, from a
 * clean document (see report_clean.h). */
void report_junit(const json_t *result, struct buf *out);
void report_tap(const json_t *result, struct buf *out);
void report_gradescope(const json_t *result, struct buf *out);
void report_csv(const json_t *result, struct buf *out);
void report_html(const json_t *result, struct buf *out);

#endif
