/* SPDX-License-Identifier: MIT */
/*
 * exam.c - holding an exam: Check runs it, a record says how it went
 *
 * Problem   A mark must not be forged, and a failed test must teach.  Check
 *           gives a verdict and a line of text; its verdict is the exit status
 *           of a process, so the process must be one that we trust.
 * Idea      Each test is a Check test in a process of its own that runs no
 *           student code.  When it fails it leaves a record, in JSON, in a file
 *           without a name that only the judge holds; Check's verdict and the
 *           record together make the result:
 *
 *             Check says      record    the result
 *             passed          none      passed
 *             failed          yes       failed, as the record says
 *             anything else             failed, cause "grader": our fault
 *
 * Rules     1. A result is printed as soon as there is one: what a crash of the
 *              judge leaves is the results so far.
 *           2. CK_* variables of the environment are Check's switches (one
 *              turns forking off): they are cleared.
 *           3. Two tests that never end are enough: the others are not tried.
 * Read      Check's manual; SCHEMA.md
 */
#include "grader/exam.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "grader/worker.h"

enum { MAX_TESTS = 60, MAX_RECORD = 256 * 1024 };

struct exam_test {
    int step;
    enum kind kind;
    const TTest *test;
    const char *title;
};
struct exam {
    struct exam_test tests[MAX_TESTS];
    int n;
};

/* What the running test needs to know; set before Check forks it. */
static struct {
    const struct sitting *sitting;
    const struct exam_test *test;
    int record; /* a file in memory */
} now;

const struct sitting *exam_sitting(void)
{
    return now.sitting;
}

const char *exam_current(void)
{
    return now.test->test->name;
}

void exam_add(struct exam *exam, int step, enum kind kind, const TTest *test,
              const char *title)
{
    if (exam->n == MAX_TESTS)
        abort();
    exam->tests[exam->n++] = (struct exam_test){step, kind, test, title};
}

double exam_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* ---- in the test's process ---------------------------------------------- */

const char *text(const char *fmt, ...)
{
    char *result = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&result, fmt, ap) < 0)
        abort();
    va_end(ap);
    return result;
}

int pick(int low, int high)
{
    return low + random() % (high - low + 1);
}

const char *pick_word(void)
{
    char word[7] = "";

    for (int i = 0; i < 6; i++)
        word[i] = 'a' + random() % 26;
    return text("%s", word);
}

json_t *exam_string(const char *value)
{
    json_t *string = json_string(value);

    if (string)
        return string;
    mb_autofree char *ascii = mb_strdup(value);
    for (char *p = ascii; *p; p++)
        if (*p & 0x80)
            *p = '?';
    return json_string(ascii);
}

/* Put a text into the record, if there is one. */
static void set_text(json_t *record, const char *name, const char *value)
{
    if (value && *value)
        json_object_set_new(record, name, exam_string(value));
}

/* Is the blank of this test's step, or of one before, still blank? */
static const char *not_written(void)
{
    for (int step = 1; step <= now.test->step; step++) {
        const char *said = worker_said(text("step %d: not written yet", step));
        if (said)
            return said;
    }
    return NULL;
}

void exam_flunk(const struct finding *f)
{
    json_t *record = json_object();
    const char *ran = f->ran ? f->ran : worker_ran();
    const char *cause = f->cause ? f->cause : "assertion";

    bool blank = strcmp(cause, "assertion") == 0 && not_written();
    set_text(record, "cause", blank ? "not-written" : cause);
    set_text(record, "ran", ran);
    set_text(record, "expected", f->expected);
    set_text(record, "observed", f->observed);
    set_text(record, "shows", f->shows);
    set_text(record, "why", f->why);
    set_text(record, "hint", blank ? NULL : f->hint);
    set_text(record, "output", worker_output());
    json_dumpfd(record, now.record, JSON_COMPACT);
    worker_kill(); /* Check runs no teardown for a test that fails */
    ck_abort_msg("%s", f->observed ? f->observed : "failed");
    abort();
}

void exam_require_int(const char *name, long value, const struct finding *f)
{
    const char *told = worker_told(name);
    struct finding full = *f;
    char *end;

    if (told && *told && strtol(told, &end, 10) == value && !*end)
        return;
    const char *message = worker_told(text("%s.msg", name));
    if (!full.expected)
        full.expected = text("%s %ld", name, value);
    if (!full.why)
        full.why = "the header says what the function returns, and when";
    if (!full.observed)
        full.observed =
            text("%s %s%s%s%s", name, told ? told : "was never reached",
                 message && *message ? " (" : "", message ? message : "",
                 message && *message ? ")" : "");
    exam_flunk(&full);
}

