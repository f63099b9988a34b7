/* SPDX-License-Identifier: MIT */
/*
 * cli/rm.c - rm
 *
 * Problem   How does one get rid of a container?
 * Idea      Its directory is all there is of it.  The kernel says if it still
 *           runs (runtime/state).
 * Rules     1. A running container is removed only with -f, which kills it.
 *           2. Several arguments: each is tried, errors do not stop the rest.
 *           3. It is killed before we go through the door (linux/userns),
 *              from where an ordinary user may signal all that he has
 *              started, and removed behind it, where its files are ours.
 * Read      docker-rm(1), pidfd_open(2); lessons/25-life.md
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/command.h"
#include "linux/cgroup.h"
#include "runtime/life.h"

struct rm_words {
    bool force;
};
const struct option_row rm_options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm_words, force), NULL,
     "Kill it first if it runs"},
    {0},
};
static const char rm_docker_only[] = "l v link volumes";

/* Rule 3: end it from out here. */
static void kill_container(const struct store *store, const char *name)
{
    mb_autolife struct life life = {.first = -1, .monitor = -1};
    struct container c;

    if (state_find(store->root, name, &c, NULL) < 0)
        return;
    life_open(&c, &life);
    (void)life_stop(&life, SIGKILL, -1, NULL);
    container_done(&c);
}

static int remove_container(const struct store *store, const char *name,
                            struct mb_error *err)
{
    struct container c;
    int result = 0;

    if (state_find(store->root, name, &c, err) < 0)
        return -1;
    if (state_is_running(&c))
        result = mb_failx(err,
                          "cannot remove container \"%s\": container is "
                          "running: stop the container before removing or "
                          "force remove",
                          name);
    if (result == 0)
        result = state_remove(store->root, &c, err);
    container_done(&c);
    return result;
}

int command_rm(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct rm_words w = {0};
    int status = 0;

    if (call_parse(call, rm_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, (size_t)-1, err) < 0 ||
        call_open_store_outside(call, err) < 0)
        return -1;
    for (size_t i = 0; w.force && i < words.n; i++)
        kill_container(&call->store, words.v[i]);
    if (call_open_store(call, err) < 0)
        return -1;
    cgroup_sweep();
    state_sweep_names(call->store.root);
    for (size_t i = 0; i < words.n; i++) {
        struct mb_error one = {0};
        if (remove_container(&call->store, words.v[i], &one) == 0) {
            puts(words.v[i]);
            continue;
        }
        call_report(&one);
        status |= !(w.force && starts_with(one.msg, "No such container"));
    }
    return status;
}
