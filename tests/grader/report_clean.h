/* SPDX-License-Identifier: MIT */
#ifndef GRADER_REPORT_CLEAN_H
#define GRADER_REPORT_CLEAN_H

#include <jansson.h>

/* A copy of the document in which no string holds a control character, an
 * invisible character, or a byte that is no UTF-8: they are spelled out, as
 * \x1b or \u202e.  Values keep their line ends and tabs; names don't.  The
 * caller json_decref()s it. */
json_t *report_clean(const json_t *document);

#endif
