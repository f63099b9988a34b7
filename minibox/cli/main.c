/* SPDX-License-Identifier: MIT */
/*
 * main.c - from the words of a command line to a command
 *
 * Problem   Docker's command line is a language that people know by heart;
 *           a word that means something else here would teach them wrong.
 * Idea      One table of commands.  The dispatch, the help and the completion
 *           are made from it, so they can't disagree.
 * Rules     1. Only this layer prints errors and decides exit statuses.
 *           2. --help costs nothing: no door, no store.
 *           3. An error is one line: "minibox: what is wrong (what to do)".
 * Read      docker(1)
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/similar.h"
#include "cli/command.h"

const struct option_row no_options[] = {{0}};

static const struct command commands[] = {
    {"run", command_run, "[OPTIONS] IMAGE [COMMAND] [ARG...]",
     "Run a command in a new container", run_options, 0},
    {"build", command_build, "[OPTIONS] DIRECTORY | -",
     "Build an image from a Dockerfile", build_options_table, 0},
    {"dockerfile", command_dockerfile, "[OPTIONS] FILE|-",
     "Show what a Dockerfile says, as BuildKit parses it", dockerfile_options,
     0},
    {"images", command_images, "[OPTIONS] [NAME]", "List images",
     images_options, 0},
    {"history", command_history, "[OPTIONS] IMAGE",
     "Show how an image was made", history_options, 0},
    {"layers", command_layers, "[OPTIONS] IMAGE",
     "Show what is in each layer, and what later ones hide", layers_options, 0},
    {"audit", command_audit, "[OPTIONS] IMAGE|ARCHIVE",
     "Find secrets and waste in an image", audit_options, 0},
    {"inspect", command_inspect, "[OPTIONS] NAME...",
     "Show all that is known of an image or container, as JSON",
     inspect_options, 0},
    {"tag", command_tag, "IMAGE NEW_NAME", "Give an image another name",
     no_options, 0},
    {"rmi", command_rmi, "[OPTIONS] IMAGE...", "Remove images", rmi_options, 0},
    {"pull", command_pull, "[OPTIONS] NAME[:TAG|@DIGEST]",
     "Fetch an image from a registry", pull_options, 0},
    {"push", command_push, "[OPTIONS] NAME[:TAG]",
     "Send an image to a registry", push_options, 0},
    {"login", command_login, "[OPTIONS] [SERVER]", "Log in to a registry",
     login_options, 0},
    {"logout", command_logout, "[SERVER]", "Forget a login", no_options, 0},
    {"save", command_save, "[OPTIONS] IMAGE...",
     "Write images to a file that docker load takes", save_options, 0},
    {"load", command_load, "[OPTIONS]", "Read images that save has written",
     load_options, 0},
    {"import", command_import, "[OPTIONS] FILE|- [NAME]",
     "Make an image from a tar of a root file system", import_options, 0},
    {"base", command_base, "[OPTIONS] busybox|debian",
     "Make a base image from this machine's packages", base_options, 0},
    {"image prune", command_image_prune, "[OPTIONS]",
     "Remove images that nobody needs", prune_options, 0},
    {"container prune", command_container_prune, "[OPTIONS]",
     "Remove containers that have ended", prune_container_options, 0},
    {"system df", command_system_df, "[OPTIONS]",
     "Show how much space all of it takes", df_options, 0},
    {"system prune", command_system_prune, "[OPTIONS]",
     "Remove all of that, and the build cache", prune_options, 0},
    {"create", command_create, "[OPTIONS] IMAGE [COMMAND] [ARG...]",
     "Make a container without running it", run_options + 1, 0},
    {"start", command_start, "[OPTIONS] CONTAINER...",
     "Run containers that do not run", start_options, 0},
    {"stop", command_stop, "[OPTIONS] CONTAINER...",
     "Ask containers to end, and insist", stop_options, 0},
    {"restart", command_restart, "[OPTIONS] CONTAINER...", "Stop and start",
     stop_options, 0},
    {"kill", command_kill, "[OPTIONS] CONTAINER...",
     "Send a signal to containers", kill_options, 0},
    {"wait", command_wait, "CONTAINER...",
     "Wait until containers have ended, and print their exit codes", no_options,
     0},
    {"exec", command_exec, "[OPTIONS] CONTAINER COMMAND [ARG...]",
     "Run a command in a container that runs", exec_options, 0},
    {"top", command_top, "CONTAINER", "Show the processes of a container",
     no_options, 0},
    {"logs", command_logs, "[OPTIONS] CONTAINER",
     "Show what a container has printed", logs_options, 0},
    {"ps", command_ps, "[OPTIONS]", "List containers", ps_options, 0},
    {"export", command_export, "[OPTIONS] CONTAINER",
     "Write a container's files to a tar", export_options, 0},
    {"commit", command_commit, "[OPTIONS] CONTAINER [NAME]",
     "Make an image of what a container has changed", commit_options, 0},
    {"diff", command_diff, "CONTAINER", "Show what a container has changed",
     no_options, 0},
    {"cp", command_cp, "CONTAINER:PATH PATH | PATH CONTAINER:PATH",
     "Copy files out of a container, or into one", cp_options, 0},
    {"rm", command_rm, "[OPTIONS] CONTAINER...", "Remove containers",
     rm_options, 0},
    {"doctor", command_doctor, "",
     "What this machine can do, and the fix for "
     "what it can't",
     no_options, 0},
    {"completion", command_completion, "bash",
     "Print what bash needs to complete minibox's words", no_options, 0},
    {"manual", command_manual, "", "Print the man page", no_options, HIDDEN},
    {"version", command_version, "", "Show the version", no_options, 0},
    /* the long forms */
    {"container run", command_run, "[OPTIONS] IMAGE [COMMAND] [ARG...]",
     "See run", run_options, HIDDEN},
    {"container create", command_create, "[OPTIONS] IMAGE [COMMAND] [ARG...]",
     "See create", run_options + 1, HIDDEN},
    {"container start", command_start, "[OPTIONS] CONTAINER...", "See start",
     start_options, HIDDEN},
    {"container stop", command_stop, "[OPTIONS] CONTAINER...", "See stop",
     stop_options, HIDDEN},
    {"container restart", command_restart, "[OPTIONS] CONTAINER...",
     "See restart", stop_options, HIDDEN},
    {"container kill", command_kill, "[OPTIONS] CONTAINER...", "See kill",
     kill_options, HIDDEN},
    {"container wait", command_wait, "CONTAINER...", "See wait", no_options,
     HIDDEN},
    {"container logs", command_logs, "[OPTIONS] CONTAINER", "See logs",
     logs_options, HIDDEN},
    {"container exec", command_exec, "[OPTIONS] CONTAINER COMMAND [ARG...]",
     "See exec", exec_options, HIDDEN},
    {"container top", command_top, "CONTAINER", "See top", no_options, HIDDEN},
    {"container ls", command_ps, "[OPTIONS]", "See ps", ps_options, HIDDEN},
    {"container list", command_ps, "[OPTIONS]", "See ps", ps_options, HIDDEN},
    {"container ps", command_ps, "[OPTIONS]", "See ps", ps_options, HIDDEN},
    {"container export", command_export, "[OPTIONS] CONTAINER", "See export",
     export_options, HIDDEN},
    {"container commit", command_commit, "[OPTIONS] CONTAINER [NAME]",
     "See commit", commit_options, HIDDEN},
    {"container diff", command_diff, "CONTAINER", "See diff", no_options,
     HIDDEN},
    {"container cp", command_cp, "CONTAINER:PATH PATH | PATH CONTAINER:PATH",
     "See cp", cp_options, HIDDEN},
    {"container rm", command_rm, "[OPTIONS] CONTAINER...", "See rm", rm_options,
     HIDDEN},
    {"container inspect", command_inspect, "[OPTIONS] NAME...", "See inspect",
     inspect_options, HIDDEN},
    {"image build", command_build, "[OPTIONS] DIRECTORY | -", "See build",
     build_options_table, HIDDEN},
    {"image ls", command_images, "[OPTIONS] [NAME]", "See images",
     images_options, HIDDEN},
    {"image list", command_images, "[OPTIONS] [NAME]", "See images",
     images_options, HIDDEN},
    {"image history", command_history, "[OPTIONS] IMAGE", "See history",
     history_options, HIDDEN},
    {"image layers", command_layers, "[OPTIONS] IMAGE", "See layers",
     layers_options, HIDDEN},
    {"image audit", command_audit, "[OPTIONS] IMAGE|ARCHIVE", "See audit",
     audit_options, HIDDEN},
    {"image inspect", command_inspect, "[OPTIONS] NAME...", "See inspect",
     inspect_options, HIDDEN},
    {"image tag", command_tag, "IMAGE NEW_NAME", "See tag", no_options, HIDDEN},
    {"image rm", command_rmi, "[OPTIONS] IMAGE...", "See rmi", rmi_options,
     HIDDEN},
    {"image pull", command_pull, "[OPTIONS] NAME[:TAG|@DIGEST]", "See pull",
     pull_options, HIDDEN},
    {"image push", command_push, "[OPTIONS] NAME[:TAG]", "See push",
     push_options, HIDDEN},
    {"image save", command_save, "[OPTIONS] IMAGE...", "See save", save_options,
     HIDDEN},
    {"image load", command_load, "[OPTIONS]", "See load", load_options, HIDDEN},
    {"image import", command_import, "[OPTIONS] FILE|- [NAME]", "See import",
     import_options, HIDDEN},
    {0},
};

