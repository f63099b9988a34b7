/* SPDX-License-Identifier: MIT */
/*
 * signal.c - which signals reach a process
 *
 * Problem   Nobody can wait for a signal that does not come.
 * Idea      Send it, and look when the receiver is at rest.  kill(2) wakes who
 *           waits for the signal before it returns:
 *
 *             judge      kill()       look     look
 *             receiver   asleep | awake, at work | asleep ...
 *                                         no     yes: what it did not do by
 *                                                now, it will not do
 *
 * Rules     1. A process that blocks a signal shows it for as long as it lives:
 *              the kernel keeps it in ShdPnd.
 *           2. Asleep between two looks, with no switch of context in between:
 *              one look is not enough, for its lines are no snapshot.
 * Read      proc(5) on /proc/PID/status, signal(7)
 */
#include "grader/signal.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "grader/exam.h"
#include "grader/see.h"

unsigned long long signal_set(pid_t pid, const char *name)
{
    return strtoull(see_status(pid, name), NULL, 16);
}

unsigned long long signal_bit(int number)
{
    return 1ULL << (number - 1);
}

bool signal_waits(pid_t pid, int number)
{
    return signal_set(pid, "ShdPnd") & signal_bit(number);
}

unsigned long long signal_all(void)
{
    /* The C library keeps two for itself. */
    return ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP) | signal_bit(32) |
             signal_bit(33));
}

const char *signal_name(int number)
{
    const char *known = sigabbrev_np(number);

    return known ? text("SIG%s", known) : text("signal %d", number);
}

const char *signal_names(unsigned long long set)
{
    const char *all = "";

    if ((set & signal_all()) == signal_all())
        return "all";
    for (int number = 1; number <= 64; number++)
        if (set & signal_bit(number))
            all = text("%s%s%s", all, *all ? ", " : "", signal_name(number));
    return *all ? all : "none";
}

const char *signal_line(const char *who, pid_t pid)
{
    const char *state = see_status(pid, "State");

    if (!*state)
        return text("%s: gone\n", who);
    return text("%s: %s; signals blocked: %s; waiting: %s\n", who, state,
                signal_names(signal_set(pid, "SigBlk")),
                signal_names(signal_set(pid, "ShdPnd")));
}

bool signal_rest(pid_t pid)
{
    const char *before = "";

    for (int i = 0; i < exam_sitting()->patience * 500; i++) {
        const char *now = see_proc(pid, "status");
        if (!*now || strstr(now, "\nState:\tZ"))
            return false;
        if (strstr(now, "\nState:\tS") && strcmp(now, before) == 0)
            return true; /* rule 2 */
        before = now;
        poll(NULL, 0, 1);
    }
    return false;
}

bool signal_send(pid_t pid, int number)
{
    kill(pid, number);
    return signal_rest(pid);
}

void signal_stop(pid_t pid)
{
    (void)signal_rest(pid);
    kill(pid, SIGSTOP);
    for (int i = 0;
         i < exam_sitting()->patience * 500 && *see_status(pid, "State") != 'T';
         i++)
        poll(NULL, 0, 1);
}
