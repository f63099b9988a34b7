/* SPDX-License-Identifier: MIT */
#ifndef GRADER_STUDENT_H
#define GRADER_STUDENT_H

#include "grader/grade.h"

/* Where below DIR the files of EXERCISE lie: DIR/exercises/SLUG, DIR/SLUG, or
 * DIR itself.  Caller frees. */
char *student_dir(const char *dir, const struct exercise *exercise);

/* Print the next rung of hints for the first step that fails.  Returns the exit
 * status. */
int student_hint(const struct grading *g, const struct exercise *exercise,
                 const char *dir);

/* Grade again whenever a file of the exercise is saved.  Ends by Ctrl-C. */
int student_watch(const struct grading *g, const struct exercise *exercise,
                  const char *dir);

#endif
