/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 15: where ref_parse() is called
 *
 * The judge sends names, with a line end behind each; all parts of what comes
 * out are told.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "grader/act.h"
#include "image/ref.h"

static void tell(const char *part, int i, const char *value)
{
    char name[64];

    snprintf(name, sizeof name, "%s%d", part, i);
    say(name, "%s", value ? value : "(none)");
}

/* What TEXT means once more, which is a spelling of another name. */
static void tell_again(const char *part, int i, const char *text)
{
    struct image_ref ref = {0};
    struct mb_error err = {0};

    if (ref_parse(text, &ref, &err) < 0)
        tell(part, i, err.msg);
    else
        tell(part, i, ref.canonical);
    ref_done(&ref);
}

static void parse_one(int i, const char *text)
{
    struct image_ref ref = {0};
    struct mb_error err = {0};
    char name[64];

    int result = ref_parse(text, &ref, &err);
    snprintf(name, sizeof name, "result%d", i);
    say_result(name, result, &err);
    if (result < 0)
        return;
    tell("domain", i, ref.domain);
    tell("path", i, ref.path);
    tell("tag", i, ref.tag);
    tell("digest", i, ref.digest);
    tell("name", i, ref.name);
    tell("familiar", i, ref.familiar);
    tell("canonical", i, ref.canonical);
    tell_again("short-again", i, ref.familiar ? ref.familiar : "");
    tell_again("long-again", i, ref.canonical ? ref.canonical : "");
    ref_done(&ref);
}

static void act_parse(void)
{
    mb_autofree char *names = mb_strdup(arg("names"));
    int i = 0;

    for (char *rest = names, *line; (line = strsep(&rest, "\n"));)
        if (*line)
            parse_one(i++, line);
}

/* Parse NAME so many times, and forget it. */
static void parse_and_free(int times)
{
    for (int i = 0; i < times; i++) {
        struct image_ref ref = {0};
        (void)ref_parse(arg("names"), &ref, NULL);
        ref_done(&ref);
    }
}

/* How much memory does it cost that is never given back? */
static void act_memory(void)
{
    parse_and_free(100); /* malloc(3) keeps some of it at hand */
    size_t before = mallinfo2().uordblks;
    parse_and_free(100);
    say("lost", "%ld", (long)(mallinfo2().uordblks - before));
    parse_one(0, arg("names"));
}

const struct act acts[] = {
    {"parse", act_parse},
    {"memory", act_memory},
    {NULL, NULL},
};
