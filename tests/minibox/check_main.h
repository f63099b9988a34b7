/* SPDX-License-Identifier: MIT */
#ifndef CHECK_MAIN_H
#define CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

/* Run one suite and return the exit status for main(): 0 when all passed.
 * The runner prints "100%: Checks: N, Failures: 0, Errors: 0" at the end,
 * which tests/run-units adds up. */
static inline int check_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
