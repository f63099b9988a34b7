/* SPDX-License-Identifier: MIT */
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
    /* STEP 2, 3 points: the table in the header; the error is "NAME: WHY",
     * where WHY is WORD, or if that is empty, "is not allowed to be empty" or
     * "... unset"
     * else: return mb_failx(err, NOT_WRITTEN); */
    bool have = v->set && (*v->value || !v->empty_too);

    if (v->op == '+') {
        buf_adds(out, have ? word : "");
    } else if (have) {
        buf_adds(out, v->value);
    } else if (v->op == '-') {
        buf_adds(out, word);
    } else {
        const char *why = v->set ? "is not allowed to be empty"
                                 : "is not allowed to be unset";
        return mb_failx(err, "%.100s: %.300s", v->name, *word ? word : why);
    }
    /* END STEP 2 */
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
