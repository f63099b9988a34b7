/* SPDX-License-Identifier: MIT */
/*
 * health.c - HEALTHCHECK, as an image remembers it
 *
 * Problem   A process that runs is not yet a service that answers.  HEALTHCHECK
 *           says how to ask it, and how often.
 * Idea      An object in the config.  Times are whole nanoseconds there:
 *
 *             --interval=1m30s --retries=4 CMD wget -q localhost
 *
 *             "Test":     ["CMD-SHELL", "wget -q localhost"]
 *             "Interval": 90000000000
 *             "Retries":  4
 *
 * Rules     1. Nobody here asks: minibox records the check, for engines that
 *              carry it out.
 *           2. What is not given, or given as 0, is left out, and means the
 *              engine's default.
 * Read      reference.md, "HEALTHCHECK"; OCI image spec, config.md;
 *           lessons/23-startup.md
 */
#include "engine/health.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/config.h"

#define MILLISECOND 1000000LL
#define LONGEST_SECONDS 1e9 /* thirty years */

/* Nanoseconds in the unit at *TEXT, which is skipped; 0 if it is none. */
static double take_unit(const char **text)
{
    static const struct {
        const char *name;
        double nanoseconds;
    } units[] = {{"ns", 1},  {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"ms", 1e6},
                 {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (starts_with(*text, units[i].name)) {
            *text += strlen(units[i].name);
            return units[i].nanoseconds;
        }
    return 0;
}

/* 1m30s, 1.5h, 300ms, 0: as Go writes durations.  -1 for anything else. */
static int parse_duration(const char *text, json_int_t *out)
{
    double sum = 0;

    if (!*text)
        return -1;
    while (*text && strcmp(text, "0") != 0) {
        size_t len = strspn(text, "0123456789.");
        double number = atof(text);
        text += len;
        double unit = take_unit(&text);
        if (!len || len > 20 || unit == 0)
            return -1;
        sum += number * unit;
    }
    if (sum > LONGEST_SECONDS * 1e9)
        return -1;
    *out = (json_int_t)(sum + 0.5);
    return 0;
}

/* --FLAG of IN as KEY of CONFIG (rule 2). */
static int set_time(const struct instruction *in, const char *flag,
                    const char *key, json_t *config, struct mb_error *err)
{
    const char *text = instruction_flag(in, flag);
    json_int_t time = 0;

    if (!text)
        return 0;
    if (parse_duration(text, &time) < 0) {
        mb_failx(err, "invalid duration \"%.100s\" of --%s", text, flag);
        return mb_hint(err, "write 30s, 1m30s or 500ms");
    }
    if (time && time < MILLISECOND)
        return mb_failx(err, "Interval \"%s\" cannot be less than 1ms", flag);
    if (time)
        json_object_set_new(config, key, json_integer(time));
    return 0;
}

static int set_retries(const struct instruction *in, json_t *config,
                       struct mb_error *err)
{
    const char *text = instruction_flag(in, "retries");

    if (!text)
        return 0;
    if (!*text || strlen(text) > 9 ||
        strspn(text, "0123456789") != strlen(text))
        return mb_failx(err, "--retries=%.100s is no number", text);
    if (atoi(text))
        json_object_set_new(config, "Retries", json_integer(atoi(text)));
    return 0;
}

json_t *health_config(const struct instruction *in, struct mb_error *err)
{
    mb_autostrv struct strv test = {0};

    strv_add_all(&test, in->args.v);
    if (test.n > 1 && !in->json) {
        free(test.v[0]);
        test.v[0] = mb_strdup("CMD-SHELL");
    }
    json_t *config = json_pack("{s:o}", "Test", config_array(&test));
    if (set_time(in, "interval", "Interval", config, err) == 0 &&
        set_time(in, "timeout", "Timeout", config, err) == 0 &&
        set_time(in, "start-period", "StartPeriod", config, err) == 0 &&
        set_time(in, "start-interval", "StartInterval", config, err) == 0 &&
        set_retries(in, config, err) == 0)
        return config;
    json_decref(config);
    return NULL;
}
