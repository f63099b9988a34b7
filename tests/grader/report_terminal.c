/* SPDX-License-Identifier: MIT */
/*
 * report_terminal.c - the report that a student reads after every try
 *
 * Problem   Thirty exercises with a hundred and fifty tests: most of them fail
 *           because nobody has written them yet.  The one failure that matters
 *           now must not drown in these.
 * Idea      Three parts, and the most useful one is last, where the eye is:
 *
 *             a line for each exercise      pass, FAIL, part, todo or skip
 *             what failed                   the first failure in full, the
 *                                           others in a line each
 *             points, and one command       what to do now
 *
 * Rules     1. A step that is still as shipped is no failure: a quiet line.
 *           2. An exercise of which no step is written has its line only,
 *              unless it is the only one that was asked for.
 *           3. The last line is one command.
 * Read      console_codes(4)
 */
#include "grader/report_terminal.h"

#include <string.h>

#include "base/mem.h"
#include "grader/report_failure.h"

void report_terminal_line(const json_t *exercise, struct report_page *page)
{
    static const struct {
        const char *word;
        enum report_ink ink;
    } marks[] = {
        [REPORT_PASSED] = {"pass", REPORT_GREEN},
        [REPORT_FAILED] = {"FAIL", REPORT_RED},
        [REPORT_BEGUN] = {"part", REPORT_YELLOW},
        [REPORT_SHIPPED] = {"todo", REPORT_QUIET},
        [REPORT_SKIPPED] = {"skip", REPORT_QUIET},
    };
    enum report_state state = report_state(exercise);

    report_ink(page, marks[state].ink, "%s", marks[state].word);
    buf_adds(&page->text, "  ");
    report_padded(page, report_str(exercise, "exercise"), 20);
    if (state == REPORT_SKIPPED) {
        buf_adds(&page->text, "  ");
        report_prose(page, 28, report_str(exercise, "reason"));
        return;
    }
    buf_addf(&page->text, " %4g of %g points", report_num(exercise, "points"),
             report_num(exercise, "max_points"));
    report_ink(page, REPORT_QUIET, "  %6.1f s\n",
               report_num(exercise, "seconds"));
}

/* What failed in one exercise. */
static void failures(const json_t *result, const json_t *exercise,
                     struct report_page *page)
{
    json_auto_t *tests = report_tests(exercise);
    struct report_case c = {result, exercise, NULL};
    const json_t *first = NULL;
    json_t *test;
    size_t i;

    json_array_foreach(tests, i, test)
    {
        if (!report_is_failure(exercise, test))
            continue;
        c.test = test;
        if (first) {
            report_failure_line(page, &c);
            continue;
        }
        buf_addc(&page->text, '\n');
        report_failure(page, &c);
        first = test;
    }
    /* Without a reason the details are what the compiler warned of. */
    if (first && !*report_str(exercise, "reason") &&
        *report_str(exercise, "details")) {
        buf_adds(&page->text, "  the compiler warns\n");
        report_lines(page, 6, report_str(exercise, "details"),
                     (struct report_place){1, 1});
    }
}

/* Which steps of it are still as shipped (rule 1). */
static void unwritten(const json_t *exercise, struct report_page *page)
{
    const json_t *steps = report_list(exercise, "steps");
    mb_autobuf struct buf text = BUF_INIT;
    bool quiet = false;
    json_t *step;
    size_t i;

    json_array_foreach(steps, i, step)
    {
        if (!report_is(step, "status", "todo"))
            continue;
        if (!quiet && !report_first_failure(exercise))
            report_ink(page, REPORT_PLAIN, "\n%s\n",
                       report_str(exercise, "exercise"));
        quiet = true;
        buf_clear(&text);
        buf_addf(&text, "step %g is not written yet: %s",
                 report_num(step, "step"), report_str(step, "task"));
        buf_adds(&page->text, "  ");
        report_prose(page, 4, text.s);
    }
}

