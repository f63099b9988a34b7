/* SPDX-License-Identifier: MIT */
/*
 * main.c - build/grade
 *
 * Problem   A student wants one exercise, quickly; an instructor a class of two
 *           hundred; CI a file.  All want the same marks.
 * Idea      One result document, many readers (grader/report):
 *
 *             grade [EXERCISE...]        the student's own work
 *             grade --class DIR -j N     each folder below DIR is a student
 *             --report FORMAT:FILE       as often as you like; the file is
 *                                        rewritten after each exercise, so a
 *                                        crash leaves what was graded so far
 * Rules     1. An ordinary user enters a user namespace at the door, as minibox
 *              does; from there on the judge is root over its cages.
 *           2. Exit status: 0 all points, 1 not all, 2 could not grade.
 * Read      tests/grader/README.md
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/class.h"
#include "grader/grade.h"
#include "grader/report.h"
#include "grader/student.h"
#include "grader/submission.h"
#include "linux/program.h"
#include "linux/userns.h"

enum { EXIT_NOT_ALL = 1, EXIT_NO_GRADE = 2, MAX_REPORTS = 8 };

struct options {
    struct grading grading;
    const char *dir, *class_dir;
    int jobs;
    enum report_format format; /* what stdout gets */
    struct strv reports;       /* FORMAT:FILE */
    bool hint, progress, watch;
    const char *hold; /* internal: the part in the guest */
    double patience;
    struct strv exercises;
};

static const char usage[] =
    "usage: grade [OPTIONS] [EXERCISE...]      (05, or 05-pivot-root)\n"
    "  --dir DIR            where the exercises lie (default: exercises)\n"
    "  --class DIR          each folder below DIR is a student's\n"
    "  -j N                 so many students at a time\n"
    "  --format FORMAT      to stdout: terminal, json, junit, tap, "
    "gradescope,\n"
    "                       csv, html\n"
    "  --report FORMAT:FILE to a file, as often as you like\n"
    "  --seed SEED          repeat the random inputs of an earlier run\n"
    "  --lab auto|host|vm   where the students' code runs\n"
    "  --hint               the next hint for the first step that fails\n"
    "  --progress           what is done, what is next\n"
    "  --watch              grade again whenever the file is saved\n";

/* Say what is wrong with the command line, and end. */
static _Noreturn void wrong_usage(const char *what, const char *value)
{
    fprintf(stderr, "grade: %s \"%s\"; see grade --help\n", what, value);
    exit(EXIT_NO_GRADE);
}

/* ---- the command line --------------------------------------------------- */

static enum report_format parse_format(const char *name)
{
    int format = report_format(name);

    if (format < 0)
        wrong_usage(
            "a format is terminal, json, junit, tap, gradescope, csv or "
            "html, and a report FORMAT:FILE, not",
            name);
    return format;
}

static enum lab parse_lab(const char *name)
{
    static const char *const names[] = {"auto", "host", "vm"};

    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum lab[]){LAB_AUTO, LAB_HOST, LAB_VM}[i];
    wrong_usage("no such lab", name);
}

static int parse_jobs(const char *value)
{
    char *end;
    long jobs = strtol(value, &end, 10);

    if (!*value || *end || jobs < 1 || jobs > 1000)
        wrong_usage("-j takes a number from 1 to 1000, not", value);
    return jobs;
}

static unsigned long parse_seed(const char *value)
{
    char *end;
    unsigned long seed = strtoul(value, &end, 16);

    if (!*value || *end || strlen(value) > 16)
        wrong_usage("a seed is a hexadecimal number, not", value);
    return seed;
}

/* One option; its value in optarg. */
static void take_option(struct options *o, int option)
{
    switch (option) {
    case 'd':
        o->dir = optarg;
        break;
    case 'c':
        o->class_dir = optarg;
        break;
    case 'j':
        o->jobs = parse_jobs(optarg);
        break;
    case 'f':
        o->format = parse_format(optarg);
        break;
    case 'r':
        strv_add(&o->reports, optarg);
        break;
    case 's':
        o->grading.seed = parse_seed(optarg);
        break;
    case 'l':
        o->grading.lab = parse_lab(optarg);
        break;
    case 'h':
        o->hint = true;
        break;
    case 'p':
        o->progress = o->grading.quick = true;
        break;
    case 'w':
        o->watch = true;
        break;
    case 'H':
        o->hold = optarg;
        break;
    case 'P':
        o->patience = atof(optarg);
        break;
    case '?':
        exit(EXIT_NO_GRADE);
    default:
        fputs(usage, stdout);
        exit(0);
    }
}

/* An exercise by number or name; or say which there are. */
static void add_exercise(struct options *o, const char *name)
{
    const struct exercise *exercise = course_find(name);

    if (exercise) {
        strv_add(&o->exercises, exercise->slug);
        return;
    }
    fprintf(stderr, "grade: no exercise \"%s\"; there are:", name);
    for (const struct exercise *e = course; e->slug; e++)
        fprintf(stderr, " %s", e->slug);
    fputc('\n', stderr);
    exit(EXIT_NO_GRADE);
}

