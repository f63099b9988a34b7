/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - the ways in which student code can end a test
 *
 * Problem   "Segmentation fault" and "something went wrong" teach nothing, and
 *           a loop looks like a slow machine.
 * Idea      Each way to end has its own sentence, what the kernel shows of it,
 *           and the usual reason:
 *
 *             time-out     what its processes are doing: running, or in which
 *                          system call
 *             crash        which signal
 *             output       more than a student can want to print
 *             early exit   which status
 * Rules     1. SIGXFSZ and SIGXCPU come from the cage's limits: they are no
 *              crashes.
 * Read      signal(7), setrlimit(2)
 */
#include "grader/verdict.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "grader/exam.h"
#include "grader/see.h"

void verdict_stuck(pid_t cage_pid)
{
    FLUNK(.expected = "the function returns",
          .observed = text("it had not returned after %.0f seconds",
                           exam_sitting()->patience),
          .shows = see_stuck(cage_pid), .cause = "time-out",
          .why = "either it loops for ever, or it waits for something that "
                 "never comes; the state of its processes tells which");
}

/* The program was ended by signal NUMBER. */
static _Noreturn void flunk_signal(int number)
{
    if (number == SIGXFSZ)
        FLUNK(.observed = "more than 16 MB written", .cause = "output",
              .why = "a loop that prints without end?");
    if (number == SIGXCPU)
        FLUNK(.observed = "all of its processor time used up",
              .cause = "time-out", .why = "it loops without end");
    FLUNK(.expected = "the function returns",
          .observed = text("the process was ended by signal %d, %s", number,
                           strsignal(number)),
          .cause = "crash",
          .why = number == SIGKILL
                     ? "killed: by itself, or for using too much memory or "
                       "processor time"
                     : NULL);
}

void verdict_ended(int status)
{
    if (WIFSIGNALED(status))
        flunk_signal(WTERMSIG(status));
    FLUNK(.expected = "the function returns to its caller",
          .observed = text("the process ended with exit status %d in the "
                           "middle of the test",
                           WEXITSTATUS(status)),
          .cause = "early-exit",
          .why = "exit(3), _exit(2) or a successful exec ends the caller too; "
                 "report a failure by returning -1");
}