const json_t *report_next_exercise(const json_t *result)
{
    const json_t *exercises = report_list(result, "exercises");
    const json_t *open = NULL;
    json_t *exercise;
    size_t i;

    json_array_foreach(exercises, i, exercise)
    {
        enum report_state state = report_state(exercise);

        if (state == REPORT_FAILED)
            return exercise;
        if (!open && state != REPORT_PASSED && state != REPORT_SKIPPED)
            open = exercise;
    }
    return open;
}

int report_count(const json_t *result, enum report_state state)
{
    const json_t *exercises = report_list(result, "exercises");
    json_t *exercise;
    size_t i;
    int n = 0;

    json_array_foreach(exercises, i, exercise)
    {
        n += report_state(exercise) == state;
    }
    return n;
}

/* The one command (rule 3), while there is an exercise to work on. */
static void work_on(const json_t *exercise, struct report_page *page)
{
    const json_t *failure = report_first_failure(exercise);
    mb_autofree char *number = report_number(exercise);

    if (failure && !report_is(failure, "cause", "grader")) {
        report_ink(page, REPORT_BOLD, "make hint EX=%s\n", number);
        return;
    }
    if (report_state(exercise) == REPORT_FAILED)
        buf_adds(&page->text, failure ? "once more: " : "mend that, then ");
    else
        buf_addf(&page->text, "write in %s, then ",
                 report_str(exercise, "file"));
    report_ink(page, REPORT_BOLD, "make grade EX=%s\n", number);
}

/* The last line. */
static void next_command(const json_t *result, struct report_page *page)
{
    const json_t *exercise = report_next_exercise(result);

    buf_adds(&page->text, "next: ");
    if (exercise)
        work_on(exercise, page);
    else
        report_ink(page, REPORT_BOLD, "%s\n",
                   report_count(result, REPORT_PASSED)
                       ? "make progress"
                       : "build/minibox doctor");
}

void report_terminal_rest(const json_t *result, struct report_page *page)
{
    const json_t *exercises = report_list(result, "exercises");
    bool alone = json_array_size(exercises) == 1;
    json_t *exercise;
    size_t i;

    json_array_foreach(exercises, i, exercise)
    {
        enum report_state state = report_state(exercise);

        if (state == REPORT_FAILED)
            failures(result, exercise, page);
        if (state != REPORT_SKIPPED && (state != REPORT_SHIPPED || alone))
            unwritten(exercise, page);
    }
    buf_addc(&page->text, '\n');
    report_ink(page, REPORT_BOLD, "%g of %g points",
               report_num(result, "points"), report_num(result, "max_points"));
    report_ink(page, REPORT_QUIET, "   seed %s, %.1f s\n",
               report_str(result, "seed"), report_num(result, "seconds"));
    next_command(result, page);
}

void report_terminal_class(const json_t *class, struct report_page *page)
{
    json_auto_t *students = report_students(class);
    double sum = 0;
    json_t *student;
    size_t i;

    json_array_foreach(students, i, student)
    {
        const json_t *next = report_next_exercise(student);

        sum += report_num(student, "points");
        report_padded(page, report_str(student, "student"), 24);
        buf_addf(&page->text, " %4g of %g points",
                 report_num(student, "points"),
                 report_num(student, "max_points"));
        report_ink(page, REPORT_QUIET, "   %s\n",
                   next ? report_str(next, "exercise") : "all done");
    }
    report_ink(page, REPORT_BOLD, "%zu students, %.1f points on average\n",
               json_array_size(students),
               json_array_size(students) ? sum / json_array_size(students) : 0);
}

bool report_terminal_each(const json_t *result, struct report_page *page,
                          void (*line)(const json_t *, struct report_page *))
{
    const json_t *exercises = report_list(result, "exercises");
    json_t *exercise;
    size_t i;

    if (json_is_array(json_object_get(result, "students"))) {
        report_terminal_class(result, page);
        return false;
    }
    json_array_foreach(exercises, i, exercise)
    {
        line(exercise, page);
    }
    return true;
}

void report_terminal(const json_t *result, struct report_page *page)
{
    if (report_terminal_each(result, page, report_terminal_line))
        report_terminal_rest(result, page);
}
