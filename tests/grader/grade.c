/* SPDX-License-Identifier: MIT */
/*
 * grade.c - one exercise, from the student's file to points
 *
 * Problem   Between a file and a mark lie a copy, a compiler, a dozen tests,
 *           and any of them may fail in any way.  A mark is needed all the
 *           same.
 * Idea      One stretch after the other; whichever ends it leaves its reason
 *           in the result:
 *
 *             take -> build -> choose a lab -> hold the exam -> count points
 *
 *           The exam is held in a process of its own (or in a guest).  Before
 *           it starts each test has a result already, "the judge ended before
 *           this test"; what comes back replaces that.
 * Rules     1. A step's points are given when each of its tests has passed,
 *              by name.  A test without a result has failed.
 *           2. Patience is measured: what a slow machine needs to compile, it
 *              needs to run.
 * Read      SCHEMA.md
 */
#include "grader/grade.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/lab.h"
#include "grader/submission.h"
#include "linux/spawn.h"

/* Everything about the exercise that is being graded. */
struct job {
    const struct grading *g;
    const struct exercise *exercise;
    struct steps steps;
    struct strv files;
    struct workshop shop;
    double patience;
    json_t *result; /* EXERCISE of SCHEMA.md */
};

/* ---- the exam ----------------------------------------------------------- */

/* Put a line of the judge's in the place of the result that it has the id of.
 */
static void take_line(json_t *tests, const char *line)
{
    json_t *result = json_loads(line, 0, NULL), *test;
    const char *id = json_string_value(json_object_get(result, "id"));
    size_t i;

    json_array_foreach(tests, i, test)
    {
        const char *known = json_string_value(json_object_get(test, "id"));
        if (id && known && strcmp(id, known) == 0)
            json_array_set(tests, i, result);
    }
    json_decref(result);
}

/* The results of all tests, before they are held. */
static json_t *blank_tests(const struct exercise *exercise)
{
    mb_autofree char *lines = NULL;
    json_t *tests = json_array();
    size_t size;
    FILE *out = open_memstream(&lines, &size);

    exam_hold(exercise->fill, NULL, out);
    fclose(out);
    for (char *rest = lines, *line; (line = strsep(&rest, "\n"));)
        if (*line)
            json_array_append_new(tests, json_loads(line, 0, NULL));
    return tests;
}

/* The judge: a process of its own that ends with us. */
static _Noreturn void be_judge(const struct job *job, int out_fd)
{
    const struct sitting sitting = {
        .worker = "worker",
        .worker_dir = job->shop.work,
        .spare_dir = job->shop.spare,
        .kind = CAGE_NAMESPACES,
        .seed = job->g->seed,
        .patience = job->patience,
    };
    FILE *out = fdopen(out_fd, "w");

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    exam_hold(job->exercise->fill, &sitting, out);
    fclose(out);
    _exit(0);
}

/* Hold it here: read the judge's lines as they come. */
static int hold_here(const struct job *job, json_t *tests, struct mb_error *err)
{
    mb_autofree char *line = NULL;
    size_t size = 0;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    fflush(NULL);
    pid_t judge = fork();
    if (judge == 0)
        be_judge(job, fds[1]);
    close(fds[1]);
    mb_autofile FILE *in = fdopen(fds[0], "r");
    while (judge > 0 && getline(&line, &size, in) > 0)
        take_line(tests, line);
    if (judge < 0)
        return mb_fail(err, "fork the judge");
    (void)spawn_wait(judge, NULL);
    return 0;
}

/* Hold it in a guest. */
static int hold_there(const struct job *job, json_t *tests,
                      struct mb_error *err)
{
    mb_autobuf struct buf lines = BUF_INIT;

    if (lab_hold_in_guest(job->g, job->exercise, job->shop.work, &lines, err) <
        0)
        return -1;
    for (char *rest = lines.s, *line; (line = strsep(&rest, "\n"));)
        if (*line == '{')
            take_line(tests, line);
    return 0;
}

/* ---- points ------------------------------------------------------------- */

/* Rule 1.  A step without tests is worth nothing: that would be our mistake. */
static bool step_passed(const json_t *tests, int step)
{
    bool any = false;
    json_t *test;
    size_t i;

    json_array_foreach(tests, i, test)
    {
        const char *status = json_string_value(json_object_get(test, "status"));
        if (json_integer_value(json_object_get(test, "step")) != step)
            continue;
        if (!status || strcmp(status, "passed") != 0)
            return false;
        any = true;
    }
    return any;
}

