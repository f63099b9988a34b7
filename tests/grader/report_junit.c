/* SPDX-License-Identifier: MIT */
/*
 * report_junit.c - JUnit's XML, which nearly every CI system can read
 *
 * Problem   No one has ever specified this format, and XML has characters that
 *           it can't hold at all, not even escaped.
 * Idea      Only what Jenkins, GitLab and CodeGrade agree on:
 *
 *             testsuites                      the student
 *               testsuite                     an exercise
 *                 testcase                    a test
 *                   failure | error | skipped
 *
 * Rules     1. The clean copy has none of the forbidden characters, so `&`,
 *              `<`, `>` and `"` are all that is left to escape.  With every `>`
 *              escaped, "]]>" can't appear either.
 *           2. A line end in an attribute must be escaped, or the reader turns
 *              it into a blank.
 *           3. A failure of the grader is an error; all else is a failure.
 * Read      XML 1.0, sections 2.2, 2.4 and 3.3.3
 */
#include <stdbool.h>
#include <string.h>

#include "grader/report_failure.h"
#include "grader/report_model.h"
#include "grader/report_write.h"

/* Add text between tags, or in an attribute's quotes (rules 1 and 2). */
static void add_escaped(struct buf *out, const char *s, bool in_attribute)
{
    for (; *s; s++)
        switch (*s) {
        case '&':
            buf_adds(out, "&amp;");
            break;
        case '<':
            buf_adds(out, "&lt;");
            break;
        case '>':
            buf_adds(out, "&gt;");
            break;
        case '"':
            buf_adds(out, "&quot;");
            break;
        case '\t':
        case '\n':
            buf_addf(out, in_attribute ? "&#%d;" : "%c", *s);
            break;
        default:
            buf_addc(out, *s);
        }
}

/* Add ` name="value"`. */
static void attribute(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, " %s=\"", name);
    add_escaped(out, value, true);
    buf_addc(out, '"');
}

/* Is it the grader's fault (rule 3)? */
static bool is_error(const json_t *test)
{
    return report_is(test, "cause", "grader");
}

/* The message of a failure: one line that says most. */
static const char *message(const struct report_case *c)
{
    if (!report_step(c->exercise, c->test))
        return report_str(c->exercise, "reason");
    return report_str(c->test, "title");
}

/* <failure> or <error>, with all that a student would read. */
static void failure(const struct report_case *c, struct buf *out)
{
    const char *tag = is_error(c->test) ? "error" : "failure";
    const char *cause = report_str(c->test, "cause");
    struct report_page page = {BUF_INIT, 80, false};

    buf_addf(out, "      <%s", tag);
    attribute(out, "message", message(c));
    attribute(out, "type", *cause ? cause : "assertion");
    buf_addc(out, '>');
    report_failure(&page, c);
    add_escaped(out, page.text.s, false);
    buf_addf(out, "</%s>\n", tag);
    buf_done(&page.text);
}

/* <testcase> */
static void testcase(const struct report_case *c, struct buf *out)
{
    buf_adds(out, "    <testcase");
    attribute(out, "classname", report_str(c->exercise, "exercise"));
    attribute(out, "name", report_str(c->test, "id"));
    buf_addf(out, " time=\"%.3f\">\n", report_num(c->test, "seconds"));
    if (report_is(c->test, "status", "failed"))
        failure(c, out);
    if (report_is(c->test, "status", "skipped")) {
        buf_adds(out, "      <skipped");
        attribute(out, "message", report_why_skipped(c->exercise, c->test));
        buf_adds(out, "/>\n");
    }
    buf_adds(out, "    </testcase>\n");
}

/* How many of the tests ended so? */
struct counts {
    int failures, errors, skipped;
};
static struct counts count(const json_t *tests)
{
    struct counts n = {0};
    json_t *test;
    size_t i;

    json_array_foreach(tests, i, test)
    {
        n.skipped += report_is(test, "status", "skipped");
        if (!report_is(test, "status", "failed"))
            continue;
        n.errors += is_error(test);
        n.failures += !is_error(test);
    }
    return n;
}

/* <testsuite>: an exercise; in a class the student's name goes before it. */
static void testsuite(const json_t *student, const json_t *exercise,
                      struct buf *out)
{
    json_auto_t *tests = report_tests(exercise);
    struct report_case c = {student, exercise, NULL};
    struct counts n = count(tests);
    mb_autobuf struct buf name = BUF_INIT;
    json_t *test;
    size_t i;

    if (*report_str(student, "student"))
        buf_addf(&name, "%s/", report_str(student, "student"));
    buf_adds(&name, report_str(exercise, "exercise"));
    buf_adds(out, "  <testsuite");
    attribute(out, "name", name.s);
    attribute(out, "timestamp", report_str(student, "started"));
    buf_addf(out,
             " tests=\"%zu\" failures=\"%d\" errors=\"%d\" skipped=\"%d\""
             " time=\"%.3f\">\n",
             json_array_size(tests), n.failures, n.errors, n.skipped,
             report_num(exercise, "seconds"));
    json_array_foreach(tests, i, test)
    {
        c.test = test;
        testcase(&c, out);
    }
    buf_adds(out, "  </testsuite>\n");
}

void report_junit(const json_t *result, struct buf *out)
{
    json_auto_t *students = report_students(result);
    json_t *student, *exercise;
    size_t i, k;

    buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuites name=\"minibox\">\n");
    json_array_foreach(students, i, student)
    {
        const json_t *exercises = report_list(student, "exercises");

        json_array_foreach(exercises, k, exercise)
        {
            testsuite(student, exercise, out);
        }
    }
    buf_adds(out, "</testsuites>\n");
}
