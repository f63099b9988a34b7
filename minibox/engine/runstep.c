/* SPDX-License-Identifier: MIT */
/*
 * runstep.c - RUN: a step that is a container
 *
 * Problem   RUN executes programs of the image, and they may be anybody's.
 * Idea      It is a container like any other: same walls, same code.  Only
 *           where its pieces come from differs:
 *
 *                       minibox run             RUN
 *             files     the image's layers      the image so far
 *             changes   kept until rm           become the next layer
 *             command   CMD, ENTRYPOINT         the line in the Dockerfile
 *             network   one of its own          the host's, as it must fetch
 *
 * Rules     1. It gets no input and none of our environment: the same step
 *              must do the same thing on every machine.
 *           2. It ends when its first process ends: what a script has left in
 *              the background is killed along with the PID namespace.
 * Read      reference.md, "RUN"; lessons/22-build.md
 */
#include "engine/runstep.h"

#include <fcntl.h>
#include <string.h>

#include "base/mem.h"
#include "engine/arg.h"
#include "engine/attach.h"
#include "engine/config.h"
#include "linux/caps.h"
#include "runtime/container.h"
#include "runtime/names.h"

#define BUILD_HOSTNAME "minibox-build"

/* The variables of the stage, and the proxies. */
static void run_environment(const struct build *b, const struct stage *s,
                            struct strv *out)
{
    strv_add_all(out, s->env.v);
    arg_proxies(b, out);
}

static void run_spec_done(struct container_spec *spec)
{
    strv_done(&spec->lowers);
    strv_done(&spec->argv);
    strv_done(&spec->env);
}

/* What the container of a RUN is: the image so far, and the host's network
 * unless somebody said otherwise. */
static void run_spec(const struct build *b, const struct stage *s,
                     const struct step *step, const char *dir,
                     struct container_spec *spec)
{
    const json_t *config = image_run_config(&s->image);
    const char *cwd = config_string(config, "WorkingDir");
    int output = b->options->progress ? fileno(b->options->progress) : -1;

    *spec = (struct container_spec){
        .dir = dir,
        .disposable = true,
        .brief = true,
        .cwd = *cwd ? cwd : "/",
        .user = config_string(config, "User"),
        .hostname = BUILD_HOSTNAME,
        .host_network = runmount_has_network(b, step->in),
        .caps = caps_docker_default,
        .out = output,
        .errors = output,
    };
    image_layer_dirs(b->store, &s->image, &spec->lowers);
    strv_take(&spec->lowers, store_skeleton_dir(b->store));
    strv_add_all(&spec->argv, step->argv.v);
    run_environment(b, s, &spec->env);
}

/* The words of the command, for a message. */
static char *command_text(const struct step *step)
{
    struct buf text = BUF_INIT;

    for (size_t i = 0; i < step->argv.n; i++)
        buf_addf(&text, "%s%s", i ? " " : "", step->argv.v[i]);
    return buf_take(&text);
}

int runstep_execute(const struct build *b, const struct stage *s,
                    const struct step *step, const char *dir,
                    struct mb_error *err)
{
    struct container_spec spec;
    struct container_result result;
    struct attach attach;
    char id[65];

    names_random_id(id);
    run_spec(b, s, step, dir, &spec);
    spec.id = id;
    /* -q: the output goes nowhere, but it must go somewhere. */
    mb_autoclose int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (spec.out < 0)
        spec.out = spec.errors = nowhere;
    int status = attach_prepare(b, &step->mounts, dir, &spec, &attach, err);
    if (status == 0)
        status = container_run(&spec, NULL, NULL, &result, err);
    attach_done(&attach);
    run_spec_done(&spec);
    mb_autofree char *command = command_text(step);
    if (status < 0)
        return -1;
    if (result.exit_code == 0)
        return 0;
    if (result.interrupted) {
        mb_failx(err, "build interrupted");
        mb_hint(err, "the steps before this one stay in the cache");
        return mb_code(err, 128 + result.interrupted);
    }
    mb_failx(err,
             "process \"%.900s\" did not complete successfully: exit code: "
             "%d",
             command, result.exit_code);
    return mb_hint(err, "%s", result.oom_killed ? "it ran out of memory" : "");
}
