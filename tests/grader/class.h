/* SPDX-License-Identifier: MIT */
#ifndef GRADER_CLASS_H
#define GRADER_CLASS_H

#include "grader/grade.h"

/* Grade every folder below DIR, a student each, JOBS of them at a time; only
 * EXERCISES (slugs), or all when it is empty.  The result is a class, as in
 * SCHEMA.md; NULL when DIR can't be read. */
json_t *class_grade(const struct grading *g, const char *dir, int jobs,
                    const struct strv *exercises, struct mb_error *err);

#endif
