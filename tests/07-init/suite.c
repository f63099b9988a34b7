/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 07: the first process of a container
 *
 * Nobody can wait for a signal that is not passed on.  So the judge sends it,
 * and looks when PID 1 is at rest (grader/signal.h).
 */
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/signal.h"
#include "grader/worker.h"
#include "linux/spawn.h"

/* PIDs are the judge's. */
static struct {
    const char *program, *word; /* NULL: the worker, by its path */
    int exits;                  /* the command's exit status */
    int blocked, sent;          /* signals */
    pid_t init, command, found[20];
} in;

/* Let PID 1 call init_run() with the program; the command, when there is one,
 * is this act of the worker. */
static void start(const char *program, const char *command, int orphans)
{
    in.word = pick_word();
    in.blocked = pick(0, 1) ? SIGPROF : SIGIO;
    worker_start(text("init_run({\"%s\", ...}) as PID 1", program), "init",
                 text("program=%s", program), text("command=%s", command),
                 text("orphans=%d", orphans), text("word=%s", in.word),
                 text("exits=%d", in.exits), text("blocked=%d", in.blocked),
                 NULL);
    in.init = worker_hold("start");
    worker_go("start");
}

/* The same, until the command runs. */
static void start_command(const char *command, int orphans)
{
    start(in.program ?: text("/work/%s", exam_sitting()->worker), command,
          orphans);
    REQUIRE(worker_reaches("command"), .expected = "the command runs",
            .observed = text("init_run(): %s", worker_told("result.msg") ?: ""),
            .why = "the child becomes the command; spawn_exec() also looks for "
                   "it in PATH");
    in.command = worker_hold("command");
}

static const char *show_both(void)
{
    return text("%s%s", signal_line("PID 1", in.init),
                signal_line("the command", in.command));
}

/* The dead (or the living) orphans of PID 1: to in.found.  Returns how many. */
static int find_orphans(bool dead)
{
    const char *rest = see_proc(in.init, text("task/%d/children", in.init));
    int n = 0, length;

    for (pid_t pid; sscanf(rest, "%d%n", &pid, &length) == 1; rest += length)
        if (pid != in.command && n < 20 &&
            (*see_status(pid, "State") == 'Z') == dead)
            in.found[n++] = pid;
    return n;
}

/* Let PID 1 take the signal and do what it does. */
static bool send(int number)
{
    in.sent = number;
    return signal_send(in.init, number);
}

static void require_passed_on(int number, const char *why, const char *hint)
{
    send(number);
    REQUIRE(signal_waits(in.command, number), .shows = show_both(),
            .expected = text("%s reaches the command", signal_name(number)),
            .observed = "it does not", .why = why, .hint = hint);
}

/* A process that WHO describes did not get what was sent to PID 1. */
static void require_spared(pid_t pid, const char *who, const char *why,
                           const char *hint)
{
    REQUIRE(!signal_waits(pid, in.sent), .shows = signal_line(who, pid),
            .expected = text("%s does not reach %s", signal_name(in.sent), who),
            .observed = "it does", .why = why, .hint = hint);
}

static void require_not_returned(const char *why)
{
    REQUIRE(!worker_holds("returned"), .why = why, .shows = show_both(),
            .expected = "init_run() stays while the command lives",
            .observed = text("it returned %s", worker_told("result")),
            .hint = "any-child-ends-it");
}

static void require_return(int code, const char *why, const char *hint)
{
    worker_hold("returned");
    REQUIRE_INT("result", code, .why = why, .hint = hint,
                .expected = text("init_run() returns %d", code));
    worker_go("returned");
    worker_end();
}

/* DEAD orphans have died: they must be gone, and the command must live.  That a
 * process is dead can be seen a moment before its parent gets SIGCHLD, so a
 * zombie is looked at for a while. */
static void require_no_zombies(int dead)
{
    for (int i = 0; i < 40 && signal_rest(in.init) && find_orphans(true); i++)
        poll(NULL, 0, 10);
    int n = find_orphans(true);
    require_not_returned("SIGCHLD tells of any child; only the command's end "
                         "is the end of the container");
    REQUIRE(n == 0, .expected = "no zombie is left", .shows = show_both(),
            .observed = text("%d of %d dead orphans are zombies", n, dead),
            .why = "PID 1 inherits every process whose parent has ended; if it "
                   "does not wait for them, the process table fills (rule 3)",
            .hint = n < dead ? "one-per-signal" : "only-the-command");
}

/* ---- step 1 -------------------------------------------------------------- */

/* A command that can't be run: init_run() comes back right after the fork. */
static void start_in_vain(const char *program)
{
    start(program, "", 0);
    worker_hold("returned");
}

