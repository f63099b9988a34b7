/* SPDX-License-Identifier: MIT */
/*
 * report_model.c - what every report asks of the document
 *
 * Problem   Seven reports read the same document.  If each of them decided for
 *           itself what "failed" means, they would soon disagree.
 * Idea      The questions are answered here, once:
 *
 *             document --> report_students --> an exercise --> report_tests
 *                                                  |                |
 *                                            report_state   report_is_failure
 *
 *           The one that needs thought: a step that nobody has written yet
 *           fails its tests.  That is no news to its student, so it is "todo",
 *           and never counts as a failure.
 * Rules     1. A field that is missing is null, and null is "", 0 or no list:
 *              a grader that was killed leaves documents like that.
 *           2. Every exercise has at least one test to report.  One that does
 *              not compile has none, so a test without a step stands for it.
 * Read      tests/grader/SCHEMA.md
 */
#include "grader/report_model.h"

#include <string.h>

#include "base/mem.h"

const char *report_str(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

double report_num(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

const json_t *report_list(const json_t *object, const char *key)
{
    /* json_array_foreach takes what is no array (NULL too) for an empty one. */
    return json_object_get(object, key);
}

bool report_is(const json_t *object, const char *key, const char *value)
{
    return strcmp(report_str(object, key), value) == 0;
}

json_t *report_students(const json_t *result)
{
    json_t *students = json_object_get(result, "students");

    if (json_is_array(students))
        return json_incref(students);
    students = json_array();
    json_array_append(students, (json_t *)result);
    return students;
}

/* The test that stands for an exercise as a whole (rule 2). */
static json_t *whole_exercise(const json_t *exercise)
{
    bool known = *report_str(exercise, "status");

    return json_pack("{s:s, s:s, s:s*, s:O*, s:O*}", "id", "exercise", "title",
                     "the exercise builds and runs", "status",
                     known ? report_str(exercise, "status") : "failed",
                     "observed", json_object_get(exercise, "reason"), "shows",
                     json_object_get(exercise, "details"));
}

json_t *report_tests(const json_t *exercise)
{
    const json_t *tests = report_list(exercise, "tests");
    json_t *all = json_array();

    if (json_array_size(tests) == 0 || *report_str(exercise, "reason"))
        json_array_append_new(all, whole_exercise(exercise));
    json_array_extend(all, (json_t *)tests);
    return all;
}

const json_t *report_step(const json_t *exercise, const json_t *test)
{
    const json_t *steps = report_list(exercise, "steps");
    double number = report_num(test, "step");
    json_t *step;
    size_t i;

    json_array_foreach(steps, i, step)
    {
        if (report_num(step, "step") == number)
            return step;
    }
    return NULL;
}

bool report_is_failure(const json_t *exercise, const json_t *test)
{
    return report_is(test, "status", "failed") &&
           !report_is(report_step(exercise, test), "status", "todo");
}

const json_t *report_first_failure(const json_t *exercise)
{
    const json_t *tests = report_list(exercise, "tests");
    json_t *test;
    size_t i;

    json_array_foreach(tests, i, test)
    {
        if (report_is_failure(exercise, test))
            return test;
    }
    return NULL;
}

const char *report_why_skipped(const json_t *exercise, const json_t *test)
{
    if (*report_str(exercise, "reason"))
        return report_str(exercise, "reason");
    return *report_str(test, "why") ? report_str(test, "why")
                                    : "it can't be tested here";
}

/* How many steps have that status? */
static size_t count_steps(const json_t *exercise, const char *status)
{
    const json_t *steps = report_list(exercise, "steps");
    json_t *step;
    size_t i, n = 0;

    json_array_foreach(steps, i, step)
    {
        n += report_is(step, "status", status);
    }
    return n;
}

enum report_state report_state(const json_t *exercise)
{
    size_t todo = count_steps(exercise, "todo");

    if (report_is(exercise, "status", "passed"))
        return REPORT_PASSED;
    if (report_is(exercise, "status", "skipped"))
        return REPORT_SKIPPED;
    if (*report_str(exercise, "reason") || todo == 0 ||
        report_first_failure(exercise) || count_steps(exercise, "failed"))
        return REPORT_FAILED;
    if (todo == json_array_size(report_list(exercise, "steps")))
        return REPORT_SHIPPED;
    return REPORT_BEGUN;
}

char *report_number(const json_t *exercise)
{
    const char *slug = report_str(exercise, "exercise");

    return mb_strndup(slug, strcspn(slug, "-"));
}

const char *report_cause(const char *cause)
{
    static const struct {
        const char *cause, *sentence;
    } sentences[] = {
        {"not-written", "This step is still as shipped: it is yours to write."},
        {"early-exit",
         "Your code ended its whole process, with exit() or _exit(). It was "
         "called as a function, and must return to its caller."},
        {"crash",
         "Your code was killed by a signal. A segmentation fault is most often "
         "memory that is not yours to use: a pointer that is NULL, freed or "
         "never set. \"Aborted\" is a check in the C library that failed."},
        {"time-out",
         "Your code had not come back when its time was up. Either it loops, "
         "or it waits for something that never comes."},
        {"leaked-child",
         "A child process that your code made lived on, or came back from the "
         "call as a second caller. A child must end in exec or in _exit(), "
         "and its parent must wait for it."},
        {"output",
         "What your code wrote is not what was asked for. Nothing else may be "
         "in it: no prompt, no trace, no extra line."},
        {"grader", "The test could not be carried out: this machine or the "
                   "grader failed, or your code broke what the test stands "
                   "on. If it stays so with another answer, report it."},
    };

    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (strcmp(sentences[i].cause, cause) == 0)
            return sentences[i].sentence;
    return NULL;
}