/* ---- help --------------------------------------------------------------- */

static int print_overview(void)
{
    puts("Usage:  minibox COMMAND\n\n"
         "A container runtime that one can read.\n\nCommands:");
    for (const struct command *c = commands; c->name; c++)
        if (!(c->flags & HIDDEN))
            printf("  %-16s %s\n", c->name, c->summary);
    puts("\nRun 'minibox COMMAND --help' for more on a command.");
    return 0;
}

static int print_command_help(const struct command *c)
{
    printf("Usage:  minibox %s %s\n\n%s\n", c->name, c->usage, c->summary);
    if (c->options->name)
        puts("\nOptions:");
    options_print(c->options);
    return 0;
}

/* Is --help among the words that are options? */
static bool wants_help(char *const *argv)
{
    for (argv++; *argv && (*argv)[0] == '-'; argv++)
        if (strcmp(*argv, "--help") == 0)
            return true;
    return false;
}

/* ---- dispatch ----------------------------------------------------------- */

/* The row for the first word, or for the first two ("image ls").  *out_used:
 * how many words its name took. */
static const struct command *find_command(char *const *words, int *out_used)
{
    for (const struct command *c = commands; c->name; c++) {
        const char *space = strchr(c->name, ' ');
        *out_used = space ? 2 : 1;
        if (!space && strcmp(c->name, words[0]) == 0)
            return c;
        size_t len = space ? space - c->name : 0;
        if (space && words[1] && strlen(words[0]) == len &&
            strncmp(c->name, words[0], len) == 0 &&
            strcmp(space + 1, words[1]) == 0)
            return c;
    }
    return NULL;
}