START_TEST(pid_1_blocks_every_signal)
{
    start_in_vain("/nowhere");
    unsigned long long blocked = signal_set(in.init, "SigBlk");
    unsigned long long missing = signal_all() & ~blocked;
    REQUIRE(!missing, .expected = "PID 1 blocks all signals, before the fork",
            .observed = text("not blocked: %s", signal_names(missing)),
            .why = "the kernel drops a signal that PID 1 neither blocks nor "
                   "handles (rule 1)",
            .hint = blocked == signal_bit(in.blocked) ? "nothing-blocked"
                                                      : "some-blocked");
}
END_TEST

/* ---- step 2 -------------------------------------------------------------- */

START_TEST(the_command_has_its_mask_back)
{
    start_command("wait", 0);
    unsigned long long blocked = signal_set(in.command, "SigBlk");
    unsigned long long more = blocked & ~signal_bit(in.blocked);

    REQUIRE(blocked == signal_bit(in.blocked),
            .shows = signal_line("command", in.command),
            .expected = text("the command blocks %s, which was blocked before",
                             signal_name(in.blocked)),
            .observed = text("it blocks: %s", signal_names(blocked)),
            .why = "the mask survives fork(2) and execve(2), and SIGTERM can't "
                   "stop who blocks it (rule 2)",
            .hint = more ? "still-blocked" : "mask-emptied");
}
END_TEST

START_TEST(the_command_is_the_one_asked_for)
{
    in.program = exam_sitting()->worker; /* by its name: it is in PATH */
    start_command("wait", 0);
    const char *given = text("%s%s", see_words(in.command, "cmdline"),
                             see_words(in.command, "environ"));
    REQUIRE(strstr(given, text("\n%s\nwait\n", in.program)) &&
                strstr(given, text("\nword=%s\n", in.word)) &&
                strstr(given, text("\nWORD=%s\n", in.word)),
            .expected = text("%s wait ... word=%s; environment: WORD=%s",
                             in.program, in.word, in.word),
            .observed = given, .why = "argv and envp go to the command");
}
END_TEST

START_TEST(a_command_that_cant_run_is_an_error)
{
    const char *const bad[] = {text("/work/%s", pick_word()),
                               "/tmp/no-program"};
    static const int codes[] = {EXIT_NOT_FOUND, EXIT_NOT_RUNNABLE};

    for (int i = 0; i < 2; i++) {
        start_in_vain(bad[i]);
        REQUIRE_INT("result", -1, .hint = "exec-unreported",
                    .why = "what never ran has no exit status: the child tells "
                           "its parent over the handshake (lesson 01)");
        REQUIRE_INT("code", codes[i], .hint = "exec-code-lost",
                    .expected = text("err->code is %d", codes[i]),
                    .why = "127: there is no such command; 126: it is there, "
                           "but can't be executed");
    }
}
END_TEST

/* ---- step 3 -------------------------------------------------------------- */

START_TEST(signals_are_passed_on)
{
    /* SIGCONT would remove those that stop. */
    static const char others[] = {SIGKILL, SIGSTOP, SIGCHLD,
                                  SIGTTOU, SIGCONT, 0};
    int real_time = pick(SIGRTMIN, SIGRTMAX);
    unsigned long long sent = 0;

    start_command("deaf", 0);
    for (int number = 1; number <= 64; number++)
        if (number < 32 ? !strchr(others, number) : number == real_time) {
            sent |= signal_bit(number);
            REQUIRE(send(number),
                    .expected = "PID 1 takes the signal, and sleeps",
                    .observed = "it is busy, or dead", .shows = show_both(),
                    .why = "a signal that it sends to itself comes back");
        }
    unsigned long long missing = sent & ~signal_set(in.command, "ShdPnd");
    REQUIRE(!missing, .expected = "each signal reaches the command",
            .observed = text("it did not get: %s", signal_names(missing)),
            .shows = show_both(),
            .why = "who sends a signal to a container sends it to PID 1, and "
                   "means the command",
            .hint = missing == sent ? "not-forwarded" : "some-forwarded");
    send(SIGTTOU);
    require_spared(in.command, "the command",
                   "it is about PID 1, which gave the terminal away; it would "
                   "stop the command",
                   "ttou-forwarded");
}
END_TEST

START_TEST(it_can_be_stopped)
{
    start_command("wait", 0);
    send(SIGTERM);
    REQUIRE(!signal_rest(in.command), .expected = "SIGTERM ends the command",
            .observed = "it still runs", .shows = show_both(),
            .why = "docker stop sends SIGTERM to PID 1, waits ten seconds, and "
                   "then kills",
            .hint = "not-forwarded");
    worker_hold("returned");
    worker_go("returned");
    worker_end();
}
END_TEST

START_TEST(it_goes_on_after_a_pause)
{
    start_command("deaf", 0);
    signal_stop(in.init);
    send(SIGCONT);
    require_passed_on(pick(0, 1) ? SIGUSR1 : SIGTERM,
                      "when a process is stopped and goes on, the system call "
                      "in which it waits may fail with EINTR: call it again",
                      "eintr-ends-it");
}
END_TEST

