/* SPDX-License-Identifier: MIT */
#ifndef GRADER_REPORT_H
#define GRADER_REPORT_H

#include <jansson.h>
#include <stdio.h>

/*
 * Reports: a result of grading, told for one reader each.  All of them are
 * made from the one document that SCHEMA.md describes, and none of them needs
 * anything else.  A field that is missing counts as null.
 *
 * Whatever a student could write into the document (names, output, compiler
 * messages) comes out harmless: a control character is shown as \x1b.
 */
enum report_format {
    REPORT_TERMINAL,
    REPORT_JSON,
    REPORT_JUNIT,
    REPORT_TAP,
    REPORT_GRADESCOPE,
    REPORT_CSV,
    REPORT_HTML
};

/* The format that --format=NAME asks for ("terminal", "json", "junit", "tap",
 * "gradescope", "csv", "html"), or -1. */
int report_format(const char *name);

/* Print RESULT, which is one student's or a class.  COLOUR: 1 when OUT is a
 * terminal; only REPORT_TERMINAL heeds it.  Returns 0, or -1 with errno set
 * when OUT could not be written (EILSEQ: a string in it is not UTF-8, and
 * JSON can't hold that). */
int report_write(enum report_format format, const json_t *result, FILE *out,
                 int colour);

/* The line of one exercise, to be printed as soon as it is graded; then
 * report_terminal_end() at the end.  The two print together what
 * report_write(REPORT_TERMINAL) prints at once. */
void report_terminal_exercise(const json_t *exercise, FILE *out, int colour);
void report_terminal_end(const json_t *result, FILE *out, int colour);

/* The page of `make progress`. */
void report_progress(const json_t *result, FILE *out, int colour);

#endif
