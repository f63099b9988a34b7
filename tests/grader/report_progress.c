/* SPDX-License-Identifier: MIT */
/*
 * report_progress.c - how far am I?
 *
 * Problem   A course of thirty exercises is long.  Whoever works on it wants
 *           to see what is behind them, and where to go on.
 * Idea      One page.  A row for each exercise, with a letter for each step:
 *
 *             05-pivot-root      [##x.]   4/8
 *                                 ||||
 *                                 |||`- not written yet
 *                                 ||`-- fails
 *                                 `---- done
 *
 *           Below it stand the sum, and the next exercise with its lesson.
 * Rules     1. The page comes from the result alone: there is no other record
 *              of progress that could be lost, or be edited.
 *           2. It reads the same without colour.
 * Read      tests/grader/SCHEMA.md
 */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "grader/report_terminal.h"

enum { WIDTH_OF_STEPS = 6, WIDTH_OF_SUM = 24 };

/* A step as a letter. */
static void step_letter(const json_t *step, struct report_page *page)
{
    static const struct {
        const char *status, *letter;
        enum report_ink ink;
    } letters[] = {
        {"passed", "#", REPORT_GREEN},
        {"failed", "x", REPORT_RED},
        {"skipped", "-", REPORT_QUIET},
    };

    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (report_is(step, "status", letters[i].status)) {
            report_ink(page, letters[i].ink, "%s", letters[i].letter);
            return;
        }
    report_ink(page, REPORT_QUIET, ".");
}

/* The row of an exercise. */
static void row(const json_t *exercise, struct report_page *page)
{
    const json_t *steps = report_list(exercise, "steps");
    int columns = json_array_size(steps);
    json_t *step;
    size_t i;

    buf_addf(&page->text, "  %-22s [", report_str(exercise, "exercise"));
    json_array_foreach(steps, i, step)
    {
        step_letter(step, page);
    }
    columns = columns < WIDTH_OF_STEPS ? WIDTH_OF_STEPS - columns : 0;
    buf_addf(&page->text, "]%*s", columns, "");
    if (report_state(exercise) == REPORT_SKIPPED) {
        report_ink(page, REPORT_QUIET, "   skipped\n%26s", "");
        report_prose(page, 26, report_str(exercise, "reason"));
        return;
    }
    buf_addf(&page->text, "%4g/%g", report_num(exercise, "points"),
             report_num(exercise, "max_points"));
    if (*report_str(exercise, "reason"))
        report_ink(page, REPORT_RED, "  could not be graded");
    buf_addc(&page->text, '\n');
}

/* The sum of points, with a bar. */
static void sum(const json_t *result, struct report_page *page)
{
    double points = report_num(result, "points");
    double max = report_num(result, "max_points");
    double share = max > 0 ? points / max : 0;
    int full = share > 1 ? WIDTH_OF_SUM : (int)(share * WIDTH_OF_SUM);

    buf_addf(&page->text, "\n  %-22s [", "in all");
    for (int i = 0; i < WIDTH_OF_SUM; i++)
        report_ink(page, i < full ? REPORT_GREEN : REPORT_QUIET, "%s",
                   i < full ? "#" : ".");
    buf_adds(&page->text, "] ");
    report_ink(page, REPORT_BOLD, "%g of %g points", points, max);
    report_ink(page, REPORT_QUIET,
               "\n  %-22s  # done   x fails   . not written yet   - skipped\n",
               "");
}

/* The first step of an exercise that is not done yet, or NULL. */
static const json_t *open_step(const json_t *exercise)
{
    const json_t *steps = report_list(exercise, "steps");
    json_t *step;
    size_t i;

    json_array_foreach(steps, i, step)
    {
        if (report_is(step, "status", "failed") ||
            report_is(step, "status", "todo"))
            return step;
    }
    return NULL;
}

/* Where to go on when all exercises passed or were skipped. */
static void nothing_left(const json_t *result, struct report_page *page)
{
    if (report_count(result, REPORT_PASSED) == 0) {
        buf_adds(&page->text, "\nnext: nothing could be graded here; ask ");
        report_ink(page, REPORT_BOLD, "build/minibox doctor\n");
        return;
    }
    buf_addf(&page->text, "\nnext: all that %s is done\n  ",
             report_count(result, REPORT_SKIPPED) ? "can be graded here"
                                                  : "there was to do");
    report_ink(page, REPORT_BOLD, "make mybox");
    buf_adds(&page->text, "   builds your own runtime from it\n");
}

/* Where to go on. */
static void next(const json_t *result, struct report_page *page)
{
    const json_t *exercise = report_next_exercise(result);

    if (!exercise) {
        nothing_left(result, page);
        return;
    }
    mb_autofree char *number = report_number(exercise);
    const json_t *step = open_step(exercise);
    report_ink(page, REPORT_BOLD, "\nnext: %s",
               report_str(exercise, "exercise"));
    buf_addf(&page->text, ", %s\n", report_str(exercise, "title"));
    if (step) {
        buf_addf(&page->text, "  step %-5g ", report_num(step, "step"));
        report_prose(page, 13, report_str(step, "task"));
    }
    buf_addf(&page->text, "  read       %s\n", report_str(exercise, "lesson"));
    buf_addf(&page->text, "  write      %s\n", report_str(exercise, "file"));
    buf_adds(&page->text, "  try        ");
    report_ink(page, REPORT_BOLD, "make grade EX=%s\n", number);
}

void report_progress_page(const json_t *result, struct report_page *page)
{
    if (!report_terminal_each(result, page, row))
        return;
    sum(result, page);
    next(result, page);
}