START_TEST(nobody_else_gets_a_signal)
{
    int number = pick(0, 1) ? SIGUSR2 : SIGINT;

    start_command("deaf", 1);
    find_orphans(false);
    send(number);
    require_spared(worker_pid(), "who started PID 1",
                   "PID 1 may be in the process group of its parent, and a "
                   "group reaches out of the namespace",
                   "sent-to-the-group");
    require_spared(in.found[0], "another process of the container",
                   "what becomes of its children is the command's business",
                   "sent-to-all");
    require_passed_on(number, "it is meant for the command", "not-forwarded");
}
END_TEST

/* ---- step 4 -------------------------------------------------------------- */

START_TEST(orphans_leave_no_zombies)
{
    start_command("deaf", pick(2, 4));
    while (find_orphans(false) > 0) {
        pid_t first = in.found[0];
        kill(first, SIGKILL);
        (void)signal_rest(first);
        require_no_zombies(1);
    }
}
END_TEST

/* N orphans die while PID 1 is stopped: the kernel keeps one SIGCHLD. */
static void kill_at_once(int n)
{
    start_command("deaf", n);
    signal_stop(in.init);
    n = find_orphans(false);
    for (int i = 0; i < n; i++)
        kill(in.found[i], SIGKILL);
    for (int i = 0; i < n; i++)
        (void)signal_rest(in.found[i]);
}

START_TEST(one_signal_may_tell_of_many)
{
    int n = pick(3, 6);

    kill_at_once(n);
    send(SIGCONT);
    require_no_zombies(n);
}
END_TEST

START_TEST(the_exit_status_is_the_commands)
{
    int number = (int[]){SIGKILL, SIGTERM, SIGUSR1, SIGHUP}[pick(0, 3)];
    const char *why = "a wait status is no exit status; see spawn_exit_code()";

    in.exits = pick(2, 99);
    start_command("wait", 0);
    worker_go("command");
    require_return(in.exits, why, "raw-status");
    start_command("wait", 0);
    kill(in.command, number);
    require_return(128 + number, why, "signal-not-128");
    in.exits = 0; /* success is an exit status, too */
    start_command("wait", 0);
    worker_go("command");
    require_return(0, why, "raw-status");
}
END_TEST

START_TEST(no_other_status_counts)
{
    in.exits = pick(2, 99);
    kill_at_once(2);
    worker_go("command");
    (void)signal_rest(in.command);
    send(SIGCONT);
    require_return(in.exits, "many may be dead: take the command's status",
                   "last-status");
}
END_TEST

START_TEST(a_stopped_command_is_not_dead)
{
    start_command("deaf", 0);
    signal_stop(in.command);
    send(SIGCHLD); /* the kernel's own may be under way still */
    require_not_returned("SIGCHLD also says that a child was stopped");
    require_spared(in.command, "the command",
                   "SIGCHLD tells PID 1 of its own children",
                   "sigchld-forwarded");
    require_passed_on(SIGUSR1,
                      "with nobody to reap, PID 1 must be back at once in its "
                      "loop",
                      "reap-blocks");
}
END_TEST

void exam_07_init(struct exam *exam);
void exam_07_init(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, pid_1_blocks_every_signal,
             "PID 1 blocks every signal before it forks");
    exam_add(exam, 2, MECHANISM, the_command_has_its_mask_back,
             "the command blocks what was blocked before, and no more");
    exam_add(exam, 2, EFFECT, the_command_is_the_one_asked_for,
             "the command is found in PATH and gets its arguments");
    exam_add(exam, 2, VALUE, a_command_that_cant_run_is_an_error,
             "a command that can't be run gives -1, with 127 or 126");
    exam_add(exam, 3, MECHANISM, signals_are_passed_on,
             "every signal is passed on to the command");
    exam_add(exam, 3, EFFECT, it_can_be_stopped,
             "SIGTERM ends the command, and init_run() returns");
    exam_add(exam, 3, EFFECT, it_goes_on_after_a_pause,
             "PID 1 may be stopped and go on");
    exam_add(exam, 3, HOST, nobody_else_gets_a_signal,
             "a signal reaches no other process, and none outside");
    exam_add(exam, 4, MECHANISM, orphans_leave_no_zombies,
             "an orphan that dies is reaped, and the command goes on");
    exam_add(exam, 4, MECHANISM, one_signal_may_tell_of_many,
             "one SIGCHLD for many dead is enough");
    exam_add(exam, 4, VALUE, the_exit_status_is_the_commands,
             "init_run() returns the command's exit status, or 128 + signal");
    exam_add(exam, 4, VALUE, no_other_status_counts,
             "it does not mix up the status of the command and an orphan");
    exam_add(exam, 4, EFFECT, a_stopped_command_is_not_dead,
             "a SIGCHLD with nobody dead does no harm");
}
