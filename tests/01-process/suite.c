/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 01: a process starts, or says why not, and ends
 *
 * Problem   A wrong wait shows only when the child is slow, when there is
 *           another child, or when a signal comes in between.
 * Idea      The child holds still until the judge lets it go:
 *
 *             judge                 parent                 child
 *               | asleep?     --->  in waitpid(2)          holds
 *               | SIGUSR1     --->  interrupted, and again
 *               | go          ------------------------->   ends
 *               | its children now?  its result?
 *
 * Rules     1. A parent that returned too early sleeps as well, in a hold; then
 *              its child is still in the list of its children.
 * Read      wait(2), proc(5); worker.c is the other side
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "linux/spawn.h"

/* ---- step 1 -------------------------------------------------------------- */

/* What the worker told of a status, or -1. */
static int code_for(int status)
{
    const char *told = worker_told(text("code for 0x%04x", status));

    return told ? atoi(told) : -1;
}

/* Which mistake makes CODE out of the status of an exit? */
static const char *exit_mistake(int status, int code)
{
    if (code == status)
        return "raw-status";
    return code == 128 + (status & 127) ? "exit-as-signal" : NULL;
}

START_TEST(an_exit_gives_its_code)
{
    const char *list = "";

    for (int code = 255; code >= 0; code--)
        list = text("%s %d", list, code << 8);
    worker_start("spawn_exit_code() for exit(0) to exit(255)", "decode",
                 text("statuses=%s", list), NULL);
    worker_end();
    for (int code = 1; code <= 256; code++) {
        int status = code % 256 << 8; /* exit(0) last: 0 is too easily right */
        int got = code_for(status);
        REQUIRE(got == code % 256,
                .expected =
                    text("spawn_exit_code(0x%04x) is %d", status, code % 256),
                .observed = text("it is %d", got),
                .why = "a wait status is no exit code: the code is in the "
                       "second byte from the right (rule 3)",
                .hint = exit_mistake(status, got));
    }
}
END_TEST

/* Which mistake makes CODE out of the status of an end by a signal? */
static const char *signal_mistake(int status, int code)
{
    if (code == (status & 127))
        return "signal-bare";
    if (code == 128 + status)
        return "core-dump-counted";
    return code == 0 ? "signal-as-exit" : NULL;
}

START_TEST(a_signal_gives_128_plus_its_number)
{
    const char *list = "";

    for (int number = 64; number > 0; number--)
        list = text("%s %d %d", list, number, number | 0x80);
    worker_start("spawn_exit_code() for signals 1 to 64, with and without a "
                 "core dump",
                 "decode", text("statuses=%s", list), NULL);
    worker_end();
    for (int i = 2; i < 130; i++) {
        int number = i / 2, status = number | (i % 2 ? 0x80 : 0);
        int got = code_for(status);
        REQUIRE(got == 128 + number,
                .expected =
                    text("spawn_exit_code(0x%04x) is %d: signal %d%s", status,
                         128 + number, number, i % 2 ? ", core dumped" : ""),
                .observed = text("it is %d", got),
                .why = "who was ended by a signal has no exit code; the shell "
                       "and Docker say 128 plus the signal's number",
                .hint = signal_mistake(status, got));
    }
}
END_TEST

/* ---- step 2 -------------------------------------------------------------- */

static struct {
    pid_t parent, child;
    int other; /* the exit code of the parent's other child, a zombie */
} waiting;

/* Wait until a process sleeps.  false: it runs, and has used a third of a
 * second of processor time.  (waitpid(2) with WNOHANG shows as state S, too;
 * the file "syscall" knows better.) */
static bool falls_asleep(pid_t pid)
{
    time_t limit = time(NULL) + exam_sitting()->patience;

    do {
        if (strncmp(see_proc(pid, "syscall"), "running", 7) != 0)
            return true;
        sched_yield();
    } while (atof(see_proc(pid, "schedstat")) < 0.3e9 && time(NULL) < limit);
    return false;
}

/* A parent calls spawn_wait() for a child that will end with HOW=NUMBER. */
static void start_wait(const char *how, int number)
{
    waiting.other = number % 100 + 1;
    worker_start(text("spawn_wait() for a child that ends: %s %d", how, number),
                 "wait", text("%s=%d", how, number),
                 text("other=%d", waiting.other), NULL);
    waiting.child = worker_hold("child");
    waiting.parent = worker_pid();
}

/* The child ends; spawn_wait() returns. */
static void end_wait(void)
{
    worker_go("child");
    worker_hold("waited");
}

static const char *children_of(pid_t pid)
{
    return see_proc(pid, text("task/%d/children", pid));
}

