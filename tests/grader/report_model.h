/* SPDX-License-Identifier: MIT */
#ifndef GRADER_REPORT_MODEL_H
#define GRADER_REPORT_MODEL_H

#include <jansson.h>
#include <stdbool.h>

/* What every report asks of the document.  SCHEMA.md says what is in it. */

/* A field of an object; "", 0 or an empty list when it is null or missing. */
const char *report_str(const json_t *object, const char *key);
double report_num(const json_t *object, const char *key);
const json_t *report_list(const json_t *object, const char *key);

/* Is the field this string? */
bool report_is(const json_t *object, const char *key, const char *value);

/* The results in the document: of a class all, else the one.  The caller
 * json_decref()s it. */
json_t *report_students(const json_t *result);

/* The tests of an exercise.  If it says why there are none (or not all), a
 * test without a "step" comes first and stands for that: every exercise has a
 * test then, and every reason a place.  The caller json_decref()s it. */
json_t *report_tests(const json_t *exercise);

/* The step to which the test belongs, or NULL. */
const json_t *report_step(const json_t *exercise, const json_t *test);

/* Did the test fail, in a step that the student has begun?  (In a step that
 * is still as shipped it fails too, but that is no news.) */
bool report_is_failure(const json_t *exercise, const json_t *test);

/* The first such test of an exercise, or NULL. */
const json_t *report_first_failure(const json_t *exercise);

/* Why was the test skipped?  Never empty. */
const char *report_why_skipped(const json_t *exercise, const json_t *test);

/* What a student sees of an exercise at a glance. */
enum report_state {
    REPORT_PASSED,
    REPORT_FAILED,
    REPORT_BEGUN,   /* nothing fails, but steps are still as shipped */
    REPORT_SHIPPED, /* all steps are still as shipped */
    REPORT_SKIPPED
};
enum report_state report_state(const json_t *exercise);

/* "05" of "05-pivot-root", as EX= wants it.  Caller frees. */
char *report_number(const json_t *exercise);

/* The sentence for a cause of failure; NULL for those that need none. */
const char *report_cause(const char *cause);

#endif
