/* SPDX-License-Identifier: MIT */
#ifndef BASE_EXPLAIN_H
#define BASE_EXPLAIN_H

#include <stdbool.h>

/*
 * The narrator of --explain.  A call stands right beside the deed it tells
 * of, and so serves as that deed's comment:
 *
 *     explain("05", "pivot_root(\".\", \".\")", "the overlay becomes /");
 *
 * prints on stderr, when --explain is on:
 *
 *     | 05  pivot_root(".", ".")              the overlay becomes /
 */
void explain_enable(void);
bool explain_enabled(void);
/* For a process that lets go of its descriptors: speak by this one from now on;
 * or be quiet. */
void explain_move(int fd);
void explain_disable(void);

/* LESSON: two digits.  CALL: the system call with its arguments, as strace(1)
 * would show it.  FMT: what it changed, a few words.  Never fails. */
void explain(const char *lesson, const char *call, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
