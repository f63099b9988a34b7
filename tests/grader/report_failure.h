/* SPDX-License-Identifier: MIT */
#ifndef GRADER_REPORT_FAILURE_H
#define GRADER_REPORT_FAILURE_H

#include <jansson.h>

#include "grader/report_text.h"

/* All that is known about a test that failed, as its student should read it.
 * A test without a step stands for its exercise (see report_tests). */
struct report_case {
    const json_t *result; /* the student's: has the seed */
    const json_t *exercise;
    const json_t *test;
};
void report_failure(struct report_page *page, const struct report_case *c);

/* The same in one line, for the second failure of an exercise and the next. */
void report_failure_line(struct report_page *page, const struct report_case *c);

/* "make grade EX=05 SEED=7f3a91c2": what repeats it.  Caller frees. */
char *report_again(const struct report_case *c);

#endif