void exam_require_text(const char *name, const char *value,
                       const struct finding *f)
{
    const char *told = worker_told(name);
    struct finding full = *f;

    if (told && strcmp(told, value) == 0)
        return;
    if (!full.expected)
        full.expected = text("%s \"%s\"", name, value);
    if (!full.why)
        full.why = "it is what the other side sent, byte by byte";
    if (!full.observed)
        full.observed = told ? text("%s \"%s\"", name, told)
                             : text("%s was never reached", name);
    exam_flunk(&full);
}

/* ---- in the judge's process --------------------------------------------- */

/* Seed the random numbers: another row for each test, the same for each run
 * with this seed. */
static void test_setup(void)
{
    unsigned long seed = now.sitting->seed;

    /* Its cage dies with this process, which shall die with the judge. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const char *p = exam_current(); *p; p++)
        seed = seed * 31 + (unsigned char)*p;
    srandom(seed);
}

static void test_teardown(void)
{
    worker_kill();
}

/* Check's verdict on the test that `now` describes. */
static enum test_result run_test(char *message, size_t size)
{
    Suite *suite = suite_create("exam");
    TCase *tc = tcase_create(exam_current());
    SRunner *runner = srunner_create(suite);
    enum test_result verdict = CK_ERROR;

    tcase_add_checked_fixture(tc, test_setup, test_teardown);
    tcase_set_timeout(tc, now.sitting->patience * 6 + 10);
    tcase_add_test(tc, now.test->test);
    suite_add_tcase(suite, tc);
    srunner_set_fork_status(runner, CK_FORK);
    srunner_run_all(runner, CK_SILENT);
    if (srunner_ntests_run(runner) == 1) {
        TestResult **results = srunner_results(runner);
        verdict = tr_rtype(results[0]);
        snprintf(message, size, "%s", tr_msg(results[0]));
        free(results);
    }
    srunner_free(runner);
    return verdict;
}

/* What the test left in the record, or NULL. */
static json_t *take_record(void)
{
    mb_autofree char *buffer = mb_alloc(MAX_RECORD);

    ssize_t n = pread(now.record, buffer, MAX_RECORD, 0);
    return n > 0 ? json_loadb(buffer, n, 0, NULL) : NULL;
}

/* TEST of SCHEMA.md for the test that `now` describes, before it is held:
 * failed, for the reason OBSERVED. */
static json_t *new_result(const char *cause, const char *observed)
{
    static const char *const kinds[] = {"value", "mechanism", "effect", "host"};

    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:n, s:n, s:s, s:n, s:n, "
                     "s:n, s:n, s:n, s:f}",
                     "id", exam_current(), "step", now.test->step, "kind",
                     kinds[now.test->kind], "title", now.test->title, "status",
                     "failed", "cause", cause, "ran", "expected", "observed",
                     observed, "shows", "output", "why", "hint", "hint_text",
                     "seconds", 0.0);
}

/* Hold one test, and fill its result. */
static json_t *hold_test(void)
{
    double from = exam_clock();
    char message[500] = "";

    now.record = memfd_create("record", MFD_CLOEXEC);
    enum test_result verdict = run_test(message, sizeof message);
    json_t *record = verdict == CK_FAILURE ? take_record() : NULL;
    json_t *result = new_result("grader", "");
    set_text(result, "observed", message);
    if (verdict == CK_PASS) {
        json_object_set_new(result, "status", json_string("passed"));
        json_object_set_new(result, "cause", json_null());
        json_object_set_new(result, "observed", json_null());
    } else if (record) {
        json_object_set_new(result, "observed", json_null());
        json_object_update(result, record);
        json_decref(record);
    }
    json_object_set_new(result, "seconds", json_real(exam_clock() - from));
    close(now.record);
    return result;
}

static bool is_stuck(const json_t *result)
{
    const char *cause = json_string_value(json_object_get(result, "cause"));

    return cause && strcmp(cause, "time-out") == 0;
}

/* Check's switches: rule 2. */
static void clear_switches(void)
{
    for (char **e = environ; *e;) {
        mb_autofree char *name = mb_strndup(*e, strcspn(*e, "="));
        if (strncmp(name, "CK_", 3) == 0)
            unsetenv(name); /* and the next one moves up */
        else
            e++;
    }
}

int exam_hold(void (*fill)(struct exam *exam), const struct sitting *sitting,
              FILE *out)
{
    struct exam exam = {.n = 0};
    int stuck = 0;

    clear_switches();
    fill(&exam);
    now.sitting = sitting;
    for (int i = 0; i < exam.n; i++) {
        now.test = &exam.tests[i];
        json_t *result;
        if (!sitting)
            result = new_result("grader", "the judge ended before this test");
        else if (stuck >= 2) /* a loop costs patience once per test: rule 3 */
            result = new_result("time-out", "not tried: two tests before it "
                                            "never came to an end");
        else
            result = hold_test();
        stuck += is_stuck(result);
        json_dumpf(result, out, JSON_COMPACT);
        fputc('\n', out);
        fflush(out); /* rule 1 */
        json_decref(result);
    }
    return exam.n;
}
