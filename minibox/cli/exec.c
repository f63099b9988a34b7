/* SPDX-License-Identifier: MIT */
/*
 * cli/exec.c - exec
 *
 * Problem   A look into a container that runs.
 * Idea      The words for engine/exec; and one thing that has to come before
 *           everything else.
 * Rules     1. For a moment our process is in the container and is still
 *              minibox.  Who is in there could then overwrite the program by
 *              way of /proc/PID/exe, and the host would run it next time
 *              (CVE-2019-5736).  So we first become a copy of ourselves in
 *              memory, sealed: whoever gets at it gets at nothing.
 * Read      docker-exec(1), memfd_create(2); lessons/26-monitor.md
 */
#include <stdio.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/variables.h"
#include "engine/exec.h"
#include "linux/program.h"
#include "linux/spawn.h"

struct exec_words {
    bool detach, interactive, tty, privileged, explain;
    const char *cwd, *user;
    struct strv env, env_files;
};
#define FIELD(f) offsetof(struct exec_words, f)
const struct option_row exec_options[] = {
    {'d', "detach", OPTION_FLAG, FIELD(detach), NULL,
     "Come back as soon as it runs"},
    {'i', "interactive", OPTION_FLAG, FIELD(interactive), NULL,
     "Pass standard input on to it"},
    {'t', "tty", OPTION_FLAG, FIELD(tty), NULL, "Give it a terminal"},
    {'e', "env", OPTION_LIST, FIELD(env), "NAME[=VALUE]", "Set a variable"},
    {0, "env-file", OPTION_LIST, FIELD(env_files), "FILE",
     "Set the variables of a file"},
    {'w', "workdir", OPTION_STRING, FIELD(cwd), "DIR", "Start in DIR"},
    {'u', "user", OPTION_STRING, FIELD(user), "USER[:GROUP]", "Run as USER"},
    {0, "privileged", OPTION_FLAG, FIELD(privileged), NULL,
     "All capabilities, no filter"},
    {0, "explain", OPTION_FLAG, FIELD(explain), NULL,
     "Tell each step as it happens"},
    {0},
};

/* Rule 1.  Returns 0 in the copy. */
static int become_sealed(const struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv argv = {0};
    char self[64] = "";

    (void)!readlink("/proc/self/exe", self, sizeof self - 1);
    if (starts_with(self, "/memfd:minibox"))
        return 0;
    mb_autoclose int copy =
        program_sealed_copy("/proc/self/exe", "minibox", err);
    if (copy < 0)
        return -1;
    strv_add(&argv, "minibox");
    strv_add_all(&argv, call->argv);
    fexecve(copy, argv.v, environ);
    return mb_fail(err, "execute the sealed copy of minibox");
}

static int exec_now(struct call *call, const struct exec_words *w,
                    const struct strv *words, struct mb_error *err)
{
    mb_autostrv struct strv env = {0}, argv = {0};
    struct container c;

    strv_add_all(&argv, words->v + 1);
    const struct exec_wishes wishes = {.argv = &argv,
                                       .env = &env,
                                       .cwd = w->cwd,
                                       .user = w->user,
                                       .interactive = w->interactive,
                                       .tty = w->tty,
                                       .detach = w->detach,
                                       .privileged = w->privileged};

    if (variables_collect(&w->env_files, &w->env, &env, err) < 0 ||
        call_open_store_outside(call, err) < 0)
        return -1;
    if (state_find(call->store.root, words->v[0], &c, err) < 0)
        return mb_code(err, 1);
    int status = exec_command(&c, &wishes, err);
    container_done(&c);
    return status;
}

static int check_words(const struct exec_words *w, struct mb_error *err)
{
    if (w->tty && w->interactive && !w->detach && !isatty(STDIN_FILENO)) {
        mb_failx(err, "the input device is not a TTY");
        mb_hint(err, "leave -t out when standard input is a pipe or file");
        return mb_code(err, 1);
    }
    if (w->cwd && *w->cwd != '/') {
        mb_failx(err, "-w %s: the directory must be an absolute path", w->cwd);
        return mb_code(err, EXIT_MINIBOX);
    }
    return 0;
}

int command_exec(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct exec_words w = {0};
    int status = -1;

    if (call_parse(call, "detach-keys", &w, &words, err) == 0 &&
        call_need_words(call, &words, 2, (size_t)-1, err) == 0 &&
        check_words(&w, err) == 0 && become_sealed(call, err) == 0) {
        if (w.explain)
            explain_enable();
        status = exec_now(call, &w, &words, err);
    }
    strv_done(&w.env);
    strv_done(&w.env_files);
    return status;
}
