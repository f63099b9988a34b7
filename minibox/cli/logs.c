/* SPDX-License-Identifier: MIT */
/*
 * cli/logs.c - logs
 *
 * Problem   What has it said?
 * Idea      The log knows for each line when it came, and on which stream.
 *           Each goes back to the stream that it came from:
 *
 *             minibox logs web 2>/dev/null     what it wrote to stdout
 *
 * Rules     1. --since is a time (2026-11-25, 2026-11-25T15:04:05Z, seconds
 *              since 1970) or says how long ago (90s, 10m, 2h).
 *           2. --tail counts lines of both streams; what is no number means
 *              all of them, as in Docker.
 *           3. What is written is seen at once when somebody follows.
 * Read      docker-logs(1); lessons/26-monitor.md
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cli/command.h"
#include "linux/spawn.h"
#include "runtime/logread.h"

struct logs_words {
    bool follow, timestamps;
    const char *tail, *since;
};
#define FIELD(f) offsetof(struct logs_words, f)
const struct option_row logs_options[] = {
    {'f', "follow", OPTION_FLAG, FIELD(follow), NULL,
     "Go on until the container has ended"},
    {'n', "tail", OPTION_STRING, FIELD(tail), "NUMBER",
     "Only that many lines from the end"},
    {0, "since", OPTION_STRING, FIELD(since), "TIME",
     "Only what came since then: 2026-11-25T15:04:05Z, or 10m ago"},
    {'t', "timestamps", OPTION_FLAG, FIELD(timestamps), NULL,
     "Show when each line came"},
    {0},
};

/* ---- words --------------------------------------------------------------- */

/* "1h30m", "90s", "10m": seconds; -1 if it is none. */
static double read_duration(const char *text)
{
    double seconds = 0;

    if (!*text)
        return -1;
    while (*text) {
        char *end;
        double n = strtod(text, &end);
        double unit = *end == 's'   ? 1
                      : *end == 'm' ? 60
                      : *end == 'h' ? 3600
                                    : 0;
        if (end == text || unit == 0 || !(n >= 0))
            return -1;
        seconds += n * unit;
        text = end + 1;
    }
    return seconds;
}

/* The zone behind a time: "Z", "+01:00", or nothing, which is here. */
static bool read_zone(const char *text, struct tm *tm, time_t *out)
{
    int hours, minutes;
    char sign;

    if (*text == '\0') {
        *out = mktime(tm);
        return true;
    }
    *out = timegm(tm);
    if (strcmp(text, "Z") == 0)
        return true;
    if (strlen(text) != 6 ||
        sscanf(text, "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
        (sign != '+' && sign != '-'))
        return false;
    *out -= (sign == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
    return true;
}

/* A date, with or without time, fraction of a second, and zone.  The fraction,
 * ".5", goes to OUT_FRACTION. */
static bool read_date(const char *text, time_t *out, char out_fraction[12])
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
                                        "%Y-%m-%d"};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, forms[i], &tm);
        if (!end)
            continue;
        size_t n = *end == '.' ? 1 + strspn(end + 1, "0123456789") : 0;
        snprintf(out_fraction, 12, "%.*s", (int)(n < 11 ? n : 10), end);
        return read_zone(end + n, &tm, out);
    }
    return false;
}

/* Rule 1: as a record writes it.  Caller frees; NULL on failure. */
static char *read_since(const char *text, struct mb_error *err)
{
    double ago = read_duration(text);
    char *end, buffer[32], fraction[12] = "";
    struct tm tm;
    time_t when;

    errno = 0;
    if (ago >= 0)
        when = time(NULL) - (time_t)ago;
    else if (when = strtoll(text, &end, 10),
             (end == text || *end || errno) &&
                 !read_date(text, &when, fraction)) {
        mb_failx(err, "invalid value for \"since\": %s", text);
        mb_hint(err, "give 2026-11-25, 2026-11-25T15:04:05Z, seconds since "
                     "1970, or how long ago: 90s, 10m, 2h");
        (void)mb_code(err, 1);
        return NULL;
    }
    if (!gmtime_r(&when, &tm) || tm.tm_year > 8099 || tm.tm_year < 70)
        return mb_strdup(when < 0 ? "" : "9999");
    strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &tm);
    return mb_printf("%s%s", buffer, fraction);
}

/* Rule 2. */
static long read_tail(const char *text)
{
    char *end;

    if (!text)
        return -1;
    errno = 0;
    long n = strtol(text, &end, 10);
    return end == text || *end || errno || n < 0 ? -1 : n;
}

/* ---- output -------------------------------------------------------------- */

struct showing {
    bool timestamps;
    enum log_stream last;
    bool inside[LOG_STREAMS]; /* of a line: its last record was no end */
};

/* One record, to its own stream. */
static int show(const struct log_record *record, void *argument)
{
    struct showing *s = argument;
    FILE *to = record->stream == LOG_STDERR ? stderr : stdout;

    /* Both may lead to the same place: keep the order. */
    if (record->stream != s->last)
        fflush(s->last == LOG_STDERR ? stderr : stdout);
    s->last = record->stream;
    if (s->timestamps && !s->inside[record->stream])
        fprintf(to, "%.30s ", record->time);
    s->inside[record->stream] = !record->whole;
    fwrite(record->text, 1, record->size, to);
    if (record->whole)
        putc('\n', to);
    return ferror(to) ? 1 : 0;
}

/* Rule 3. */
static void flush(void *argument)
{
    (void)argument;
    fflush(stdout);
    fflush(stderr);
}

/* What ran in the foreground had a terminal to print to, and no log. */
static void explain_silence(const struct container *c)
{
    mb_autofree char *path = mb_printf("%s/log", c->dir);
    json_t *state = state_read(c, "state.json");

    if (json_object_get(state, "startedAt") && access(path, F_OK) < 0)
        mb_warn("%s ran in the foreground: what it printed was not kept (run "
                "-d keeps a log)",
                c->name);
    json_decref(state);
}

int command_logs(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    mb_autofree char *since = NULL;
    struct logs_words w = {0};
    struct showing s = {0};
    struct container c;

    if (call_parse(call, "details until", &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        (w.since && !(since = read_since(w.since, err))) ||
        call_open_store_outside(call, err) < 0 ||
        state_find(call->store.root, words.v[0], &c, err) < 0)
        return -1;
    s.timestamps = w.timestamps;
    const struct logread how = {.follow = w.follow,
                                .tail = read_tail(w.tail),
                                .since = since,
                                .record = show,
                                .caught_up = flush,
                                .argument = &s};
    static char buffer[1 << 16];
    setvbuf(stderr, buffer, _IOFBF,
            sizeof buffer); /* a line at a time is slow */
    int result = logread_run(&c, &how, err);
    explain_silence(&c);
    container_done(&c);
    return result < 0 ? -1 : 0;
}