/* "image" and its like: the second words that go with it, out of the table.
 * False when there are none. */
static bool list_group(const char *name, struct buf *out)
{
    for (const struct command *c = commands; c->name; c++) {
        const char *space = strchr(c->name, ' ');
        if (!space || strlen(name) != (size_t)(space - c->name) ||
            !starts_with(c->name, name))
            continue;
        buf_addf(out, "%s%s", out->len ? ", " : "", space + 1);
    }
    return out->len > 0;
}

/* Commands of Docker's that people will try here. */
static int unknown_command(const char *name, const char *next,
                           struct mb_error *err)
{
    static const char *const later[] = {
        "attach",  "builder", "buildx", "checkpoint", "compose", "config",
        "context", "events",  "info",   "manifest",   "network", "node",
        "pause",   "plugin",  "port",   "rename",     "scout",   "search",
        "secret",  "service", "stack",  "stats",      "swarm",   "trust",
        "unpause", "update",  "volume"};
    mb_autobuf struct buf group = BUF_INIT;

    if (list_group(name, &group)) {
        mb_failx(err, "minibox %s %s is not a command", name,
                 next ? next : "alone");
        mb_hint(err, "these are: %s", group.s);
        return mb_code(err, 1);
    }
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(later[i], name) == 0) {
            mb_failx(err,
                     "%s is a command of Docker's that is not in minibox "
                     "yet",
                     name);
            return mb_code(err, 1);
        }
    mb_failx(err, "unknown command: minibox %s", name);
    mb_hint(err, "minibox --help lists the commands");
    for (const struct command *c = commands; c->name; c++)
        if (!(c->flags & HIDDEN) && similar_distance(name, c->name) <= 1)
            mb_hint(err, "did you mean minibox %s?", c->name);
    return mb_code(err, 1);
}

static int dispatch(char **argv, struct mb_error *err)
{
    struct call call = {.all = commands};
    int used;

    bool help = argv[1] && strcmp(argv[1], "help") == 0;

    if (!argv[1] || strcmp(argv[1], "--help") == 0 || (help && !argv[2]))
        return print_overview();
    argv += help; /* "help run" is "run --help" */
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-v") == 0)
        argv[1] = "version";
    call.command = find_command(argv + 1, &used);
    if (!call.command)
        return unknown_command(argv[1], argv[2], err);
    call.argv = argv + used;
    if (help || wants_help(call.argv))
        return print_command_help(call.command);
    int status = call.command->run(&call, err);
    store_close(&call.store);
    return status;
}

/* Descriptors 0, 1 and 2 must be taken: else the first file that is opened
 * would become somebody's standard output. */
static void fill_stdio(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    struct mb_error err = {0};
    (void)argc;

    fill_stdio();
    /* A limit on file sizes is an error like any other, not a death. */
    (void)signal(SIGXFSZ, SIG_IGN);
    int status = dispatch(argv, &err);
    if (fflush(stdout) != 0 && status == 0)
        status = mb_fail(&err, "write to standard output");
    if (status >= 0)
        return status;
    call_report(&err);
    return err.code ? err.code : 1;
}
