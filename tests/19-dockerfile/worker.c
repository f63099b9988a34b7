/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 19: where dfline_next(), dfline_heredoc(),
 * dfword_quoted(), dfjson_strings() and dockerfile_parse() are called
 *
 * The judge sends a JSON list of cases.  What comes out of each is told in
 * JSON, too.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/dfjson.h"
#include "engine/dfline.h"
#include "engine/dfword.h"
#include "engine/dockerfile.h"
#include "grader/act.h"

/* A string for JSON, which takes good UTF-8 only. */
static json_t *clean(const char *text)
{
    mb_autobuf struct buf good = BUF_INIT;
    uint32_t c;

    while (*text) {
        text += utf8_decode(text, &c);
        utf8_add(&good, c);
    }
    return json_string(good.s);
}

static json_t *list_of(const struct strv *words)
{
    json_t *list = json_array();

    for (size_t i = 0; i < words->n; i++)
        json_array_append_new(list, clean(words->v[i]));
    return list;
}

/* Call FN for each case, and tell what it returns. */
static void for_all(json_t *(*fn)(const json_t *))
{
    json_t *cases = json_loads(arg("cases"), 0, NULL);

    if (!json_is_array(cases))
        act_broken("read the cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        mb_autofree char *name = mb_printf("case%zu", i);
        json_t *out = fn(json_array_get(cases, i));
        mb_autofree char *value = json_dumps(out, JSON_ENCODE_ANY);
        say(name, "%s", value);
        json_decref(out);
    }
    json_decref(cases);
}

/* What stands before a text is nobody's business: here it looks like a mark. */
static struct dfline_reader open_text(const char *content)
{
    const char *text = mb_printf("\\%s", content) + 1; /* and stays */
    struct dfline_reader reader;
    struct mb_error err = {0};

    if (dfline_open(&reader, text, strlen(text), &err) < 0)
        act_broken(err.msg);
    return reader;
}

/* ---- step 1 ------------------------------------------------------------- */

/* A text becomes its logical lines, each with its numbers in front. */
static json_t *read_lines(const json_t *text)
{
    struct dfline_reader reader = open_text(json_string_value(text));
    mb_autobuf struct buf line = BUF_INIT;
    json_t *list = json_array();
    int first;

    while (dfline_next(&reader, &line, &first)) {
        mb_autofree char *numbered =
            reader.line == first
                ? mb_printf("line %d: %s", first, line.s)
                : mb_printf("lines %d-%d: %s", first, reader.line, line.s);
        json_array_append_new(list, clean(numbered));
    }
    return list;
}

static void act_lines(void)
{
    for_all(read_lines);
}

/* ---- step 2 ------------------------------------------------------------- */

/* [TEXT, NAME...]: the bodies that end with these names, and what comes after
 * them.  "-" before a name: tabs are allowed there. */
static json_t *read_bodies(const json_t *in)
{
    struct dfline_reader reader =
        open_text(json_string_value(json_array_get(in, 0)));
    json_t *bodies = json_array();

    for (size_t i = 1; i < json_array_size(in); i++) {
        const char *name = json_string_value(json_array_get(in, i));
        bool chomp = *name == '-';
        char *body = dfline_heredoc(&reader, name + chomp, chomp);
        json_array_append_new(bodies, body ? clean(body) : json_null());
        free(body);
    }
    return json_pack("{s:o, s:o, s:i}", "bodies", bodies, "what follows",
                     clean(reader.at), "lines read", reader.line);
}

static void act_heredoc(void)
{
    for_all(read_bodies);
}

/* ---- step 3 ------------------------------------------------------------- */

/* [ESCAPE, TEXT]: the words. */
static json_t *split_words(const json_t *in)
{
    const char *escape = json_string_value(json_array_get(in, 0));
    const char *line = json_string_value(json_array_get(in, 1));
    mb_autostrv struct strv words = {0};

    dfword_quoted(line, *escape, &words);
    return list_of(&words);
}

static void act_words(void)
{
    for_all(split_words);
}

/* ---- step 4 ------------------------------------------------------------- */

static json_t *read_json(const json_t *text)
{
    mb_autostrv struct strv strings = {0};
    const char *wrong = NULL;
    struct mb_error err = {0};
    int result =
        dfjson_strings(json_string_value(text), &strings, &wrong, &err);

    return json_pack("{s:i, s:o}", "result", result, "strings",
                     list_of(&strings));
}

static void act_array(void)
{
    for_all(read_json);
}

/* ---- all of them together ----------------------------------------------- */

/* {NAME: arguments}, with its here-documents, and whether it is exec form. */
static json_t *describe(const struct instruction *in)
{
    json_t *out =
        json_pack("{s:o}", keyword_name(in->keyword), list_of(&in->args));

    if (in->json)
        json_object_set_new(out, "exec form", json_true());
    for (size_t i = 0; i < in->n_heredocs; i++) {
        mb_autofree char *name = mb_printf("<<%s", in->heredocs[i].name);
        json_object_set_new(out, name, clean(in->heredocs[i].content));
    }
    return out;
}

static json_t *parse(const json_t *text)
{
    const char *s = json_string_value(text);
    struct mb_error err = {0};
    struct dockerfile file;

    if (dockerfile_parse("Dockerfile", s, strlen(s), &file, &err) < 0)
        return json_string("refused");
    json_t *list = json_array();
    for (size_t i = 0; i < file.n; i++)
        json_array_append_new(list, describe(&file.instructions[i]));
    dockerfile_done(&file);
    return list;
}

static void act_parse(void)
{
    for_all(parse);
}

const struct act acts[] = {
    {"lines", act_lines}, {"heredoc", act_heredoc}, {"words", act_words},
    {"array", act_array}, {"parse", act_parse},     {NULL, NULL},
};
