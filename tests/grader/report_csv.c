/* SPDX-License-Identifier: MIT */
/*
 * report_csv.c - points for a spreadsheet
 *
 * Problem   A gradebook ends up in a spreadsheet, and a spreadsheet takes what
 *           begins with "=" for a formula to be run: a student's folder may be
 *           called =HYPERLINK("http://...").
 * Idea      A row for each student, a column for each exercise that any of
 *           them has, in the order in which they are met:
 *
 *             student,points,max_points,01-spawn,05-pivot-root
 *             ada,14,14,6,8
 *             bob,3,6,3,                        <- 05 was skipped: no number
 *
 * Rules     1. Cells with a comma, a quote or a line end are quoted, a quote
 *              in them is doubled, and lines end with CR LF (RFC 4180).
 *           2. A cell that begins like a formula gets an apostrophe in front.
 *           3. What was skipped is empty: 0 would be a mark.
 * Read      RFC 4180
 */
#include <string.h>

#include "grader/report_model.h"
#include "grader/report_write.h"

/* Add a cell (rules 1 and 2). */
static void add_cell(struct buf *out, const char *s)
{
    bool formula = *s && strchr("=+-@\t", *s);

    if (!formula && !strpbrk(s, ",\"\n")) {
        buf_adds(out, s);
        return;
    }
    buf_addc(out, '"');
    if (formula)
        buf_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(out, '"');
        buf_addc(out, *s);
    }
    buf_addc(out, '"');
}

/* The names of all exercises, each once. */
static void columns_of(const json_t *students, struct strv *columns)
{
    json_t *student, *exercise;
    size_t i, k;

    json_array_foreach(students, i, student)
    {
        const json_t *exercises = report_list(student, "exercises");

        json_array_foreach(exercises, k, exercise)
        {
            const char *name = report_str(exercise, "exercise");

            if (!strv_has(columns, name))
                strv_add(columns, name);
        }
    }
}

/* The student's result in that exercise, or NULL. */
static const json_t *find(const json_t *student, const char *name)
{
    const json_t *exercises = report_list(student, "exercises");
    json_t *exercise;
    size_t i;

    json_array_foreach(exercises, i, exercise)
    {
        if (report_is(exercise, "exercise", name))
            return exercise;
    }
    return NULL;
}

/* A student's row. */
static void row(const json_t *student, const struct strv *columns,
                struct buf *out)
{
    add_cell(out, report_str(student, "student"));
    buf_addf(out, ",%g,%g", report_num(student, "points"),
             report_num(student, "max_points"));
    for (size_t i = 0; i < columns->n; i++) {
        const json_t *exercise = find(student, columns->v[i]);

        buf_addc(out, ',');
        if (exercise && !report_is(exercise, "status", "skipped"))
            buf_addf(out, "%g", report_num(exercise, "points"));
    }
    buf_adds(out, "\r\n");
}

void report_csv(const json_t *result, struct buf *out)
{
    json_auto_t *students = report_students(result);
    mb_autostrv struct strv columns = {0};
    json_t *student;
    size_t i;

    columns_of(students, &columns);
    buf_adds(out, "student,points,max_points");
    for (i = 0; i < columns.n; i++) {
        buf_addc(out, ',');
        add_cell(out, columns.v[i]);
    }
    buf_adds(out, "\r\n");
    json_array_foreach(students, i, student)
    {
        row(student, &columns, out);
    }
}