/* Rule 1. */
static void require_reaped(void)
{
    const char *state = see_status(waiting.child, "State");

    REQUIRE(!*state, .expected = "the child has ended, and is no zombie",
            .observed = text("it is there, in state %s", state),
            .shows =
                text("children of the parent: %s", children_of(waiting.parent)),
            .why = "a process that ended keeps its number until its parent "
                   "takes its status with waitpid(2)",
            .hint = "did-not-wait");
}

START_TEST(it_sleeps_until_the_child_ends)
{
    int code = pick(101, 255);

    start_wait("exit", code);
    bool asleep = falls_asleep(waiting.parent);
    end_wait();
    require_reaped();
    REQUIRE_INT("result", code, .hint = "wrong-result");
    REQUIRE(asleep, .expected = "the parent sleeps while the child runs",
            .observed = "it runs all the time",
            .why = "a parent that asks again and again uses a whole processor "
                   "for nothing; the kernel wakes it when the child ends",
            .hint = "busy-waiting");
}
END_TEST

START_TEST(a_signal_does_not_end_the_waiting)
{
    int code = pick(101, 255);

    start_wait("exit", code);
    for (int i = 0; i < 3; i++) {
        if (!falls_asleep(waiting.parent))
            break;
        kill(waiting.parent, SIGUSR1);
    }
    end_wait();
    const char *error = worker_told("result.errno");
    REQUIRE_INT("result", code,
                .why = "a signal handler that ran meanwhile makes waitpid(2) "
                       "fail with EINTR; the child still runs",
                .hint = error && atoi(error) == EINTR ? "interrupted"
                                                      : "wrong-result");
    require_reaped();
}
END_TEST

START_TEST(it_waits_for_this_child_only)
{
    static const int numbers[] = {SIGHUP,  SIGINT,  SIGKILL, SIGUSR2,
                                  SIGSEGV, SIGALRM, SIGTERM, SIGSYS};
    int number = numbers[pick(0, 7)];

    start_wait("signal", number);
    (void)falls_asleep(waiting.parent);
    end_wait();
    const char *left = children_of(waiting.parent);
    const char *told = worker_told("result");
    REQUIRE(told && atoi(told) != waiting.other,
            .expected = text("the status of the child with this number: %d",
                             128 + number),
            .observed = text("%d: that of another child, which had ended "
                             "before",
                             waiting.other),
            .why = "wait(2), or waitpid(2) for -1, takes any child",
            .hint = "any-child");
    REQUIRE_INT("result", 128 + number, .hint = "wrong-result");
    require_reaped();
    REQUIRE(*left, .expected = "the status of the other child is not taken",
            .observed = "it is gone",
            .why = "somebody else may wait for it, and would wait in vain",
            .hint = "any-child");
}
END_TEST

/* The function returned -1, and handed errno on. */
static void require_error(int number, const char *why, const char *mistake)
{
    REQUIRE_INT("result", -1, .why = why, .hint = mistake);
    REQUIRE_INT("result.errno", number,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = mistake);
}

START_TEST(no_such_child_is_an_error)
{
    worker_start("spawn_wait() for a child that was waited for before",
                 "nobody", NULL);
    worker_end();
    require_error(ECHILD, "there is no status to return", "error-ignored");
}
END_TEST

/* ---- step 3 -------------------------------------------------------------- */

static struct {
    const char *msg, *hint;
    int errnum, code;
} sent;

/* Start ACT with a random error, and one argument MORE. */
static void start_with_error(const char *ran, const char *act, const char *more)
{
    sent.msg = text("mount %s: %s", pick_word(), pick_word());
    sent.hint = text("try %s", pick_word());
    sent.errnum = pick(2, 100);
    sent.code = pick(130, 250);
    worker_start(ran, act, text("msg=%s", sent.msg), text("hint=%s", sent.hint),
                 text("errno=%d", sent.errnum), text("code=%d", sent.code),
                 more, NULL);
}

/* What the other side has is what was sent, each part of it. */
static void require_the_error(const char *mistake)
{
    const char *why = "the parent shows the child's own words: text, hint, "
                      "errno and exit status";

    REQUIRE_TEXT("error.msg", sent.msg, .why = why, .hint = mistake);
    REQUIRE_TEXT("error.hint", sent.hint, .why = why, .hint = mistake);
    REQUIRE_INT("error.errno", sent.errnum, .why = why, .hint = mistake);
    REQUIRE_INT("error.code", sent.code, .why = why, .hint = mistake);
}

