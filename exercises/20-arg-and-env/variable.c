/* SPDX-License-Identifier: MIT */
/* Exercise 20-arg-and-env: fill in the blanks (grep TODO).
 * The lesson: lessons/20-arg-and-env.md.  Try it: make grade EX=20 */
/*
 * variable.c - what an operator makes of a value
 *
 * Problem   ${V:-w} and its like differ in one sign and in when they count a
 *           variable as set; nobody remembers all of them.
 * Idea      The reader (engine/expand) takes ${V:-w} apart; here the parts are
 *           put together, by the table in the header.
 * Rules     1. A ":" makes an empty value count as none.
 *           2. The word has been expanded already, needed or not.
 * Read      POSIX, Shell Command Language, 2.6.2 Parameter Expansion;
 *           lessons/20-arg-and-env.md
 */
#include "engine/variable.h"

#include "engine/pattern.h"

int variable_choose(const struct variable *v, const char *word, struct buf *out,
                    struct mb_error *err)
{
    // TODO step 2: the table in the header; the error is "NAME: WHY", where WHY
    //   is WORD, or if that is empty, "is not allowed to be empty" or "...
    //   unset"
    return mb_failx(err, "exercise 20 step 2: not written yet");
    return 0;
}

int variable_trim(const struct variable *v, const char *word, struct buf *out,
                  struct mb_error *err)
{
    bool longest = *word == v->op;

    if (v->op == '#')
        return pattern_trim_prefix(word + longest, longest, v->value, out, err);
    return pattern_trim_suffix(word + longest, longest, v->value, out, err);
}
