/* SPDX-License-Identifier: MIT */
/*
 * cli/start.c - start
 *
 * Problem   A container that has ended, or was only created, is to run.
 * Idea      engine/start does it.  With -a we stay, and our exit status is
 *           that of its command; without, a monitor stays and the name is
 *           printed.
 * Rules     1. One that runs already is no error, as in Docker.
 *           2. Several names: each is tried.  -a is for one.
 * Read      docker-start(1); lessons/25-life.md
 */
#include <stdio.h>

#include "base/mem.h"
#include "cli/command.h"
#include "engine/start.h"

struct start_words {
    bool attach, interactive;
};
#define FIELD(f) offsetof(struct start_words, f)
const struct option_row start_options[] = {
    {'a', "attach", OPTION_FLAG, FIELD(attach), NULL,
     "Stay with it: show what it prints, end as it does"},
    {'i', "interactive", OPTION_FLAG, FIELD(interactive), NULL,
     "The same; its input is ours, if it was created with -i"},
    {0},
};

static int start_one(const struct store *store, const char *name, bool attach,
                     struct mb_error *err)
{
    const struct start how = {.detach = !attach, .out = -1, .errors = -1};
    struct container c;
    int status = 0;

    if (state_find(store->root, name, &c, err) < 0)
        return mb_code(err, 1);
    if (!state_is_running(&c)) /* rule 1 */
        status = start_container(store, &c, &how, err);
    else if (attach)
        status = mb_failx(err,
                          "container %s runs already: start -a can't "
                          "attach to it",
                          name);
    container_done(&c);
    return status;
}

int command_start(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv names = {0};
    struct start_words w = {0};
    int status = 0;

    if (call_parse(call, "checkpoint checkpoint-dir detach-keys", &w, &names,
                   err) < 0 ||
        call_need_words(call, &names, 1, (size_t)-1, err) < 0)
        return -1;
    bool attach = w.attach || w.interactive;
    if (attach && names.n > 1) {
        mb_failx(err, "you cannot start and attach multiple containers at "
                      "once");
        return mb_code(err, 1);
    }
    if (call_open_store(call, err) < 0)
        return -1;
    if (attach)
        return start_one(&call->store, names.v[0], true, err);
    for (size_t i = 0; i < names.n; i++) {
        struct mb_error one = {0};
        if (start_one(&call->store, names.v[i], false, &one) == 0) {
            puts(names.v[i]);
            continue;
        }
        call_report(&one);
        status = 1;
    }
    return status;
}
