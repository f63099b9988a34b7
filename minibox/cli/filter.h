/* SPDX-License-Identifier: MIT */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* --filter NAME=VALUE, as often as one likes. */

/* Is each of FILTERS a NAME=VALUE, with a name out of KNOWN (NULL ends it)?
 * Docker's errors and exit codes otherwise. */
int filter_check(const struct strv *filters, const char *const *known,
                 struct mb_error *err);

/* Is there a filter of that name? */
bool filter_has(const struct strv *filters, const char *name);

/* Does one of the filters called NAME have a value that FN says yes to?  True
 * also if there is none of that name. */
bool filter_any(const struct strv *filters, const char *name,
                bool (*fn)(const char *value, const void *argument),
                const void *argument);
/* Do all? */
bool filter_all(const struct strv *filters, const char *name,
                bool (*fn)(const char *value, const void *argument),
                const void *argument);

/* For label=: has the object LABELS this KEY, or KEY=VALUE? */
bool filter_label(const char *wanted, const void *labels);

#endif