static void parse_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"dir", 1, 0, 'd'},      {"class", 1, 0, 'c'},
        {"jobs", 1, 0, 'j'},     {"format", 1, 0, 'f'},
        {"report", 1, 0, 'r'},   {"seed", 1, 0, 's'},
        {"lab", 1, 0, 'l'},      {"hint", 0, 0, 'h'},
        {"progress", 0, 0, 'p'}, {"watch", 0, 0, 'w'},
        {"hold", 1, 0, 'H'},     {"patience", 1, 0, 'P'},
        {"help", 0, 0, 'u'},     {0}};
    int option;

    while ((option = getopt_long(argc, argv, "j:", table, NULL)) >= 0)
        take_option(o, option);
    for (; optind < argc; optind++)
        add_exercise(o, argv[optind]);
    for (size_t i = 0; i < o->reports.n; i++) {
        mb_autofree char *name =
            mb_strndup(o->reports.v[i], strcspn(o->reports.v[i], ":"));
        parse_format(name);
        const char *colon = strchr(o->reports.v[i], ':');
        if (!colon || !colon[1])
            wrong_usage("a report is FORMAT:FILE, not", o->reports.v[i]);
    }
}

/* ---- reports
 * ----------------------------------------------------------------- */

/* Rewrite the file of each --report. */
static void write_reports(const struct options *o, const json_t *result)
{
    for (size_t i = 0; i < o->reports.n; i++) {
        const char *colon = strchr(o->reports.v[i], ':');
        mb_autofree char *name =
            mb_strndup(o->reports.v[i], colon - o->reports.v[i]);
        mb_autofree char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        struct mb_error err = {0};

        report_write(report_format(name), result, out, 0);
        fclose(out);
        if (fs_write(AT_FDCWD, colon + 1, text, size, &err) < 0) {
            fprintf(stderr, "grade: %s\n", err.msg);
            exit(EXIT_NO_GRADE);
        }
    }
}

/* ---- what can be asked for
 * ------------------------------------------------------ */

static bool is_wanted(const struct options *o, const struct exercise *e)
{
    return o->exercises.n == 0 || strv_has(&o->exercises, e->slug);
}

/* Grade one student's work, showing each exercise as it comes. */
static json_t *grade_all(const struct options *o)
{
    bool show = o->format == REPORT_TERMINAL && !o->progress;
    json_t *result = grade_new_result(&o->grading, NULL);
    int colour = isatty(STDOUT_FILENO);

    write_reports(o, result);
    for (const struct exercise *e = course; e->slug; e++) {
        if (!is_wanted(o, e))
            continue;
        mb_autofree char *dir = student_dir(o->dir, e);
        json_t *exercise = grade_exercise(&o->grading, e, dir);
        grade_add(result, exercise);
        if (show)
            report_terminal_exercise(exercise, stdout, colour);
        fflush(stdout);
        write_reports(o, result);
    }
    if (show)
        report_terminal_end(result, stdout, colour);
    return result;
}

static bool has_all_points(const json_t *result)
{
    return json_integer_value(json_object_get(result, "points")) ==
           json_integer_value(json_object_get(result, "max_points"));
}

/* grade [EXERCISE...], in every format, and the page of progress. */
static int run_student(const struct options *o)
{
    json_t *result = grade_all(o);
    int status = has_all_points(result) ? 0 : EXIT_NOT_ALL;

    if (o->progress) {
        report_progress(result, stdout, isatty(STDOUT_FILENO));
        status = 0;
    } else if (o->format != REPORT_TERMINAL)
        report_write(o->format, result, stdout, 0);
    json_decref(result);
    return status;
}

static int run_class(const struct options *o)
{
    struct mb_error err = {0};
    json_t *result =
        class_grade(&o->grading, o->class_dir, o->jobs, &o->exercises, &err);

    if (!result) {
        fprintf(stderr, "grade: %s\n", err.msg);
        return EXIT_NO_GRADE;
    }
    write_reports(o, result);
    report_write(o->format, result, stdout, isatty(STDOUT_FILENO));
    json_decref(result);
    return 0;
}

static const struct exercise *only_exercise(const struct options *o)
{
    if (o->exercises.n != 1)
        wrong_usage("name one exercise, as in", "EX=05");
    return course_find(o->exercises.v[0]);
}

static int run(const struct options *o)
{
    if (o->hold)
        return grade_hold_in_guest(course_find(o->hold), o->grading.seed,
                                   o->patience);
    workshop_sweep();
    if (o->class_dir && (o->hint || o->watch || o->progress))
        wrong_usage("hints, watch and progress are not for", "--class");
    if (o->class_dir)
        return run_class(o);
    if (o->hint)
        return student_hint(&o->grading, only_exercise(o), o->dir);
    if (o->watch)
        return student_watch(&o->grading, only_exercise(o), o->dir);
    return run_student(o);
}

int main(int argc, char **argv)
{
    struct options o = {.dir = "exercises", .jobs = 1, .patience = 5};
    mb_autofree char *self = program_sibling("");
    struct mb_error err = {0};
    unsigned seed = 0;

    (void)!getrandom(&seed, sizeof seed, 0);
    o.grading.seed = seed;
    o.grading.build = self;
    parse_options(argc, argv, &o);
    if (userns_enter(&err) < 0) /* rule 1; the guest needs no namespaces */
        o.grading.lab = LAB_VM;
    int status = run(&o);
    strv_done(&o.exercises);
    strv_done(&o.reports);
    return status;
}
