/* SPDX-License-Identifier: MIT */
/*
 * filter.c - the rows that --filter chooses
 *
 * Problem   Of a hundred rows one wants three.
 * Idea      A row must please every name that is filtered by.  Several values
 *           of one name are alternatives:
 *
 *             -f name=web -f name=db -f status=exited
 *
 *                (name is web  or  name is db)  and  (status is exited)
 *
 * Rules     1. Labels are the exception: a row has many, so each label that is
 *              asked for must be there.
 *           2. A name that we don't know is an error.  Passed over, it would
 *              give too many rows, and somebody would pipe them into rm.
 * Read      docker-ps(1), docker-image-ls(1), "filter"
 */
#include "cli/filter.h"

#include <string.h>

#include "base/mem.h"
#include "linux/spawn.h"

/* The value of the filter if it is called NAME, else NULL. */
static const char *value_of(const char *filter, const char *name)
{
    size_t len = strlen(name);

    return starts_with(filter, name) && filter[len] == '=' ? filter + len + 1
                                                           : NULL;
}

/* Is the filter's name in the list? */
static bool is_known(const char *filter, const char *const *known)
{
    for (; *known; known++)
        if (value_of(filter, *known))
            return true;
    return false;
}

static int unknown_name(const char *filter, const char *const *known,
                        struct mb_error *err)
{
    mb_autobuf struct buf list = BUF_INIT;

    for (; *known; known++)
        buf_addf(&list, "%s%s", list.len ? ", " : "", *known);
    mb_failx(err, "invalid filter '%.*s'", (int)strcspn(filter, "="), filter);
    mb_hint(err, "these are in minibox: %s", list.s);
    return mb_code(err, 1);
}

int filter_check(const struct strv *filters, const char *const *known,
                 struct mb_error *err)
{
    for (size_t i = 0; i < filters->n; i++) {
        const char *filter = filters->v[i];
        if (!strchr(filter, '=')) {
            mb_failx(err,
                     "invalid argument \"%s\" for \"-f, --filter\" flag: bad "
                     "format of filter (expected name=value)",
                     filter);
            return mb_code(err, EXIT_MINIBOX);
        }
        if (!is_known(filter, known))
            return unknown_name(filter, known, err);
    }
    return 0;
}

bool filter_has(const struct strv *filters, const char *name)
{
    for (size_t i = 0; i < filters->n; i++)
        if (value_of(filters->v[i], name))
            return true;
    return false;
}

bool filter_any(const struct strv *filters, const char *name,
                bool (*fn)(const char *value, const void *argument),
                const void *argument)
{
    for (size_t i = 0; i < filters->n; i++) {
        const char *value = value_of(filters->v[i], name);
        if (value && fn(value, argument))
            return true;
    }
    return !filter_has(filters, name);
}

bool filter_all(const struct strv *filters, const char *name,
                bool (*fn)(const char *value, const void *argument),
                const void *argument)
{
    for (size_t i = 0; i < filters->n; i++) {
        const char *value = value_of(filters->v[i], name);
        if (value && !fn(value, argument))
            return false;
    }
    return true;
}

bool filter_label(const char *wanted, const void *labels)
{
    size_t len = strcspn(wanted, "=");
    mb_autofree char *key = mb_strndup(wanted, len);
    const char *value = json_string_value(json_object_get(labels, key));

    return value && (!wanted[len] || strcmp(value, wanted + len + 1) == 0);
}
