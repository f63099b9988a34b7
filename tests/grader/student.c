/* SPDX-License-Identifier: MIT */
/*
 * student.c - what helps a student along: hints, and grading on every save
 *
 * Problem   Who is stuck needs the next small push, not the solution.  Who
 *           works wants to see at once what the last change did.
 * Idea      Grade, find the first step that fails, and show one rung more of
 *           its ladder than last time:
 *
 *             1 where to look, 2 which rule is broken, 3 the code's shape
 *
 *           To watch, let the kernel tell when a file was saved (inotify).
 * Rules     1. Editors save by writing the file, or by moving a new one into
 *              its place: watch the directory, for both, and for removal.
 * Read      inotify(7)
 */
#include "grader/student.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "grader/report.h"

char *student_dir(const char *dir, const struct exercise *exercise)
{
    static const char *const patterns[] = {"exercises/", ""};

    for (int i = 0; i < 2; i++) {
        char *path = mb_printf("%s/%s%s", dir, patterns[i], exercise->slug);
        if (access(path, F_OK) == 0)
            return path;
        free(path);
    }
    return mb_strdup(dir);
}

/* All that there is to say of one exercise. */
static void show(const struct grading *g, json_t *exercise)
{
    int colour = isatty(STDOUT_FILENO);
    json_t *result = grade_new_result(g, NULL);

    report_terminal_exercise(exercise, stdout, colour);
    grade_add(result, json_incref(exercise));
    report_terminal_end(result, stdout, colour);
    json_decref(result);
}

/* ---- hints -------------------------------------------------------------- */

/* The first step without points; 0: all have them; -1: it does not compile. */
static int first_open_step(const json_t *exercise)
{
    json_t *steps = json_object_get(exercise, "steps"), *step;
    size_t i;

    if (json_is_string(json_object_get(exercise, "reason")))
        return -1;
    json_array_foreach(steps, i, step)
    {
        const char *status = json_string_value(json_object_get(step, "status"));
        if (status && strcmp(status, "passed") != 0)
            return json_integer_value(json_object_get(step, "step"));
    }
    return 0;
}

/* Show the next rung of STEP. */
static void show_rung(const struct exercise *exercise, const char *dir,
                      int step)
{
    static const char *const names[] = {"where to look", "the rule",
                                        "the shape of the code"};
    int used = course_hints_of_step(dir, step);
    int rung = used < 3 ? used + 1 : 3;
    mb_autofree char *hint = course_hint(exercise, step, rung);

    printf("Exercise %.2s, step %d, hint %d of 3: %s\n\n%s\n\n", exercise->slug,
           step, rung, names[rung - 1], hint ? hint : "(there is none)");
    if (used < 3)
        course_note_hint(dir, step);
    if (rung < 3)
        printf("For the next one: make hint EX=%.2s\n", exercise->slug);
    else
        printf("Still stuck?  This fills in the steps up to %d (your file is "
               "kept as .before):\n    make skeleton EX=%.2s FROM=%d\n",
               step, exercise->slug, step + 1);
}

int student_hint(const struct grading *g, const struct exercise *exercise,
                 const char *dir)
{
    mb_autofree char *where = student_dir(dir, exercise);
    json_t *result = grade_exercise(g, exercise, where);
    int step = first_open_step(result);

    if (step > 0)
        show_rung(exercise, where, step);
    else if (step == 0)
        printf("Exercise %.2s is done: no hint needed.\n", exercise->slug);
    else
        show(g, result);
    json_decref(result);
    return 0;
}

/* ---- watch
 * ------------------------------------------------------------------- */

/* Wait until a .c file in the watched directory was saved. */
static int wait_for_save(int notify)
{
    char buffer[4096] __attribute__((aligned(8)));
    bool saved = false;

    while (!saved) {
        ssize_t n = read(notify, buffer, sizeof buffer);
        if (n <= 0)
            return -1;
        for (char *p = buffer; p < buffer + n;) {
            const struct inotify_event *e = (const void *)p;
            saved |= e->len > 0 && ends_with(e->name, ".c");
            p += sizeof *e + e->len;
        }
    }
    return 0;
}

static void grade_and_show(const struct grading *g,
                           const struct exercise *exercise, const char *where)
{
    time_t now = time(NULL);
    json_t *result = grade_exercise(g, exercise, where);
    char clock[20];

    strftime(clock, sizeof clock, "%H:%M:%S", localtime(&now));
    if (isatty(STDOUT_FILENO))
        fputs("\033[H\033[2J", stdout);
    printf("-- %s --\n", clock);
    show(g, result);
    printf("Watching %s; Ctrl-C ends.\n", where);
    fflush(stdout);
    json_decref(result);
}

int student_watch(const struct grading *g, const struct exercise *exercise,
                  const char *dir)
{
    mb_autofree char *where = student_dir(dir, exercise);
    mb_autoclose int notify = inotify_init1(IN_CLOEXEC);

    if (notify < 0 ||
        inotify_add_watch(notify, where,
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE) < 0) {
        fprintf(stderr, "grade: watch %s: %s\n", where, strerror(errno));
        return 2;
    }
    do
        grade_and_show(g, exercise, where);
    while (wait_for_save(notify) == 0);
    return 0;
}
