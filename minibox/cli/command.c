/* SPDX-License-Identifier: MIT */
/*
 * command.c - what commands share
 *
 * Problem   Each command reads its words, checks how many there are, and most
 *           of them need the store.
 * Idea      Three steps that a command takes itself, in this order: so wrong
 *           words are refused before anything is touched.
 * Rules     1. An ordinary user goes through the door (linux/userns) just
 *              before the store is opened, because the store's files belong to
 *              the users of that namespace.
 * Read      user_namespaces(7); lessons/04-user-namespace.md
 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "linux/spawn.h"
#include "linux/userns.h"

int call_open_store_outside(struct call *call, struct mb_error *err)
{
    return store_open(&call->store, err) < 0 ? mb_code(err, EXIT_MINIBOX) : 0;
}

int call_open_store(struct call *call, struct mb_error *err)
{
    bool ordinary = geteuid() != 0;

    if (userns_enter(err) < 0)
        return mb_code(err, EXIT_MINIBOX);
    if (ordinary && userns_is_single_id())
        mb_warn("no subordinate ids for this user: files in images all belong "
                "to you, and USER will not work (minibox doctor tells more)");
    store_close(&call->store); /* it may have been open, outside */
    return call_open_store_outside(call, err);
}

int call_parse(struct call *call, const char *docker_only, void *target,
               struct strv *words, struct mb_error *err)
{
    const struct option_set set = {
        .rows = call->command->options,
        .docker_only = docker_only,
        .strict = ends_with(call->command->name, "run") ||
                  ends_with(call->command->name, "create") ||
                  ends_with(call->command->name, "exec"),
    };

    return options_parse(&set, call->argv, target, words, err);
}

int call_need_words(const struct call *call, const struct strv *words,
                    size_t at_least, size_t at_most, struct mb_error *err)
{
    const char *how = at_least == at_most   ? ""
                      : words->n < at_least ? "at least "
                                            : "at most ";
    size_t wanted = words->n < at_least ? at_least : at_most;

    if (words->n >= at_least && words->n <= at_most)
        return 0;
    mb_failx(err, "'minibox %s' requires %s%zu argument%s", call->command->name,
             how, wanted, wanted == 1 ? "" : "s");
    mb_hint(err, "usage: minibox %s %s", call->command->name,
            call->command->usage);
    return mb_code(err, 1);
}

/* Print TEXT for a terminal: what came from a file or a stranger may hold
 * escape sequences, one of which begins with U+009B.  A line break stays only
 * before a quoted source line. */
static void print_safely(const char *text)
{
    for (; *text; text++) {
        bool quote = starts_with(text, "\n    ");
        bool control = *text == 127 || (unsigned char)*text < ' ' ||
                       (*text == '\xc2' && (unsigned char)text[1] < 0xa0);
        if (quote || !control)
            fputc(*text, stderr);
        else
            fprintf(stderr, "\\x%02x", (unsigned char)*text);
    }
}

void call_report(const struct mb_error *err)
{
    bool several = strchr(err->msg, '\n');

    fputs("minibox: ", stderr);
    print_safely(err->msg);
    if (err->hint[0]) {
        fputs(several ? "\n    = " : " (", stderr);
        print_safely(err->hint);
        fputs(several ? "" : ")", stderr);
    }
    fputc('\n', stderr);
}
