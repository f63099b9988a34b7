/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CHECK_H
#define ENGINE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "engine/checkstate.h"

/*
 * The build checks: what a Dockerfile may say, and had better not.  Names,
 * texts and directives are those of docker's `build --check`.
 */

/* What was found.  The lines are a copy: the build may be gone by then. */
struct check_report {
    struct check_warning *warnings; /* in the order of their lines */
    size_t n;
    bool fatal; /* # check=error=true, and there are warnings */
    char *name; /* of the Dockerfile */
    struct strv lines;
};

/* Check a build whose stages are known and marked as needed or not.  Nothing
 * is executed or fetched.  Fails, with the warnings so far in *out, when an
 * instruction can't be expanded, and for a bad check directive.  Free *out with
 * check_done(), also after a failure. */
int check_run(struct build *build, struct check_report *out,
              struct mb_error *err);
void check_done(struct check_report *report);

/* Fill *err with "lint violation found for rules: ..."; returns -1. */
int check_fail(const struct check_report *report, struct mb_error *err);

#endif
