/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 20: words are expanded, and Dockerfiles walked through
 *
 * The judge sends words with their variables, or a Dockerfile.  Of the latter
 * only FROM, ARG and ENV are carried out; where a RUN stands, the variables are
 * told, as the command would see them.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/arg.h"
#include "engine/config.h"
#include "engine/dfcheck.h"
#include "engine/env.h"
#include "engine/expand.h"
#include "grader/act.h"

static void tell(const char *part, int i, const char *value)
{
    char name[64];

    snprintf(name, sizeof name, "%s%d", part, i);
    say(name, "%s", value);
}

static void tell_list(const char *part, int i, const struct strv *list)
{
    json_t *array = config_array(list);
    mb_autofree char *text = json_dumps(array, JSON_COMPACT);

    json_decref(array);
    tell(part, i, text ? text : "(not even text)");
}

static json_t *get_json(const char *name)
{
    json_t *value = json_loads(arg(name), 0, NULL);

    if (!value)
        act_broken("read what the judge has sent");
    return value;
}

/* ---- words --------------------------------------------------------------- */

/* CASE: {"word": ..., "env": [...], "escape": ...} */
static void expand_one(int i, const json_t *word)
{
    mb_autostrv struct strv env = {0};
    mb_autofree char *out = NULL;
    struct mb_error err = {0};
    char name[64];

    config_strings(word, "env", &env);
    int result =
        expand_word(config_string(word, "word"),
                    config_string(word, "escape")[0], &env, &out, &err);
    snprintf(name, sizeof name, "result%d", i);
    say_result(name, result, &err);
    if (result == 0)
        tell("out", i, out ? out : "(null)");
}

static void act_words(void)
{
    json_t *cases = get_json("cases");

    for (size_t i = 0; i < json_array_size(cases); i++)
        expand_one((int)i, json_array_get(cases, i));
    json_decref(cases);
}

/* ---- Dockerfiles --------------------------------------------------------- */

/* A new stage, of an image with the variables in "base". */
static void from(struct build *b, struct stage *s, const struct instruction *in)
{
    json_t *base = get_json("base");
    mb_autofree char *name = NULL;
    struct mb_error err = {0};

    strv_done(&s->args);
    strv_done(&s->env);
    if (s->image.config)
        image_done(&s->image);
    image_init(&s->image);
    config_strings(base, "Env", &s->env);
    json_object_update(image_run_config(&s->image), base);
    json_decref(base);
    if (expand_word(in->args.v[0], b->file.escape, &b->globals, &name, &err) <
        0)
        act_broken(err.msg);
    tell("from", in->line, name);
}

/* What there is behind an instruction. */
static void show(const struct stage *s, const struct instruction *in,
                 const struct buf *history)
{
    mb_autostrv struct strv image = {0};

    tell_list("env", in->line, &s->env);
    config_strings(image_run_config(&s->image), "Env", &image);
    tell_list("image", in->line, &image);
    tell("history", in->line, history->s);
}

/* Carry out one instruction; S has no image before the first FROM. */
static int follow(struct build *b, struct stage *s,
                  const struct instruction *in, struct mb_error *err)
{
    mb_autobuf struct buf history = BUF_INIT;
    int result = 0;

    if (in->keyword == DF_FROM)
        from(b, s, in);
    else if (in->keyword == DF_ARG && !s->image.config)
        return arg_global(b, in, err);
    else if (in->keyword == DF_ARG)
        result = arg_declare(b, s, in, &history, err);
    else if (in->keyword == DF_ENV)
        result = env_set(b, s, in, &history, err);
    show(s, in, &history);
    return result;
}

/* All of them, up to one that fails. */
static void follow_all(struct build *b)
{
    struct stage s = {0};
    int result = 0;

    for (size_t i = 0; result == 0 && i < b->file.n; i++) {
        struct mb_error err = {0};
        char name[64];
        result = follow(b, &s, &b->file.instructions[i], &err);
        snprintf(name, sizeof name, "result%d", b->file.instructions[i].line);
        say_result(name, result, &err);
    }
    strv_done(&s.args);
    strv_done(&s.env);
    if (s.image.config)
        image_done(&s.image);
}

static void act_build(void)
{
    struct build_options options = {0};
    struct build b = {.options = &options};
    struct mb_error err = {0};
    json_t *given = get_json("given");

    config_strings(given, "args", &options.build_args);
    json_decref(given);
    if (dfcheck_parse("Dockerfile", arg("file"), strlen(arg("file")), &b.file,
                      &err) < 0)
        act_broken(err.msg);
    arg_predefined(&b, &b.globals);
    follow_all(&b);
    dockerfile_done(&b.file);
    strv_done(&b.globals);
    strv_done(&b.used_args);
    strv_done(&options.build_args);
}

const struct act acts[] = {
    {"words", act_words},
    {"build", act_build},
    {NULL, NULL},
};
