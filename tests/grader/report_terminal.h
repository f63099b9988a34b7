/* SPDX-License-Identifier: MIT */
#ifndef GRADER_REPORT_TERMINAL_H
#define GRADER_REPORT_TERMINAL_H

#include <jansson.h>
#include <stdbool.h>

#include "grader/report_model.h"
#include "grader/report_text.h"

/* The parts of the terminal's report, from a clean document. */
void report_terminal(const json_t *result, struct report_page *page);
void report_terminal_line(const json_t *exercise, struct report_page *page);
void report_terminal_rest(const json_t *result, struct report_page *page);

/* Print each exercise by LINE.  false: RESULT is a class, whose report has been
 * printed instead. */
bool report_terminal_each(const json_t *result, struct report_page *page,
                          void (*line)(const json_t *, struct report_page *));

/* One student's result, in one line; of a class, as many and their mean. */
void report_terminal_class(const json_t *class, struct report_page *page);

/* The page of progress. */
void report_progress_page(const json_t *result, struct report_page *page);

/* The exercise to work on now: the first that fails, else the first that is
 * not done; NULL if all are done. */
const json_t *report_next_exercise(const json_t *result);

/* How many exercises are in that state? */
int report_count(const json_t *result, enum report_state state);

#endif
