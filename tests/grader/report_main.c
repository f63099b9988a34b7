/* SPDX-License-Identifier: MIT */
/*
 * report_main.c - build/report: make a report from a result that was kept
 *
 * Problem   Grading a class takes a while.  Whoever wants another report of it
 *           should not have to grade it again.
 * Idea      `build/grade --format=json` keeps the result; this program reads it
 *           and prints any of the reports.  The tests of the reports use it
 * too.
 *
 *             build/report html <result.json >gradebook.html
 *
 * Rules     1. "progress" is a report here, besides the formats.
 *           2. Status 125 means that the command or the document is wrong.
 * Read      tests/grader/SCHEMA.md
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "grader/report.h"

/* The status of a program that could not even begin, as in minibox. */
enum { EXIT_USAGE = 125 };

int main(int argc, char **argv)
{
    int format = argc == 2 ? report_format(argv[1]) : -1;
    int progress = argc == 2 && strcmp(argv[1], "progress") == 0;
    int colour = isatty(STDOUT_FILENO);
    json_error_t why;

    if (format < 0 && !progress) {
        fprintf(stderr, "usage: report terminal|json|junit|tap|gradescope|csv"
                        "|html|progress <RESULT.json\n");
        return EXIT_USAGE;
    }
    json_auto_t *result = json_loadf(stdin, 0, &why);
    if (!result) {
        fprintf(stderr, "report: line %d: %s\n", why.line, why.text);
        return EXIT_USAGE;
    }
    if (progress)
        report_progress(result, stdout, colour);
    else if (report_write(format, result, stdout, colour) < 0) {
        perror("report: write");
        return 1;
    }
    return 0;
}
