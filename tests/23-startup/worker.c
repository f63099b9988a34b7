/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 23: where config_resolve() is called
 *
 * The judge sends a JSON list of [config, wishes]; all of what comes out of
 * each is told, lists as JSON.
 */
#include <jansson.h>
#include <malloc.h>
#include <stdio.h>

#include "base/mem.h"
#include "engine/config.h"
#include "grader/act.h"

static void tell(const char *part, int i, const char *value)
{
    char name[64];

    snprintf(name, sizeof name, "%s%d", part, i);
    say(name, "%s", value ? value : "(null)");
}

static void tell_list(const char *part, int i, const struct strv *list)
{
    json_t *array = json_array();

    for (size_t k = 0; k < list->n; k++)
        json_array_append_new(array, json_string(list->v[k]));
    mb_autofree char *text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    tell(part, i, text);
}

/* The list at KEY of the wishes, or NULL if nothing is said. */
static const struct strv *wished_list(const json_t *wishes, const char *key,
                                      struct strv *list)
{
    const json_t *array = json_object_get(wishes, key);

    for (size_t i = 0; i < json_array_size(array); i++)
        strv_add(list, json_string_value(json_array_get(array, i)));
    return array ? list : NULL;
}

static const char *wished(const json_t *wishes, const char *key)
{
    return json_string_value(json_object_get(wishes, key));
}

/* Call it with PAIR, which is [config, wishes]. */
static int resolve(const json_t *pair, struct process *out,
                   struct mb_error *err)
{
    mb_autostrv struct strv argv = {0}, env = {0};
    const json_t *wishes = json_array_get(pair, 1);
    struct config_wishes w = {
        .argv = wished_list(wishes, "argv", &argv),
        .entrypoint = wished(wishes, "entrypoint"),
        .env = wished_list(wishes, "env", &env),
        .cwd = wished(wishes, "cwd"),
        .user = wished(wishes, "user"),
        .hostname = wished(wishes, "hostname"),
        .tty = json_is_true(json_object_get(wishes, "tty")),
    };

    return config_resolve(json_array_get(pair, 0), &w, out, err);
}

static void resolve_one(int i, const json_t *pair)
{
    struct process process = {0};
    struct mb_error err = {0};
    char name[64];

    int result = resolve(pair, &process, &err);
    snprintf(name, sizeof name, "result%d", i);
    say_result(name, result, &err);
    snprintf(name, sizeof name, "code%d", i);
    say(name, "%d", err.code);
    if (result == 0) {
        tell_list("argv", i, &process.argv);
        tell_list("env", i, &process.env);
        tell("cwd", i, process.cwd);
        tell("user", i, process.user);
    }
    process_done(&process);
}

static json_t *get_cases(void)
{
    json_t *cases = json_loads(arg("cases"), 0, NULL);

    if (!json_is_array(cases))
        act_broken("read the cases");
    return cases;
}

static void act_resolve(void)
{
    json_t *cases = get_cases();

    for (size_t i = 0; i < json_array_size(cases); i++)
        resolve_one(i, json_array_get(cases, i));
    json_decref(cases);
}

static void resolve_and_free(const json_t *cases)
{
    for (int times = 0; times < 100; times++)
        for (size_t i = 0; i < json_array_size(cases); i++) {
            struct process process = {0};
            if (resolve(json_array_get(cases, i), &process, NULL) == 0)
                process_done(&process);
        }
}

/* How much memory does it cost that is never given back?  And what is the
 * config afterwards? */
static void act_memory(void)
{
    json_t *cases = get_cases();

    resolve_and_free(cases); /* malloc(3) keeps some of it at hand */
    size_t before = mallinfo2().uordblks;
    resolve_and_free(cases);
    say("lost", "%ld", (long)(mallinfo2().uordblks - before));
    mb_autofree char *after = json_dumps(cases, JSON_COMPACT);
    say("after", "%s", after);
    resolve_one(0, json_array_get(cases, 0));
    json_decref(cases);
}

const struct act acts[] = {
    {"resolve", act_resolve},
    {"memory", act_memory},
    {NULL, NULL},
};
