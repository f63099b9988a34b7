/* SPDX-License-Identifier: MIT */
/*
 * cli/checkprint.c - what build --check has to say
 *
 * Problem   "Line 7" makes the reader go and look.  A warning should bring the
 *           line along, and enough around it to know the place.
 * Idea      The excerpt of a compiler:
 *
 *             WARNING: WorkdirRelativePath - lesson 23
 *             Relative workdir "app" can have unexpected results if the base
 *             image changes
 *             Dockerfile:2
 *             --------------------
 *                1 |     FROM alpine
 *                2 | >>> WORKDIR app
 *                3 |     COPY . .
 *             --------------------
 *
 * Rules     1. Four lines around one, two around several; those that the file
 *              does not have on one side come from the other.
 *           2. Control characters of a stranger's file never reach the
 *              terminal.
 * Read      docs.docker.com/build/checks; lessons/19-dockerfile.md
 */
#include "cli/checkprint.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>

/* Print S and a newline (rule 2). */
static void print_line(const char *s)
{
    for (; *s; s++)
        putchar(iscntrl((unsigned char)*s) && *s != '\t' ? '?' : *s);
    putchar('\n');
}

/* The lines of WARNING and those around them (rule 1). */
static void print_excerpt(const struct check_report *report,
                          const struct check_warning *warning)
{
    int count = (int)report->lines.n;
    int first = warning->line, last = warning->last_line;
    int around = first == last ? 4 : 2;

    for (int added = 0; added < around && (first > 1 || last < count);) {
        if (first > 1)
            first--, added++;
        if (last < count)
            last++, added++;
    }
    printf("%s:%d\n--------------------\n", report->name, warning->line);
    for (int i = first; i <= last && i <= count; i++) {
        bool marked = i >= warning->line && i <= warning->last_line;
        printf(" %3d | %s ", i, marked ? ">>>" : "   ");
        print_line(report->lines.v[i - 1]);
    }
    printf("--------------------\n");
}

void checkprint_text(const struct check_report *report, bool complete)
{
    if (report->n)
        printf("Check %s, %zu warning%s been found!\n",
               complete ? "complete" : "stopped", report->n,
               report->n == 1 ? " has" : "s have");
    else if (complete)
        printf("Check complete, no warnings found.\n");
    for (size_t i = 0; i < report->n; i++) {
        const struct check_warning *warning = &report->warnings[i];
        printf("\nWARNING: %s - lesson %02d\n", warning->rule->name,
               warning->rule->lesson);
        print_line(warning->detail);
        print_excerpt(report, warning);
    }
}

/* One warning; a new object. */
static json_t *warning_json(const struct check_warning *w)
{
    return json_pack("{s:s, s:s, s:i, s:s, s:{s:i, s:[{s:{s:i}, s:{s:i}}]}}",
                     "ruleName", w->rule->name, "description",
                     w->rule->description, "lesson", w->rule->lesson, "detail",
                     w->detail, "location", "sourceIndex", 0, "ranges", "start",
                     "line", w->line, "end", "line", w->last_line);
}

void checkprint_json(const struct check_report *report)
{
    json_t *warnings = json_array();
    json_t *all =
        json_pack("{s:o, s:[{s:s, s:s}]}", "warnings", warnings, "sources",
                  "filename", report->name, "language", "Dockerfile");

    /* A warning may quote what is no text in any language; then it is left
     * out, for JSON could not hold it. */
    for (size_t i = 0; i < report->n; i++)
        json_array_append_new(warnings, warning_json(&report->warnings[i]));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}