START_TEST(the_error_arrives_in_one_message)
{
    int size = sizeof(struct mb_error);

    start_with_error("handshake_fail() in a child", "fail", NULL);
    worker_end();
    REQUIRE_INT("messages", 1,
                .why = "the parent reads one message, and knows by its size "
                       "that it is whole",
                .hint = "not-one-message");
    const char *told = worker_told("bytes");
    size_t bytes = told ? atoi(told) : 0;
    REQUIRE_INT("bytes", size, .expected = text("%d bytes: *err", size),
                .why =
                    "all of *err goes in one message; sizeof err is the size "
                    "of the pointer",
                .hint = bytes == sizeof(void *) ? "size-of-pointer"
                                                : "not-one-message");
    require_the_error("not-one-message");
}
END_TEST

/* The child of act "fail" must have ended with CODE. */
static void require_child_exit(int code, const char *mistake)
{
    const char *told = worker_told("child");
    int status = told ? atoi(told) : -1;

    REQUIRE(!worker_told("back"), .expected = "handshake_fail() never returns",
            .observed = "it came back to its caller",
            .why = "the child would go on as a second copy of its parent",
            .hint = "came-back");
    REQUIRE(status == code << 8,
            .expected = text("the child ends with exit status %d", code),
            .observed = (status & 127) == 0
                            ? text("it ends with %d", status >> 8)
                            : text("signal %d ended it", status & 127),
            .why = "the parent returns it to the shell: 127 means not found, "
                   "125 that minibox failed",
            .hint = status & 127 ? "came-back" : mistake);
}

START_TEST(the_child_ends_with_the_errors_status)
{
    start_with_error("handshake_fail() with err->code set", "fail", NULL);
    worker_end();
    require_child_exit(sent.code, "exit-status-lost");
    worker_start("handshake_fail() with err->code 0", "fail", "msg=x", NULL);
    worker_end();
    require_child_exit(EXIT_MINIBOX, "no-code-is-125");
}
END_TEST

START_TEST(a_deaf_parent_changes_nothing)
{
    start_with_error("handshake_fail() when the parent has gone", "fail",
                     "deaf=yes");
    worker_end();
    require_child_exit(sent.code, "exit-status-lost");
}
END_TEST

START_TEST(nothing_is_printed_twice)
{
    const char *word = pick_word();

    start_with_error("printf() in the parent, handshake_fail() in the child",
                     "fail", text("print=%s", word));
    worker_end();
    require_child_exit(sent.code, "exit-status-lost");
    const char *first = strstr(worker_output(), word);
    REQUIRE(first && !strstr(first + 1, word),
            .expected = text("\"%s\" is printed once", word),
            .observed = first ? "it is printed twice" : "it is not printed",
            .why = "fork(2) copies stdio's buffers; exit(3) prints what is in "
                   "the child's copy, and later the parent prints it again",
            .hint = "printed-twice");
}
END_TEST

/* ---- step 4 -------------------------------------------------------------- */

#define WHOLE text("bytes=%d", (int)sizeof(struct mb_error))

START_TEST(the_childs_words_come_through)
{
    start_with_error("handshake_wait() when the child reports an error",
                     "answer", WHOLE);
    worker_end();
    REQUIRE_INT("result", -1, .hint = "report-is-success");
    require_the_error("words-lost");
}
END_TEST

START_TEST(half_a_report_is_an_error_of_ours)
{
    int bytes = pick(100, sizeof(struct mb_error) - 1);

    start_with_error("handshake_wait() at end of file", "answer", "bytes=0");
    worker_end();
    REQUIRE_INT("result", 0,
                .why = "end of file means that exec closed the child's end",
                .hint = "end-of-file-is-failure");
    start_with_error(text("handshake_wait() when only %d bytes come", bytes),
                     "answer", text("bytes=%d", bytes));
    worker_end();
    REQUIRE_INT("result", -1, .hint = "report-is-success");
    const char *msg = worker_told("error.msg");
    REQUIRE(*msg && strcmp(msg, sent.msg) != 0,
            .expected = "*err says that the report could not be read",
            .observed = text("*err says \"%s\"", msg),
            .why = "a message of another size is not a struct mb_error; what "
                   "was not sent would be filled with old memory",
            .hint = "size-not-checked");
}
END_TEST

START_TEST(a_broken_socket_is_an_error)
{
    worker_start("handshake_wait() on a closed socket", "answer", "bytes=9",
                 "broken=yes", NULL);
    worker_end();
    require_error(EBADF,
                  "fewer than 0 bytes: recvmsg(2) failed, and the child "
                  "may run or not",
                  "read-error-is-success");
}
END_TEST

