/* SPDX-License-Identifier: MIT */
/*
 * exec.c - another command in a container that runs
 *
 * Problem   Something is wrong in there, and one would like to look around.
 * Idea      The container's own spec, with another command: same user, same
 *           variables, same walls.  runtime/join finds the way in.
 *
 *             config.json    env, user, cwd, capabilities, filter
 *             + wishes       command, -e, -u, -w, -t, -i
 *             = the process  beside PID 1, ended with it
 *
 * Rules     1. It is a child of ours, not of PID 1: its exit status is ours,
 *              and it ends when we are killed.
 *           2. When PID 1 ends, the kernel kills all others in the PID
 *              namespace: nothing is to be done about that.
 * Read      docker-exec(1), pid_namespaces(7); lessons/26-monitor.md
 */
#include "engine/exec.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "linux/caps.h"
#include "linux/spawn.h"
#include "runtime/container.h"
#include "runtime/join.h"
#include "runtime/keeper.h"
#include "runtime/life.h"
#include "runtime/specfile.h"

/* The container's spec becomes that of the command. */
static void apply_wishes(const struct exec_wishes *w,
                         struct container_spec *spec)
{
    strv_done(&spec->argv);
    strv_add_all(&spec->argv, w->argv->v);
    for (size_t i = 0; i < w->env->n; i++) {
        mb_autofree char *name =
            mb_strndup(w->env->v[i], strcspn(w->env->v[i], "="));
        strv_setenv(&spec->env, name, strchr(w->env->v[i], '=') + 1);
    }
    if (w->tty && !strv_getenv(&spec->env, "TERM"))
        strv_setenv(&spec->env, "TERM", "xterm");
    if (w->cwd)
        spec->cwd = w->cwd;
    if (w->user)
        spec->user = w->user;
    spec->tty = w->tty;
    spec->interactive = w->interactive;
    spec->init = NULL;
}

/* --privileged: no bounds but those of the container's namespaces. */
static int open_up(struct container_spec *spec, struct mb_error *err)
{
    mb_autostrv struct strv all = {0}, none = {0};

    strv_add(&all, "ALL");
    spec->unconfined = true;
    return caps_resolve(&all, &none, &spec->caps, err);
}

/* ---- detached ----------------------------------------------------------- */

static void nothing_begins(void *handshake, int master)
{
    struct handshake *h = handshake;

    (void)master;
    mb_cleanup_close(&h->child); /* end of file: it runs */
}

static size_t nothing_wanted(void *argument, struct pollfd *fds)
{
    (void)argument, (void)fds;
    return 0;
}

static void nothing_handled(void *argument, const struct pollfd *fds, size_t n)
{
    (void)argument, (void)fds, (void)n;
}

static void nothing_ends(void *argument)
{
    (void)argument;
}

/* The process that stays when we go: nobody hears what the command prints. */
static _Noreturn void stay_behind(struct container_spec *spec,
                                  const struct container_door *door,
                                  struct handshake *h)
{
    const struct container_io io = {.begin = nothing_begins,
                                    .want = nothing_wanted,
                                    .handle = nothing_handled,
                                    .end = nothing_ends,
                                    .argument = h};
    struct container_result result;
    struct mb_error err = {0};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    handshake_in_child(h);
    for (int fd = 0; fd <= 2; fd++)
        (void)dup2(null, fd);
    (void)setsid();
    spec->io = &io;
    if (container_exec(spec, door, &result, &err) < 0)
        handshake_fail(h, &err);
    keeper_reap();
    _exit(0);
}

static int exec_detached(struct container_spec *spec,
                         const struct container_door *door,
                         struct mb_error *err)
{
    struct handshake h;

    if (handshake_open(&h, err) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        stay_behind(spec, door, &h);
    handshake_in_parent(&h);
    if (pid < 0) {
        close(h.parent);
        return mb_fail(err, "start a process for exec -d");
    }
    return handshake_wait(&h, NULL, err);
}

/* ---- all of it ---------------------------------------------------------- */

static int exec_spec(struct container_spec *spec, const struct life *life,
                     bool detach, struct mb_error *err)
{
    json_t *state = state_read(life->c, "state.json");
    int pid = json_integer_value(json_object_get(state, "pid"));
    struct container_result result;
    struct container_door door;

    json_decref(state);
    if (join_find_door(pid, life->first, &door, err) < 0)
        return -1;
    if (detach)
        return exec_detached(spec, &door, err);
    int status = container_exec(spec, &door, &result, err);
    keeper_reap();
    return status < 0 ? -1 : result.exit_code;
}

int exec_command(const struct container *c, const struct exec_wishes *wishes,
                 struct mb_error *err)
{
    mb_autolife struct life life;
    struct container_spec spec = {0};

    life_open(c, &life);
    if (life.first < 0) {
        mb_failx(err, "container %s is not running", c->id);
        mb_hint(err, "minibox start %s", c->name);
        return mb_code(err, 1);
    }
    json_t *config = state_read(c, "config.json");
    int status = specfile_decode(config, &spec, err);
    if (status == 0) {
        apply_wishes(wishes, &spec);
        status = wishes->privileged ? open_up(&spec, err) : 0;
    }
    if (status == 0) {
        status = exec_spec(&spec, &life, wishes->detach, err);
    }
    specfile_done(&spec);
    json_decref(config);
    return status;
}
