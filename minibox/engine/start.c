/* SPDX-License-Identifier: MIT */
/*
 * start.c - a container begins to run
 *
 * Problem   There is a directory with a config.json in it.  A process is to
 *           come out of it, and its end is to be written down.
 * Idea      Read the spec, run it, write state.json at both ends.  Who stays
 *           with it meanwhile is the only difference:
 *
 *             run, start -a     minibox itself, until the end
 *             run -d, start     a monitor (runtime/monitor); minibox leaves
 *                               when the command runs
 *
 * Rules     1. A container that could not start stays as "created", with the
 *              reason, unless --rm: as in Docker.
 *           2. With --rm its directory goes when it ends, whoever saw the end.
 * Read      docker-start(1); lessons/25-life.md
 */
#include "engine/start.h"

#include <string.h>

#include "base/mem.h"
#include "engine/view.h"
#include "linux/program.h"
#include "linux/spawn.h"
#include "runtime/container.h"
#include "runtime/keeper.h"
#include "runtime/monitor.h"
#include "runtime/specfile.h"

/* One start. */
struct starting {
    const struct store *store;
    const struct container *c;
    bool remove;
};

static void record_start(pid_t pid, void *argument)
{
    const struct starting *s = argument;

    (void)state_set_running(s->c, pid, NULL);
}

/* Record how it went, or remove all of it (rules 1 and 2). */
static void record_end(const struct container_result *result,
                       const struct mb_error *failure, void *argument)
{
    const struct starting *s = argument;

    if (failure)
        (void)state_set_exited(s->c, failure->code, false, failure->msg, NULL);
    else
        (void)state_set_exited(s->c, result->exit_code, result->oom_killed,
                               NULL, NULL);
    if (!s->remove)
        return;
    /* Somebody may be waiting for the exit code (runtime/life). */
    mb_autoclose int lock = state_lock(s->c, true, NULL);
    (void)state_remove(s->store->root, s->c, NULL);
}

/* Stay with it to the end. */
static int start_here(struct starting *s, const struct container_spec *spec,
                      struct mb_error *err)
{
    struct container_result result;
    int status = container_run(spec, record_start, s, &result, err);

    record_end(&result, status < 0 ? err : NULL, s);
    keeper_reap();
    if (status < 0)
        return -1;
    if (result.oom_killed)
        mb_warn("a process of %s was killed: it had used up its memory limit",
                s->c->name);
    return result.exit_code;
}

/* The spec is read: add what lies on this machine. */
static int start_spec(struct starting *s, const struct start *how,
                      struct container_spec *spec, struct mb_error *err)
{
    mb_autofree char *init = program_sibling("minibox-init");
    const struct monitor monitor = {.dir = s->c->dir,
                                    .started = record_start,
                                    .ended = record_end,
                                    .argument = s};

    spec->id = s->c->id;
    spec->dir = s->c->dir;
    spec->disposable = s->remove;
    spec->out = how->out;
    spec->errors = how->errors;
    if (spec->init)
        spec->init = init;
    if (view_lowers(s->store, s->c, &spec->lowers, err) < 0)
        return -1;
    strv_take(&spec->lowers, store_skeleton_dir(s->store));
    return how->detach ? monitor_start(&monitor, spec, err)
                       : start_here(s, spec, err);
}

int start_container(const struct store *store, const struct container *c,
                    const struct start *how, struct mb_error *err)
{
    json_t *config = state_read(c, "config.json");
    struct starting s = {.store = store, .c = c};
    struct container_spec spec = {0};
    int status = -1;

    s.remove = json_is_true(json_object_get(config, "remove"));
    if (specfile_decode(config, &spec, err) == 0)
        status = start_spec(&s, how, &spec, err);
    specfile_done(&spec);
    json_decref(config);
    return status < 0 && err->code == 0 ? mb_code(err, EXIT_MINIBOX) : status;
}
