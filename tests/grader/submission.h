/* SPDX-License-Identifier: MIT */
#ifndef GRADER_SUBMISSION_H
#define GRADER_SUBMISSION_H

#include "base/buf.h"
#include "base/error.h"

/* A private directory for grading one exercise:
 *
 *     DIR/work    the student's files; the compiler writes here
 *     DIR/spare   empty, for the cage
 */
struct workshop {
    char *dir, *work, *spare;
    int lock; /* held while we live: others must not sweep it */
};

int workshop_open(struct workshop *w, struct mb_error *err);
void workshop_close(struct workshop *w);
/* Remove what graders that were killed left behind. */
void workshop_sweep(void);

/* Why a submission can't be graded. */
struct refusal {
    char *reason;  /* one line; NULL: it can */
    char *details; /* more of it, or NULL */
};
void submission_free_refusal(struct refusal *refusal);

/* Copy FILES of the directory DIR into the workshop.  Each must be a regular
 * file of at most 1 MB without NUL bytes; links are not followed.  -1 with
 * *out filled when one is not. */
int submission_take(const char *dir, const struct strv *files,
                    const struct workshop *w, struct refusal *out);

/* Compile and link them to DIR/work/worker, in a cage.  PARTS is the directory
 * with what they are linked with (build/grader/SLUG), HEADERS the one with
 * minibox's headers.  0 (with the compiler's warnings in out->details); 1 with
 * *out filled: it does not compile; -1: we could not try. */
int submission_build(const struct strv *files, const struct workshop *w,
                     const char *parts, const char *headers,
                     struct refusal *out, struct mb_error *err);

#endif
