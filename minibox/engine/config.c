/* SPDX-License-Identifier: MIT */
/*
 * config.c - what finally runs
 *
 * Problem   The image has an ENTRYPOINT, a CMD, variables, a directory and a
 *           user; the command line may say otherwise on each.  What runs?
 * Idea      The command is one list made of two halves; only the second is
 *           what `run IMAGE ARGS...` replaces:
 *
 *             ENTRYPOINT            CMD                     runs
 *             -                     ["ls"]                  ls
 *             ["git"]               ["help"]                git help
 *             ["git"]               replaced by: log -1     git log -1
 *             --entrypoint sh       dropped                 sh
 *
 * Rules     1. The shell form of either is already ["/bin/sh","-c","..."] in
 *              the image.  Nothing here knows of shells: what is given on the
 *              command line is executed, not interpreted.
 *           2. --entrypoint drops the image's CMD too: it was meant as
 *              arguments for another program.
 *           3. Variables: the image's, then the command line's, which win.
 * Read      OCI image spec, config.md; reference.md, "Understand how CMD and
 *           ENTRYPOINT interact"; lessons/23-startup.md
 */
#include "engine/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "linux/spawn.h"

const char *config_string(const json_t *config, const char *key)
{
    const char *text = json_string_value(json_object_get(config, key));

    return text ? text : "";
}

void config_strings(const json_t *config, const char *key, struct strv *out)
{
    const json_t *array = json_object_get(config, key);

    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text)
            strv_add(out, text);
    }
}

json_t *config_array(const struct strv *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->n; i++) {
        json_t *text = json_string(list->v[i]);
        /* JSON is UTF-8.  What is not was checked where it came from. */
        json_array_append_new(array, text ? text : json_string(""));
    }
    return array;
}

void process_done(struct process *process)
{
    strv_done(&process->argv);
    strv_done(&process->env);
    free(process->cwd);
    free(process->user);
    *process = (struct process){0};
}

/* The picture above. */
static int resolve_argv(const json_t *config, const struct config_wishes *w,
                        struct strv *out, struct mb_error *err)
{
    bool replaced = w->argv && w->argv->n > 0;

    if (!w->entrypoint)
        config_strings(config, "Entrypoint", out);
    else if (*w->entrypoint)
        strv_add(out, w->entrypoint);
    if (replaced)
        strv_add_all(out, w->argv->v);
    else if (!w->entrypoint) /* rule 2 */
        config_strings(config, "Cmd", out);
    if (out->n > 0)
        return 0;
    mb_failx(err, "no command specified");
    mb_hint(err, "the image has no CMD: say what to run after its name");
    return mb_code(err, EXIT_MINIBOX);
}

/* In Docker's order: defaults, the image's, the command line's. */
static void resolve_env(const json_t *config, const struct config_wishes *w,
                        struct strv *out)
{
    mb_autostrv struct strv given = {0};

    strv_setenv(out, "PATH", CONFIG_DEFAULT_PATH);
    if (w->hostname)
        strv_setenv(out, "HOSTNAME", w->hostname);
    if (w->tty)
        strv_setenv(out, "TERM", "xterm");
    config_strings(config, "Env", &given);
    if (w->env)
        strv_add_all(&given, w->env->v);
    for (size_t i = 0; i < given.n; i++) {
        char *equals = strchr(given.v[i], '=');
        if (!equals || equals == given.v[i])
            continue;
        *equals = '\0';
        strv_setenv(out, given.v[i], equals + 1);
    }
}

static int resolve_cwd(const json_t *config, const struct config_wishes *w,
                       char **out, struct mb_error *err)
{
    const char *cwd = w->cwd ? w->cwd : config_string(config, "WorkingDir");

    if (*cwd == '\0')
        cwd = "/";
    if (*cwd != '/') {
        mb_failx(err,
                 "the working directory '%s' is invalid, it needs to be "
                 "an absolute path",
                 cwd);
        return mb_code(err, EXIT_MINIBOX);
    }
    *out = mb_strdup(cwd);
    return 0;
}

int config_resolve(const json_t *config, const struct config_wishes *wishes,
                   struct process *out, struct mb_error *err)
{
    struct process p = {0};

    if (resolve_argv(config, wishes, &p.argv, err) < 0 ||
        resolve_cwd(config, wishes, &p.cwd, err) < 0) {
        process_done(&p);
        return -1;
    }
    resolve_env(config, wishes, &p.env);
    p.user =
        mb_strdup(wishes->user ? wishes->user : config_string(config, "User"));
    *out = p;
    return 0;
}