/* Is the blank of STEP still in the student's file?  The statement counts, not
 * the comment above it, which is worth keeping. */
static bool is_todo(const struct job *job, const struct step *step)
{
    mb_autofree char *path = mb_printf("%s/%s", job->shop.work, step->file);
    mb_autofree char *mark = mb_printf("// TODO step %d:", step->number);
    mb_autobuf struct buf source = BUF_INIT;

    if (fs_read(AT_FDCWD, path, 1 << 20, &source, NULL) < 0)
        return false;
    const char *line = strstr(source.s, mark);
    while (line && strncmp(line, "//", 2) == 0) { /* the comment's lines */
        line = strchr(line, '\n');
        line = line ? line + strspn(line, " \n") : NULL;
    }
    return line && starts_with(line, step->blank);
}

/* Fill in the steps and the points. */
static void count_points(struct job *job, json_t *tests)
{
    json_t *steps = json_object_get(job->result, "steps");
    int points = 0, max = 0;

    for (int i = 0; i < job->steps.n; i++) {
        const struct step *s = &job->steps.v[i];
        bool passed = step_passed(tests, s->number);
        const char *status = passed            ? "passed"
                             : is_todo(job, s) ? "todo"
                                               : "failed";
        points += passed ? s->points : 0;
        max += s->points;
        json_array_append_new(
            steps, json_pack("{s:i, s:s, s:i, s:i, s:s}", "step", s->number,
                             "task", s->task, "points", passed ? s->points : 0,
                             "max_points", s->points, "status", status));
    }
    json_object_set_new(job->result, "points", json_integer(points));
    json_object_set_new(job->result, "max_points", json_integer(max));
    json_object_set_new(job->result, "status",
                        json_string(points == max ? "passed" : "failed"));
}

/* Give each failure the text of the mistake that it looks like. */
static void add_hints(const struct exercise *exercise, json_t *tests)
{
    json_t *test;
    size_t i;

    json_array_foreach(tests, i, test)
    {
        const char *id = json_string_value(json_object_get(test, "hint"));
        mb_autofree char *hint = id ? course_mistake(exercise, id) : NULL;
        if (hint)
            json_object_set_new(test, "hint_text", json_string(hint));
    }
}

/* ---- the stretches
 * ------------------------------------------------------------ */

/* No tests, for this reason. */
static void set_reason(struct job *job, const char *status, const char *reason,
                       const char *details)
{
    json_object_set_new(job->result, "status", json_string(status));
    json_object_set_new(job->result, "reason", exam_string(reason));
    if (details && *details)
        json_object_set_new(job->result, "details", exam_string(details));
}

/* Our own fault: the student must neither gain nor lose by it. */
static void set_our_fault(struct job *job, const struct mb_error *err)
{
    mb_autofree char *reason = mb_printf("could not be graded: %s", err->msg);

    set_reason(job, "skipped", reason, err->hint);
    json_object_set_new(job->result, "lab", json_string("none"));
}

static bool is_untouched(const struct job *job)
{
    for (int i = 0; i < job->steps.n; i++)
        if (!is_todo(job, &job->steps.v[i]))
            return false;
    return true;
}

/* Take and build.  0: there is a worker. */
static int prepare(struct job *job, const char *dir)
{
    mb_autofree char *parts =
        mb_printf("%s/grader/%s", job->g->build, job->exercise->slug);
    mb_autofree char *headers = mb_printf("%s/grader/include", job->g->build);
    struct refusal refusal = {0};
    struct mb_error err = {0};
    double from = exam_clock();

    int result = submission_take(dir, &job->files, &job->shop, &refusal);
    if (result == 0 && job->g->quick && is_untouched(job))
        return 1;
    if (result == 0)
        result = submission_build(&job->files, &job->shop, parts, headers,
                                  &refusal, &err);
    /* Rule 2: 0.3 seconds are usual. */
    double slow = (exam_clock() - from) / 0.3;
    job->patience = slow < 1 ? 4 : slow > 10 ? 40 : 4 * slow;
    if (refusal.reason)
        set_reason(job, "failed", refusal.reason, refusal.details);
    else if (result != 0)
        set_our_fault(job, &err);
    else if (*refusal.details) /* warnings: shown if the exam fails */
        json_object_set_new(job->result, "details",
                            exam_string(refusal.details));
    submission_free_refusal(&refusal);
    return result;
}

