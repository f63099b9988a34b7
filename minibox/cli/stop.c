/* SPDX-License-Identifier: MIT */
/*
 * cli/stop.c - stop, kill, restart and wait
 *
 * Problem   A container runs somewhere, and its user wants a word with it.
 * Idea      runtime/life holds its processes; here are the words around that.
 *           Each command does one thing to each container named:
 *
 *             stop      ask it to end, wait, insist
 *             kill      send a signal, and leave
 *             restart   stop and start
 *             wait      until it ends; print its exit code
 *
 * Rules     1. Several names: each is tried, and errors do not stop the rest.
 *           2. `stop` of several waits for all at once: three containers that
 *              do not listen take ten seconds, not thirty.
 *           3. They are outside of the door (linux/userns): an ordinary user
 *              may signal what runs in the namespaces that he has made, but
 *              not from within another one.
 * Read      docker-stop(1), docker-kill(1); lessons/25-life.md
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "engine/start.h"
#include "engine/stopsignal.h"
#include "linux/spawn.h"
#include "runtime/life.h"

enum { DEFAULT_SECONDS = 10 };

struct stop_words {
    const char *seconds, *signal;
};
#define FIELD(f) offsetof(struct stop_words, f)
const struct option_row stop_options[] = {
    {'t', "time", OPTION_STRING, FIELD(seconds), "SECONDS",
     "How long it may take before it is killed; -1: for ever"},
    {'s', "signal", OPTION_STRING, FIELD(signal), "SIGNAL",
     "Ask with another signal"},
    {0},
};
const struct option_row kill_options[] = {
    {'s', "signal", OPTION_STRING, FIELD(signal), "SIGNAL",
     "Without it: SIGKILL"},
    {0},
};

/* What is done to each container, with the words read. */
struct deed {
    struct call *call;
    int seconds;
    int signal; /* 0: the container's own */
    int (*fn)(const struct deed *deed, const struct container *c,
              struct mb_error *err);
};

/* ---- the words ----------------------------------------------------------- */

static int read_seconds(const char *text, int *out, struct mb_error *err)
{
    char *end;

    if (!text)
        return 0;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || *end || errno || n < -1 || n > 86400 * 365) {
        mb_failx(err,
                 "invalid argument \"%s\" for \"-t, --time\" flag: give "
                 "a number of seconds, or -1",
                 text);
        return mb_code(err, EXIT_MINIBOX);
    }
    *out = n;
    return 0;
}

static int read_signal(const char *text, int *out, struct mb_error *err)
{
    if (!text)
        return 0;
    *out = stopsignal_number(text);
    if (*out > 0 && *out <= SIGRTMAX)
        return 0;
    mb_failx(err, "invalid signal: %s", text);
    mb_hint(err, "a name, such as SIGINT, or its number: kill -l");
    return mb_code(err, 1);
}

/* Find the container, do it, print its name as it was typed. */
static int do_one(const struct deed *deed, const char *name)
{
    struct mb_error err = {0};
    struct container c;
    int result = state_find(deed->call->store.root, name, &c, &err);

    if (result == 0) {
        result = deed->fn(deed, &c, &err);
        container_done(&c);
    }
    if (result < 0)
        call_report(&err);
    else
        puts(name);
    return result < 0;
}

/* All of them, one after the other (rule 1). */
static int do_each(const struct deed *deed, const struct strv *names)
{
    int status = 0;

    for (size_t i = 0; i < names->n; i++)
        status |= do_one(deed, names->v[i]);
    return status;
}

/* All of them at once: a process for each (rule 2). */
static int do_at_once(const struct deed *deed, const struct strv *names)
{
    int status = 0, how;

    if (names->n == 1)
        return do_each(deed, names);
    for (size_t i = 0; i < names->n; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            status = do_one(deed, names->v[i]);
            fflush(stdout);
            _exit(status);
        }
        if (pid < 0)
            status |= do_one(deed, names->v[i]);
    }
    while (wait(&how) > 0)
        status |= how != 0;
    return status;
}

