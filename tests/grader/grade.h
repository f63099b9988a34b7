/* SPDX-License-Identifier: MIT */
#ifndef GRADER_GRADE_H
#define GRADER_GRADE_H

#include <jansson.h>

#include "grader/course.h"

/* Where students' code runs. */
enum lab { LAB_AUTO, LAB_HOST, LAB_VM };

struct grading {
    const char *build; /* the directory of this program */
    unsigned long seed;
    enum lab lab;
    bool quick; /* what is untouched needs no exam */
};

/* Grade the files in DIR; EXERCISE of SCHEMA.md.  Never fails: what goes wrong
 * is in the result.  The caller owns it. */
json_t *grade_exercise(const struct grading *g, const struct exercise *exercise,
                       const char *dir);

/* An empty result (RESULT of SCHEMA.md) for STUDENT (NULL: whoever works here);
 * add an exercise to it, its points and seconds included. */
json_t *grade_new_result(const struct grading *g, const char *student);
void grade_add(json_t *result, json_t *exercise);

/* The part that runs in a guest: hold the exam there, lines of JSON to stdout.
 * Returns the exit status. */
int grade_hold_in_guest(const struct exercise *exercise, unsigned long seed,
                        double patience);

#endif
