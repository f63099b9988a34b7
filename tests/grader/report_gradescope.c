/* SPDX-License-Identifier: MIT */
/*
 * report_gradescope.c - results.json, as Gradescope wants it
 *
 * Problem   Gradescope shows a list of scored tests.  Our points belong to
 *           steps, and a step has several tests.
 * Idea      A step becomes one of its tests, and what our tests say about a
 *           failure becomes that one's output:
 *
 *             exercise 05, step 3    -->  number "05.3", score 0 of 2
 *               test, test (failed)       output: the failure in full
 *
 * Rules     1. What was skipped counts neither way: 0 of 0 points, no status,
 *              and the reason as output.
 *           2. An exercise without steps is one entry, so that nothing is lost.
 *           3. The score at the top is the one that counts.
 *           4. Gradescope grades students one by one.  Of a class this is a
 *              list, with a results.json for each student in it.
 * Read      gradescope-autograders.readthedocs.io, "Autograder specifications"
 */
#include <string.h>

#include "base/mem.h"
#include "grader/report_failure.h"
#include "grader/report_model.h"
#include "grader/report_write.h"

/* What there is to say about a step: its failures, or what it lacks. */
static void explain_step(const json_t *student, const json_t *exercise,
                         const json_t *step, struct report_page *page)
{
    json_auto_t *tests = report_tests(exercise);
    struct report_case c = {student, exercise, NULL};
    json_t *test;
    size_t i;

    if (report_is(step, "status", "todo"))
        buf_addf(&page->text, "This step is not written yet: %s\n",
                 report_str(step, "task"));
    if (report_is(step, "status", "skipped"))
        buf_addf(&page->text, "Skipped: %s\n", report_str(exercise, "reason"));
    if (!report_is(step, "status", "failed"))
        return;
    json_array_foreach(tests, i, test)
    {
        const json_t *its_step = report_step(exercise, test);

        if (!report_is(test, "status", "failed") ||
            (its_step && its_step != step))
            continue;
        buf_adds(&page->text, page->text.len > 0 ? "\n" : "");
        c.test = test;
        report_failure(page, &c);
    }
}

/* The entry of a step, or of an exercise that has no steps (rule 2). */
static json_t *entry(const json_t *student, const json_t *exercise,
                     const json_t *step)
{
    struct report_page page = {BUF_INIT, 80, false};
    mb_autofree char *ex = report_number(exercise);
    double number = report_num(step, "step");
    bool whole = step == exercise,
         skipped = report_is(step, "status", "skipped");
    const char *status =
        report_is(step, "status", "passed") ? "passed" : "failed";

    explain_step(student, exercise, step, &page);
    mb_autofree char *name =
        whole ? mb_printf("%s: %s", report_str(exercise, "exercise"),
                          report_str(exercise, "title"))
              : mb_printf("%s, step %g: %s", report_str(exercise, "exercise"),
                          number, report_str(step, "task"));
    mb_autofree char *dotted =
        whole ? mb_strdup(ex) : mb_printf("%s.%g", ex, number);
    json_t *test = json_pack(
        "{s:s, s:s, s:f, s:f, s:s, s:s, s:s, s:s*}", "name", name, "number",
        dotted, "score", skipped ? 0.0 : report_num(step, "points"),
        "max_score", skipped ? 0.0 : report_num(step, "max_points"), "output",
        page.text.s, "output_format", "text", "visibility", "visible", "status",
        skipped ? NULL : status);
    buf_done(&page.text);
    return test;
}

/* The entries of one student. */
static json_t *entries(const json_t *student)
{
    const json_t *exercises = report_list(student, "exercises");
    json_t *tests = json_array(), *exercise, *step;
    size_t i, k;

    json_array_foreach(exercises, i, exercise)
    {
        const json_t *steps = report_list(exercise, "steps");

        if (json_array_size(steps) == 0)
            json_array_append_new(tests, entry(student, exercise, exercise));
        json_array_foreach(steps, k, step)
        {
            json_array_append_new(tests, entry(student, exercise, step));
        }
    }
    return tests;
}

/* One student's results.json. */
static json_t *results(const json_t *student)
{
    mb_autofree char *output = mb_printf(
        "%g of %g points (seed %s)", report_num(student, "points"),
        report_num(student, "max_points"), report_str(student, "seed"));

    return json_pack("{s:f, s:f, s:s, s:s, s:o}", "score",
                     report_num(student, "points"), "execution_time",
                     report_num(student, "seconds"), "output", output,
                     "visibility", "visible", "tests", entries(student));
}

void report_gradescope(const json_t *result, struct buf *out)
{
    bool is_class = json_is_array(json_object_get(result, "students"));
    json_auto_t *students = report_students(result);
    json_auto_t *all = json_array();
    json_t *student;
    size_t i;

    json_array_foreach(students, i, student)
    {
        json_array_append_new(
            all, is_class ? json_pack("{s:s, s:o}", "student",
                                      report_str(student, "student"), "results",
                                      results(student))
                          : results(student));
    }
    mb_autofree char *text =
        json_dumps(is_class ? all : json_array_get(all, 0),
                   JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    buf_addf(out, "%s\n", text);
}
