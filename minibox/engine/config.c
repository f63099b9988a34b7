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
 *           3. An ENTRYPOINT that is the one word "" is none: --entrypoint ""
 *              takes the image's away, and its CMD too (rule 2).
 *           4. Variables: the defaults, then the image's, then the command
 *              line's; of the same name the later wins.
 *           5. -w "" and -u "" say nothing: the image's holds.
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

/* The picture above.  May leave *out empty. */
static void resolve_argv(const json_t *config, const struct config_wishes *w,
                         struct strv *out)
{
    /* STEP 1, 3 points: fill *out: the first half is --entrypoint (if it is
     * given) or the image's ENTRYPOINT; the second is what stands behind the
     * image's name (if anything does) or the image's CMD; but see rules 2, 3
     * else: (void)config, (void)w, (void)out; */
    bool replaced = w->argv && w->argv->n > 0;

    if (w->entrypoint)
        strv_add(out, w->entrypoint);
    else
        config_strings(config, "Entrypoint", out);
    if (out->n == 1 && *out->v[0] == '\0') /* rule 3 */
        strv_done(out);
    if (replaced)
        strv_add_all(out, w->argv->v);
    else if (!w->entrypoint) /* rule 2 */
        config_strings(config, "Cmd", out);
    /* END STEP 1 */
}

/* Set a variable in *out for each "NAME=value" in GIVEN, but not those that
 * are in BUT, which may be NULL. */
static void set_variables(const struct strv *given, const struct strv *but,
                          struct strv *out)
{
    for (size_t i = 0; i < given->n; i++) {
        mb_autofree char *name = mb_strdup(given->v[i]);
        char *equals = strchr(name, '=');
        if (!equals || equals == name)
            continue;
        *equals = '\0';
        if (!but || !strv_getenv(but, name))
            strv_setenv(out, name, equals + 1);
    }
}

/* Rule 4, in the order in which Docker lists them. */
static void resolve_env(const json_t *config, const struct config_wishes *w,
                        struct strv *out)
{
    mb_autostrv struct strv image = {0};

    config_strings(config, "Env", &image);
    /* STEP 2, 3 points: set in *out PATH, HOSTNAME (if there is one) and TERM
     * (xterm, if there is a terminal), then the command line's variables, and
     * of the image's those that the command line does not have
     * else: (void)w, (void)out, (void)set_variables; */
    strv_setenv(out, "PATH", CONFIG_DEFAULT_PATH);
    if (w->hostname)
        strv_setenv(out, "HOSTNAME", w->hostname);
    if (w->tty)
        strv_setenv(out, "TERM", "xterm");
    if (w->env)
        set_variables(w->env, NULL, out);
    set_variables(&image, w->env, out);
    /* END STEP 2 */
}

/* Rule 5: WISH, or what the image has at KEY, or "". */
static const char *choose(const char *wish, const json_t *config,
                          const char *key)
{
    /* STEP 3, 2 points: rule 5: what the command line wishes, or else what the
     * image's config says
     * else: (void)wish, (void)config, (void)key; return ""; */
    return wish && *wish ? wish : config_string(config, key);
    /* END STEP 3 */
}

/* Where it starts. */
static int resolve_cwd(const json_t *config, const struct config_wishes *w,
                       char **out, struct mb_error *err)
{
    const char *cwd = choose(w->cwd, config, "WorkingDir");

    /* STEP 4, 2 points: "/" if nobody says anything; fail, with the code
     * EXIT_MINIBOX, if the directory is not absolute
     * else: (void)err; */
    if (*cwd == '\0')
        cwd = "/";
    if (*cwd != '/') {
        mb_failx(err,
                 "the working directory '%s' is invalid, it needs to be "
                 "an absolute path",
                 cwd);
        return mb_code(err, EXIT_MINIBOX);
    }
    /* END STEP 4 */
    *out = mb_strdup(cwd);
    return 0;
}

/* An image may be without a command, a process may not. */
static int require_command(const struct strv *argv, struct mb_error *err)
{
    if (argv->n > 0)
        return 0;
    mb_failx(err, "no command specified");
    mb_hint(err, "the image has no CMD: say what to run after its name");
    return mb_code(err, EXIT_MINIBOX);
}

int config_resolve(const json_t *config, const struct config_wishes *wishes,
                   struct process *out, struct mb_error *err)
{
    struct process p = {0};

    resolve_argv(config, wishes, &p.argv);
    if (require_command(&p.argv, err) < 0 ||
        resolve_cwd(config, wishes, &p.cwd, err) < 0) {
        process_done(&p);
        return -1;
    }
    resolve_env(config, wishes, &p.env);
    p.user = mb_strdup(choose(wishes->user, config, "User"));
    *out = p;
    return 0;
}
