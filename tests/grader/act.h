/* SPDX-License-Identifier: MIT */
#ifndef GRADER_ACT_H
#define GRADER_ACT_H

#include "base/error.h"

/*
 * The worker's side of a test.  tests/NN-slug/worker.c has one act for each
 * situation in which a student's function is called.  It is linked with the
 * student's file and runs in the cage.  It knows no right answers: it does,
 * tells what it saw, and holds still while the judge looks at it from outside.
 */
struct act {
    const char *name;
    void (*run)(void);
};
extern const struct act acts[]; /* ends with {NULL, NULL} */

/* What the judge passed as NAME=VALUE; "" or 0 without one. */
const char *arg(const char *name);
long arg_int(const char *name);

/* Tell the judge a value.  From any process of the act, also after a pivot. */
void say(const char *name, const char *fmt, ...) MB_PRINTF(2, 3);
/* What a function returned: as NAME, NAME.errno and NAME.msg. */
void say_result(const char *name, int result, const struct mb_error *err);
/* A file's text as NAME; "(errno's words)" if it can't be read. */
void say_file(const char *name, const char *path);

/* Stop until the judge has looked at this process. */
void hold(const char *name);

/* Run FN in a child that ends with it, and wait.  Returns the wait status.  The
 * judge is told: a child that does not come back from FN fails the test. */
int in_child(void (*fn)(void));

/* Become this program anew, in the act NAME, with the same arguments: the same
 * process after an exec, which changes what it may do.  Does not return. */
_Noreturn void act_exec(const char *name);

/* From now on the kernel refuses to this process and its children the system
 * call NUMBER, with ERROR, when its argument ARG (0 to 5) has all BITS set.
 * BITS 0: always. */
void act_refuse(int number, int arg, unsigned bits, int error);

/* Programs that are executed from here on, this one in another act, say, may
 * tell and hold too. */
void act_hand_on(void);

/* The act itself could not do its part (make a directory, say). */
_Noreturn void act_broken(const char *what);

#endif