START_TEST(nobody_needs_to_know_why)
{
    for (int failed = 0; failed < 2; failed++) {
        start_with_error(failed ? "handshake_wait() with err NULL, and a report"
                                : "handshake_wait() with err NULL, and none",
                         "answer-to-nobody", failed ? WHOLE : "bytes=0");
        worker_end();
        const char *told = worker_told("parent");
        int status = told ? atoi(told) : 0;
        REQUIRE(status == 0,
                .expected = "it returns -1, and stores the words nowhere",
                .observed = text("signal %d ended it", status & 127),
                .why = "err may be NULL: then the caller wants to know only "
                       "that it failed (base/error.h)",
                .hint = "null-error");
        REQUIRE_INT("result", -failed,
                    .hint = failed ? "report-is-success"
                                   : "end-of-file-is-failure");
    }
}
END_TEST

/* Start `PROGRAM leave code=N` and wait for it, as minibox does. */
static void start_and_wait(const char *program, int code)
{
    worker_start(text("start and wait for: %s leave code=%d", program, code),
                 "start", text("program=%s", program), text("code=%d", code),
                 NULL);
    worker_hold("before");
}

START_TEST(a_program_runs_and_ends)
{
    int code = pick(1, 120);

    start_and_wait("worker", code);
    worker_go("before");
    worker_hold("after");
    REQUIRE_INT("result", 0,
                .why = "end of file means that exec closed the child's end",
                .hint = "end-of-file-is-failure");
    REQUIRE_INT("exit", code);
}
END_TEST

/* How many descriptors has PID, which holds? */
static int descriptors(pid_t pid)
{
    int n = 0;

    (void)falls_asleep(pid); /* till then it still has the judge's end */
    for (int fd = 0; fd < 256; fd++)
        n += *see_link(pid, text("fd/%d", fd)) != '\0';
    return n;
}

START_TEST(a_start_that_fails_leaves_nothing)
{
    const char *name = pick_word();

    start_and_wait(name, 0);
    int before = descriptors(worker_pid());
    worker_go("before");
    worker_hold("after");
    REQUIRE_INT("result", -1, .hint = "report-is-success");
    REQUIRE(strstr(worker_told("error.msg"), name),
            .expected = text("the child's own words, with \"%s\"", name),
            .observed = text("\"%s\"", worker_told("error.msg")),
            .why = "only the child knows why exec failed",
            .hint = "words-lost");
    REQUIRE_INT("exit", EXIT_NOT_FOUND);
    int after = descriptors(worker_pid());
    REQUIRE(after == before,
            .expected = text("%d descriptors are open", before),
            .observed = text("%d are", after),
            .why = "who starts a thousand containers has no descriptor to "
                   "lose");
    worker_go("after");
    worker_end();
}
END_TEST

void exam_01_process(struct exam *exam);
void exam_01_process(struct exam *exam)
{
    exam_add(exam, 1, VALUE, an_exit_gives_its_code,
             "exit(0) to exit(255) give 0 to 255");
    exam_add(exam, 1, VALUE, a_signal_gives_128_plus_its_number,
             "an end by a signal gives 128 plus its number");
    exam_add(exam, 2, MECHANISM, it_sleeps_until_the_child_ends,
             "the parent sleeps until the child ends, and takes its status");
    exam_add(exam, 2, EFFECT, a_signal_does_not_end_the_waiting,
             "a signal does not end the waiting");
    exam_add(exam, 2, EFFECT, it_waits_for_this_child_only,
             "it waits for this child, and for no other");
    exam_add(exam, 2, VALUE, no_such_child_is_an_error,
             "waiting for a child that is not there is an error");
    exam_add(exam, 3, MECHANISM, the_error_arrives_in_one_message,
             "the error arrives whole, in one message");
    exam_add(exam, 3, EFFECT, the_child_ends_with_the_errors_status,
             "the child ends with the error's exit status, or 125");
    exam_add(exam, 3, EFFECT, a_deaf_parent_changes_nothing,
             "that is so when nobody reads the message, too");
    exam_add(exam, 3, EFFECT, nothing_is_printed_twice,
             "what the parent printed is printed once");
    exam_add(exam, 4, VALUE, the_childs_words_come_through,
             "a child's report gives -1 and the child's own words");
    exam_add(exam, 4, VALUE, half_a_report_is_an_error_of_ours,
             "a message of another size is no report");
    exam_add(exam, 4, VALUE, a_broken_socket_is_an_error,
             "what can't be read is an error");
    exam_add(exam, 4, VALUE, nobody_needs_to_know_why, "err may be NULL");
    exam_add(exam, 4, EFFECT, a_program_runs_and_ends,
             "a program starts: 0, and then its exit status");
    exam_add(exam, 4, HOST, a_start_that_fails_leaves_nothing,
             "a start that fails says why, and leaves nothing open");
}
