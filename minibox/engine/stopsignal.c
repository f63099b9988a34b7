/* SPDX-License-Identifier: MIT */
/*
 * stopsignal.c - the word of STOPSIGNAL
 *
 * Problem   STOPSIGNAL SIGTREM builds, and months later a container that should
 *           stop does not hear what it is asked.
 * Idea      Look at the word while somebody is there to mend it:
 *
 *             SIGTERM   term   15   RTMIN+3      kept as they are written
 *             SIGTREM   0                        refused
 *
 * Rules     1. Names in either case, with or without SIG.
 *           2. A number is believed, as BuildKit does: what 99 shall mean is
 *              for the machine to say on which the container runs.
 *           3. Of the real-time signals the first half counts from RTMIN, the
 *              second from RTMAX.
 * Read      signal(7); reference.md, "STOPSIGNAL"; lessons/23-startup.md
 */
#include "engine/stopsignal.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    int number;
} names[] = {
    {"ABRT", SIGABRT},     {"ALRM", SIGALRM},     {"BUS", SIGBUS},
    {"CHLD", SIGCHLD},     {"CLD", SIGCHLD},      {"CONT", SIGCONT},
    {"FPE", SIGFPE},       {"HUP", SIGHUP},       {"ILL", SIGILL},
    {"INT", SIGINT},       {"IO", SIGIO},         {"IOT", SIGABRT},
    {"KILL", SIGKILL},     {"PIPE", SIGPIPE},     {"POLL", SIGIO},
    {"PROF", SIGPROF},     {"PWR", SIGPWR},       {"QUIT", SIGQUIT},
    {"SEGV", SIGSEGV},     {"STOP", SIGSTOP},     {"SYS", SIGSYS},
    {"STKFLT", SIGSTKFLT}, {"TERM", SIGTERM},     {"TRAP", SIGTRAP},
    {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN},     {"TTOU", SIGTTOU},
    {"URG", SIGURG},       {"USR1", SIGUSR1},     {"USR2", SIGUSR2},
    {"WINCH", SIGWINCH},   {"VTALRM", SIGVTALRM}, {"XCPU", SIGXCPU},
    {"XFSZ", SIGXFSZ},     {"RTMIN", 34},         {"RTMAX", 64},
};

/* Is all of TEXT a whole number?  It may have a sign. */
static bool read_number(const char *text, long *out)
{
    const char *digits = text + (*text == '+' || *text == '-');
    size_t n = strspn(digits, "0123456789");

    errno = 0;
    *out = strtol(text, NULL, 10);
    return n > 0 && !digits[n] && errno == 0;
}

/* RTMIN+1 to RTMIN+15, RTMAX-14 to RTMAX-1: no sign but that one, no 0 in front
 * (rule 3).  Else 0. */
static int realtime_number(const char *name)
{
    bool min = strncasecmp(name, "RTMIN+", 6) == 0;
    bool max = strncasecmp(name, "RTMAX-", 6) == 0;
    long n;

    if (!(min || max) || name[6] < '1' || name[6] > '9' ||
        !read_number(name + 6, &n) || n > (min ? 15 : 14))
        return 0;
    return min ? 34 + n : 64 - n;
}

/* A name, without SIG; else 0. */
static int name_number(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i].name) == 0)
            return names[i].number;
    return realtime_number(name);
}

int stopsignal_number(const char *word)
{
    bool sig = strncasecmp(word, "SIG", 3) == 0; /* rule 1 */
    long number;

    if (read_number(word, &number)) /* rule 2 */
        return number < INT_MIN || number > INT_MAX ? 0 : number;
    return name_number(word + 3 * sig);
}

int stopsignal_check(const char *word, struct mb_error *err)
{
    if (stopsignal_number(word) != 0)
        return 0;
    mb_failx(err, "invalid signal: %s", word);
    return mb_hint(err, "a name, such as SIGINT, or its number: kill -l");
}