/* The signal that the container wants to be stopped by. */
static int own_signal(const struct container *c)
{
    const char *word =
        json_string_value(json_object_get(c->config, "stopSignal"));
    int number = word ? stopsignal_number(word) : 0;

    return number > 0 && number <= SIGRTMAX ? number : SIGTERM;
}

/* ---- the commands -------------------------------------------------------- */

static int stop_one(const struct deed *deed, const struct container *c,
                    struct mb_error *err)
{
    mb_autolife struct life life;

    life_open(c, &life);
    return life_stop(&life, deed->signal ? deed->signal : own_signal(c),
                     deed->seconds, err);
}

static int kill_one(const struct deed *deed, const struct container *c,
                    struct mb_error *err)
{
    mb_autolife struct life life;

    life_open(c, &life);
    return life_signal(&life, deed->signal, err);
}

/* stop and restart. */
static int stop_command(struct call *call, struct deed deed,
                        struct mb_error *err)
{
    mb_autostrv struct strv names = {0};
    struct stop_words w = {0};

    if (call_parse(call, "", &w, &names, err) < 0 ||
        call_need_words(call, &names, 1, (size_t)-1, err) < 0 ||
        read_seconds(w.seconds, &deed.seconds, err) < 0 ||
        read_signal(w.signal, &deed.signal, err) < 0 ||
        call_open_store_outside(call, err) < 0)
        return -1;
    return do_at_once(&deed, &names);
}

int command_stop(struct call *call, struct mb_error *err)
{
    const struct deed deed = {
        .call = call, .seconds = DEFAULT_SECONDS, .fn = stop_one};

    return stop_command(call, deed, err);
}

int command_kill(struct call *call, struct mb_error *err)
{
    struct deed deed = {.call = call, .signal = SIGKILL, .fn = kill_one};
    mb_autostrv struct strv names = {0};
    struct stop_words w = {0};

    if (call_parse(call, "", &w, &names, err) < 0 ||
        call_need_words(call, &names, 1, (size_t)-1, err) < 0 ||
        read_signal(w.signal, &deed.signal, err) < 0 ||
        call_open_store_outside(call, err) < 0)
        return -1;
    return do_each(&deed, &names);
}

/* Stop it out here, and start it behind the door: rule 3.  With several names
 * each has a process of its own, so none goes through for another. */
static int restart_one(const struct deed *deed, const struct container *c,
                       struct mb_error *err)
{
    const struct start how = {.detach = true, .out = -1, .errors = -1};

    if (stop_one(deed, c, err) < 0 || call_open_store(deed->call, err) < 0)
        return -1;
    return start_container(&deed->call->store, c, &how, err);
}

int command_restart(struct call *call, struct mb_error *err)
{
    const struct deed deed = {
        .call = call, .seconds = DEFAULT_SECONDS, .fn = restart_one};

    return stop_command(call, deed, err);
}

/* Print the exit status instead of the name. */
static int wait_one(const char *name, const struct call *call)
{
    struct mb_error err = {0};
    struct container c;
    struct life life;
    int code = -1;

    if (state_find(call->store.root, name, &c, &err) == 0) {
        life_open(&c, &life);
        code = life_result(&life, &err);
        life_close(&life);
        container_done(&c);
    }
    if (code < 0)
        call_report(&err);
    else
        printf("%d\n", code);
    fflush(stdout); /* the next one may take long */
    return code < 0;
}

int command_wait(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv names = {0}, no_words = {0};
    int status = 0;

    if (call_parse(call, "", &no_words, &names, err) < 0 ||
        call_need_words(call, &names, 1, (size_t)-1, err) < 0 ||
        call_open_store_outside(call, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++)
        status |= wait_one(names.v[i], call);
    return status;
}