/* Hold the exam where it can be held, and count. */
static void examine(struct job *job, json_t *tests)
{
    struct mb_error err = {0};
    enum lab lab = lab_choose(job->exercise, job->g->lab, &err);

    if (lab == LAB_AUTO) {
        set_reason(job, "skipped", err.msg, err.hint);
        return;
    }
    json_object_set_new(job->result, "lab",
                        json_string(lab == LAB_VM ? "vm" : "host"));
    int result = lab == LAB_VM ? hold_there(job, tests, &err)
                               : hold_here(job, tests, &err);
    if (result < 0) {
        set_our_fault(job, &err);
        return;
    }
    add_hints(job->exercise, tests);
    json_object_set(job->result, "tests", tests);
}

static json_t *new_exercise(const struct job *job, const char *dir)
{
    mb_autofree char *file = mb_printf("%s/%s", dir, job->files.v[0]);
    mb_autofree char *lesson = mb_printf("lessons/%s.md", job->exercise->slug);

    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:n, s:n, s:i, s:i, s:f, "
                     "s:i, s:[], s:[]}",
                     "exercise", job->exercise->slug, "title",
                     job->exercise->title, "file", exam_string(file), "lesson",
                     lesson, "lab", "none", "status", "failed", "reason",
                     "details", "points", 0, "max_points", 0, "seconds", 0.0,
                     "hints_used", course_hints_used(dir), "steps", "tests");
}

json_t *grade_exercise(const struct grading *g, const struct exercise *exercise,
                       const char *dir)
{
    struct job job = {.g = g, .exercise = exercise};
    struct mb_error err = {0};
    double from = exam_clock();

    if (course_steps(exercise, &job.steps, &err) < 0)
        strv_add(&job.files, "?");
    course_files(&job.steps, &job.files);
    job.result = new_exercise(&job, dir);
    json_t *tests = blank_tests(exercise);
    if (job.steps.n == 0 || workshop_open(&job.shop, &err) < 0)
        set_our_fault(&job, &err);
    else if (prepare(&job, dir) == 0)
        examine(&job, tests);
    const char *status =
        json_string_value(json_object_get(job.result, "status"));
    if (strcmp(status, "skipped") != 0)
        count_points(&job, json_object_get(job.result, "tests"));
    workshop_close(&job.shop);
    course_free_steps(&job.steps);
    strv_done(&job.files);
    json_decref(tests);
    json_object_set_new(job.result, "seconds", json_real(exam_clock() - from));
    return job.result;
}

/* ---- a student's result
 * ------------------------------------------------------- */

json_t *grade_new_result(const struct grading *g, const char *student)
{
    char seed[20], started[40];
    time_t now = time(NULL);

    snprintf(seed, sizeof seed, "%lx", g->seed);
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    return json_pack("{s:s, s:o, s:s, s:s, s:f, s:i, s:i, s:[]}", "format",
                     "minibox-grade-1", "student",
                     student ? exam_string(student) : json_null(), "seed", seed,
                     "started", started, "seconds", 0.0, "points", 0,
                     "max_points", 0, "exercises");
}

void grade_add(json_t *result, json_t *exercise)
{
    static const char *const sums[] = {"points", "max_points"};

    for (int i = 0; i < 2; i++)
        json_object_set_new(
            result, sums[i],
            json_integer(
                json_integer_value(json_object_get(result, sums[i])) +
                json_integer_value(json_object_get(exercise, sums[i]))));
    json_object_set_new(
        result, "seconds",
        json_real(json_real_value(json_object_get(result, "seconds")) +
                  json_real_value(json_object_get(exercise, "seconds"))));
    json_array_append_new(json_object_get(result, "exercises"), exercise);
}

int grade_hold_in_guest(const struct exercise *exercise, unsigned long seed,
                        double patience)
{
    const struct sitting sitting = {
        .worker = "worker",
        .worker_dir = "/work",
        .spare_dir = "/tmp",
        .kind = CAGE_NAMESPACES,
        .seed = seed,
        .patience = patience,
    };

    return exam_hold(exercise->fill, &sitting, stdout) > 0 ? 0 : 1;
}
