/* SPDX-License-Identifier: MIT */
/*
 * report_html.c - the gradebook: a class on one page
 *
 * Problem   A teacher wants to see a class at a glance, and one failure in
 *           full, on a machine that may have no network.
 * Idea      gradebook.html is a whole page but for its data.  It is put into
 *           this program when that is built; here the data goes in:
 *
 *             gradebook.html:   ...  <script ...>@DATA@</script>  ...
 *                                                   ^
 *             document  -->  what the page shows  --'  as JSON
 *
 *           The page's script builds everything from text, and never from HTML.
 * Rules     1. In a script element "<" is the dangerous character: </script>
 *              ends it, <!-- changes how it is read.  JSON can spell it \u003c.
 *           2. Tests that passed are left out, but for their number: they are
 *              most of the document, and nobody looks at them.
 * Read      HTML Standard, "Restrictions for contents of script elements"
 */
#include <string.h>

#include "base/mem.h"
#include "grader/report_model.h"
#include "grader/report_write.h"

#define PLACE_FOR_DATA "@DATA@"

/* The page, from the file beside this one.  The assembler looks for it from
 * where the compiler was started, which is the top of the tree. */
extern const char report_html_page[];
__asm__(".pushsection .rodata\n"
        "report_html_page:\n"
        ".incbin \"tests/grader/gradebook.html\"\n"
        ".byte 0\n"
        ".popsection\n");

/* The exercise as the page shows it (rule 2). */
static json_t *page_exercise(const json_t *exercise)
{
    const json_t *tests = report_list(exercise, "tests");
    json_t *copy = json_copy((json_t *)exercise), *rest = json_array(), *test;
    size_t i, passed = 0;

    json_array_foreach(tests, i, test)
    {
        if (report_is(test, "status", "passed"))
            passed++;
        else if (report_is_failure(exercise, test))
            json_array_append(rest, test);
    }
    json_object_set_new(copy, "tests", rest);
    json_object_set_new(copy, "tests_passed", json_integer(passed));
    return copy;
}

/* A student's result as the page shows it. */
static json_t *page_student(const json_t *student)
{
    const json_t *exercises = report_list(student, "exercises");
    json_t *copy = json_copy((json_t *)student), *list = json_array();
    json_t *exercise;
    size_t i;

    json_array_foreach(exercises, i, exercise)
    {
        json_array_append_new(list, page_exercise(exercise));
    }
    json_object_set_new(copy, "exercises", list);
    return copy;
}

/* Add JSON that may stand in a script element (rule 1). */
static void add_data(struct buf *out, const json_t *data)
{
    mb_autofree char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII);

    for (const char *s = text; s && *s; s++)
        if (*s == '<' || *s == '>' || *s == '&')
            buf_addf(out, "\\u%04x", *s);
        else
            buf_addc(out, *s);
}

void report_html(const json_t *result, struct buf *out)
{
    json_auto_t *students = report_students(result);
    json_auto_t *list = json_array();
    const char *place = strstr(report_html_page, PLACE_FOR_DATA);
    json_t *student;
    size_t i;

    json_array_foreach(students, i, student)
    {
        json_array_append_new(list, page_student(student));
    }
    buf_add(out, report_html_page, place - report_html_page);
    add_data(out, list);
    buf_adds(out, place + strlen(PLACE_FOR_DATA));
}
