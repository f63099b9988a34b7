/* SPDX-License-Identifier: MIT */
/*
 * cli/rm.c - rm
 *
 * Problem   How does one get rid of a container?
 * Idea      Its directory is all there is of it.  The kernel says if it still
 *           runs (runtime/state).
 * Rules     1. A running container is removed only with -f, which kills it.
 *           2. Several arguments: each is tried, errors do not stop the rest.
 * Read      docker-rm(1), pidfd_open(2); lessons/25-life.md
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "linux/cgroup.h"
#include "runtime/state.h"

struct rm_words {
    bool force;
};
const struct option_row rm_options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm_words, force), NULL,
     "Kill it first if it runs"},
    {0},
};
static const char rm_docker_only[] = "l v link volumes";

/* Kill the container's first process and wait until it is gone. */
static int kill_container(const struct container *c, struct mb_error *err)
{
    json_t *state = state_read(c, "state.json");
    int pid = json_integer_value(json_object_get(state, "pid"));

    json_decref(state);
    mb_autoclose int pidfd = syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return errno == ESRCH ? 0 : mb_fail(err, "open process %d", pid);
    /* Only now is it sure that PID is (still) the one in the file. */
    if (!state_is_running(c))
        return 0;
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
        return mb_fail(err, "kill container %s", c->name);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        ;
    return 0;
}

static int remove_container(const struct store *store, const char *name,
                            bool force, struct mb_error *err)
{
    struct container c;
    int result = 0;

    if (state_find(store->root, name, &c, err) < 0)
        return -1;
    if (state_is_running(&c)) {
        if (force)
            result = kill_container(&c, err);
        else
            result = mb_failx(err,
                              "cannot remove container \"%s\": container "
                              "is running: stop the container before "
                              "removing or force remove",
                              name);
    }
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
        call_open_store(call, err) < 0)
        return -1;
    cgroup_sweep();
    state_sweep_names(call->store.root);
    for (size_t i = 0; i < words.n; i++) {
        struct mb_error one = {0};
        if (remove_container(&call->store, words.v[i], w.force, &one) == 0) {
            puts(words.v[i]);
            continue;
        }
        call_report(&one);
        status |= !(w.force && starts_with(one.msg, "No such container"));
    }
    return status;
}
