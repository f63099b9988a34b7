/* SPDX-License-Identifier: MIT */
#ifndef GRADER_LAB_H
#define GRADER_LAB_H

#include "grader/grade.h"

/* Where EXERCISE is graded on this machine: LAB_HOST or LAB_VM as WANTED says,
 * or as it needs; LAB_AUTO: nowhere, *err says why. */
enum lab lab_choose(const struct exercise *exercise, enum lab wanted,
                    struct mb_error *err);

/* Hold the exam in a guest, with the worker that was built in WORK_DIR; the
 * lines of JSON are added to *out. */
int lab_hold_in_guest(const struct grading *g, const struct exercise *exercise,
                      const char *work_dir, struct buf *out,
                      struct mb_error *err);

#endif
