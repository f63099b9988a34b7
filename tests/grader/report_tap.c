/* SPDX-License-Identifier: MIT */
/*
 * report_tap.c - the Test Anything Protocol, version 14
 *
 * Problem   Shell scripts want a result that they can read line by line.
 * Idea      One line for each test, numbered through; what is known about a
 *           failure follows as an indented block of YAML:
 *
 *             TAP version 14
 *             1..2
 *             ok 1 - 05-pivot-root/private_mounts
 *             not ok 2 - 05-pivot-root/old_root_is_gone
 *               ---
 *               expected: "1 mount"
 *               ...
 *
 * Rules     1. `#` begins a directive, so it is escaped in names, and so is
 *              the backslash.
 *           2. A value is one quoted string, with \n for its line ends.  YAML
 *              has nicer forms for several lines; the small YAML reader of
 *              Perl's prove(1) knows some of them wrongly, others not at all.
 *           3. A step that is still as shipped is "not ok".  TAP's "# TODO"
 *              would not do: its failures do not count, and an exercise that
 *              nobody has written would pass.
 * Read      testanything.org, "TAP 14"; YAML 1.2, section 7.3.1
 */
#include <string.h>

#include "base/mem.h"
#include "grader/report_failure.h"
#include "grader/report_model.h"
#include "grader/report_write.h"

/* Add a name, or the reason of a directive, in one line (rule 1). */
static void add_name(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '#' || *s == '\\')
            buf_addc(out, '\\');
        buf_addc(out, *s == '\n' || *s == '\t' ? ' ' : *s);
    }
}

/* Add `key: value` to the diagnostics, if there is a value (rule 2). */
static void diagnostic(struct buf *out, const char *key, const char *value)
{
    if (!*value)
        return;
    buf_addf(out, "  %s: \"", key);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buf_addc(out, '\\');
        if (*value == '\t' || *value == '\n')
            buf_adds(out, *value == '\t' ? "\\t" : "\\n");
        else
            buf_addc(out, *value);
    }
    buf_adds(out, "\"\n");
}

/* The YAML block of a failure. */
static void diagnostics(const struct report_case *c, struct buf *out)
{
    static const char *const keys[] = {
        "title", "kind",   "cause", "ran",  "expected", "observed",
        "shows", "output", "why",   "hint", "hint_text"};
    mb_autofree char *again = report_again(c);

    buf_adds(out, "  ---\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        diagnostic(out, keys[i], report_str(c->test, keys[i]));
    diagnostic(out, "lesson", report_str(c->exercise, "lesson"));
    diagnostic(out, "again", again);
    buf_adds(out, "  ...\n");
}

/* One test: its line, and more if it failed. */
static void point(const struct report_case *c, int number, struct buf *out)
{
    bool failed = report_is(c->test, "status", "failed");

    buf_addf(out, "%s %d - ", failed ? "not ok" : "ok", number);
    if (*report_str(c->result, "student")) {
        add_name(out, report_str(c->result, "student"));
        buf_addc(out, '/');
    }
    add_name(out, report_str(c->exercise, "exercise"));
    buf_addc(out, '/');
    add_name(out, report_str(c->test, "id"));
    if (report_is(c->test, "status", "skipped")) {
        buf_adds(out, " # SKIP ");
        add_name(out, report_why_skipped(c->exercise, c->test));
    }
    buf_addc(out, '\n');
    if (failed)
        diagnostics(c, out);
}

/* The tests of one student, from NUMBER on.  Returns the next number. */
static int student_points(const json_t *student, int number, struct buf *out)
{
    const json_t *exercises = report_list(student, "exercises");
    json_t *exercise, *test;
    size_t i, k;

    json_array_foreach(exercises, i, exercise)
    {
        json_auto_t *tests = report_tests(exercise);
        struct report_case c = {student, exercise, NULL};

        json_array_foreach(tests, k, test)
        {
            c.test = test;
            point(&c, number++, out);
        }
    }
    return number;
}

void report_tap(const json_t *result, struct buf *out)
{
    json_auto_t *students = report_students(result);
    mb_autobuf struct buf points = BUF_INIT;
    int number = 1;
    json_t *student;
    size_t i;

    json_array_foreach(students, i, student)
    {
        number = student_points(student, number, &points);
    }
    buf_addf(out, "TAP version 14\n1..%d\n", number - 1);
    buf_add(out, points.s, points.len);
}
