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
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {
    "ABRT", "ALRM", "BUS",   "CHLD",  "CLD",  "CONT",   "FPE",   "HUP",
    "ILL",  "INT",  "IO",    "IOT",   "KILL", "PIPE",   "POLL",  "PROF",
    "PWR",  "QUIT", "SEGV",  "STOP",  "SYS",  "STKFLT", "TERM",  "TRAP",
    "TSTP", "TTIN", "TTOU",  "URG",   "USR1", "USR2",   "WINCH", "VTALRM",
    "XCPU", "XFSZ", "RTMIN", "RTMAX",
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
 * (rule 3). */
static bool is_realtime(const char *name)
{
    bool min = strncasecmp(name, "RTMIN+", 6) == 0;
    bool max = strncasecmp(name, "RTMAX-", 6) == 0;
    long n;

    return (min || max) && name[6] >= '1' && name[6] <= '9' &&
           read_number(name + 6, &n) && n <= (min ? 15 : 14);
}

static bool is_name(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return is_realtime(name);
}

int stopsignal_check(const char *word, struct mb_error *err)
{
    bool sig = strncasecmp(word, "SIG", 3) == 0; /* rule 1 */
    long number;

    if (read_number(word, &number) ? number != 0 : is_name(word + 3 * sig))
        return 0;
    mb_failx(err, "invalid signal: %s", word);
    return mb_hint(err, "a name, such as SIGINT, or its number: kill -l");
}
