/* SPDX-License-Identifier: MIT */
#ifndef GRADER_EXAM_H
#define GRADER_EXAM_H

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "grader/cage.h"

/*
 * An exam is the suite of an exercise: tests/NN-slug/suite.c.  Its tests are
 * Check tests, but none of them runs student code: they start an act of the
 * worker (grader/worker.h), and assert on what it tells and on what the kernel
 * shows (grader/see.h).
 */
struct exam;

/* What a test looks at: each kernel exercise has all of the last three. */
enum kind {
    VALUE,     /* what a function returns */
    MECHANISM, /* what the kernel shows from outside that it did */
    EFFECT,    /* what that means for the process inside */
    HOST,      /* that the host is unharmed */
};

/* Add a test of STEP.  TITLE is a sentence that holds when it passes. */
void exam_add(struct exam *exam, int step, enum kind kind, const TTest *test,
              const char *title);

/* What a failing test says.  Those that are NULL are left out. */
struct finding {
    const char *ran;      /* default: the act's words, worker_ran() */
    const char *expected; /* in the student's terms */
    const char *observed;
    const char *shows; /* what the kernel shows from outside, some lines */
    const char *why;   /* the rule behind it; a sentence or two */
    const char *hint;  /* id of the known mistake that this looks like */
    const char *cause; /* default "assertion" */
};

/* The test fails, with these words. */
#define FLUNK(...) exam_flunk(&(struct finding){__VA_ARGS__})
#define REQUIRE(condition, ...)                                                \
    ((condition) ? (void)0 : exam_flunk(&(struct finding){__VA_ARGS__}))
_Noreturn void exam_flunk(const struct finding *finding);

/* The same for the commonest comparisons of what the worker told: NAME must be
 * that number, that text.  The rest is as in FLUNK. */
#define REQUIRE_INT(name, value, ...)                                          \
    exam_require_int(name, value, &(struct finding){__VA_ARGS__})
#define REQUIRE_TEXT(name, value, ...)                                         \
    exam_require_text(name, value, &(struct finding){__VA_ARGS__})
void exam_require_int(const char *name, long value, const struct finding *f);
void exam_require_text(const char *name, const char *value,
                       const struct finding *f);

/* Text that lives as long as the test, which is a process of its own. */
const char *text(const char *fmt, ...) MB_PRINTF(1, 2);
/* Random inputs, from the seed and the test's name: a number from LOW to HIGH,
 * a lower-case word of 6 letters. */
int pick(int low, int high);
const char *pick_word(void);

/* A JSON string.  What students write may be no UTF-8, and jansson takes none
 * of it then: those bytes become "?". */
json_t *exam_string(const char *value);

/* ---- for the grader ------------------------------------------------------ */

/* How an exam is held. */
struct sitting {
    const char *worker;     /* the program's name */
    const char *worker_dir; /* the directory it lies in: /work in the cage */
    const char *spare_dir;  /* see cage.h */
    enum cage_kind kind;
    unsigned long seed;
    double patience; /* seconds until an act counts as stuck */
};
const struct sitting *exam_sitting(void);
/* Seconds on a clock that only goes forward: for differences. */
double exam_clock(void);
/* The id of the test that runs now. */
const char *exam_current(void);

/* Hold the exam that FILL adds tests to; print each test's result as a line of
 * JSON (TEST in SCHEMA.md) to OUT.  Returns the number of tests.  SITTING may
 * be NULL: then none is held, and each line says so. */
int exam_hold(void (*fill)(struct exam *exam), const struct sitting *sitting,
              FILE *out);

#endif
