/* SPDX-License-Identifier: MIT */
#ifndef GRADER_COURSE_H
#define GRADER_COURSE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "grader/exam.h"

/* What an exercise needs of the machine; else it runs in the guest. */
enum needs {
    NEEDS_CAGE = 0,    /* user namespaces: all do */
    NEEDS_CGROUP2 = 1, /* root and cgroup v2 */
};

struct exercise {
    const char *slug; /* "05-pivot-root" */
    const char *title;
    enum needs needs;
    void (*fill)(struct exam *exam); /* of tests/SLUG/suite.c */
};
extern const struct exercise course[]; /* ends with a NULL slug */

/* A blank of an exercise. */
struct step {
    int number, points;
    char *file;  /* "pivot.c" */
    char *blank; /* the statement that is shipped in its place */
    char *task;
};
enum { MAX_STEPS = 8 };
struct steps {
    struct step v[MAX_STEPS];
    int n;
};

/* Find by number ("5", "05") or slug.  NULL: there is none. */
const struct exercise *course_find(const char *name);

/* Read tests/SLUG/steps.  The caller frees with course_free_steps(). */
int course_steps(const struct exercise *exercise, struct steps *out,
                 struct mb_error *err);
void course_free_steps(struct steps *steps);
/* The files that a student hands in, each once. */
void course_files(const struct steps *steps, struct strv *out);

/* The text of hint RUNG (1 to 3) of STEP, of tests/SLUG/hints.md; NULL when
 * there is none.  Caller frees. */
char *course_hint(const struct exercise *exercise, int step, int rung);
/* The text on the known mistake ID. */
char *course_mistake(const struct exercise *exercise, const char *id);

/* How many rungs has the student asked for?  They are noted in the file .hints
 * beside his work, in DIR, a line each; course_note_hint() adds one. */
int course_hints_used(const char *dir);
int course_hints_of_step(const char *dir, int step);
void course_note_hint(const char *dir, int step);

#endif
