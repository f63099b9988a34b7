/* SPDX-License-Identifier: MIT */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/error.h"
#include "cli/options.h"
#include "image/store.h"

/* What a command is given. */
struct call {
    const struct command *command, *all; /* this one; the table of all */
    char *const *argv;                   /* starts with the command's name */
    struct store store;                  /* after call_open_store() */
};
enum { HIDDEN = 1 }; /* not in the list of --help: another name of a command */

/* A row of the table of commands (cli/main). */
struct command {
    const char *name; /* "run"; "image ls" for the long form */
    int (*run)(struct call *call, struct mb_error *err);
    const char *usage;   /* "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
    const char *summary; /* one line */
    const struct option_row *options;
    int flags;
};

/* Each returns the exit status, or -1 with *err filled. */
int command_audit(struct call *call, struct mb_error *err);
int command_base(struct call *call, struct mb_error *err);
int command_build(struct call *call, struct mb_error *err);
int command_commit(struct call *call, struct mb_error *err);
int command_completion(struct call *call, struct mb_error *err);
int command_container_prune(struct call *call, struct mb_error *err);
int command_cp(struct call *call, struct mb_error *err);
int command_diff(struct call *call, struct mb_error *err);
int command_dockerfile(struct call *call, struct mb_error *err);
int command_doctor(struct call *call, struct mb_error *err);
int command_exec(struct call *call, struct mb_error *err);
int command_export(struct call *call, struct mb_error *err);
int command_history(struct call *call, struct mb_error *err);
int command_image_prune(struct call *call, struct mb_error *err);
int command_images(struct call *call, struct mb_error *err);
int command_import(struct call *call, struct mb_error *err);
int command_inspect(struct call *call, struct mb_error *err);
int command_layers(struct call *call, struct mb_error *err);
int command_load(struct call *call, struct mb_error *err);
int command_manual(struct call *call, struct mb_error *err);
int command_ps(struct call *call, struct mb_error *err);
int command_login(struct call *call, struct mb_error *err);
int command_logout(struct call *call, struct mb_error *err);
int command_pull(struct call *call, struct mb_error *err);
int command_push(struct call *call, struct mb_error *err);
int command_rm(struct call *call, struct mb_error *err);
int command_rmi(struct call *call, struct mb_error *err);
int command_run(struct call *call, struct mb_error *err);
int command_save(struct call *call, struct mb_error *err);
int command_create(struct call *call, struct mb_error *err);
int command_kill(struct call *call, struct mb_error *err);
int command_logs(struct call *call, struct mb_error *err);
int command_restart(struct call *call, struct mb_error *err);
int command_start(struct call *call, struct mb_error *err);
int command_stop(struct call *call, struct mb_error *err);
int command_wait(struct call *call, struct mb_error *err);
int command_system_df(struct call *call, struct mb_error *err);
int command_system_prune(struct call *call, struct mb_error *err);
int command_tag(struct call *call, struct mb_error *err);
int command_top(struct call *call, struct mb_error *err);
int command_version(struct call *call, struct mb_error *err);

extern const struct option_row audit_options[];
extern const struct option_row base_options[];
extern const struct option_row build_options_table[];
extern const struct option_row commit_options[];
extern const struct option_row prune_container_options[];
extern const struct option_row cp_options[];
extern const struct option_row dockerfile_options[];
extern const struct option_row exec_options[];
extern const struct option_row export_options[];
extern const struct option_row df_options[];
extern const struct option_row history_options[];
extern const struct option_row images_options[];
extern const struct option_row import_options[];
extern const struct option_row inspect_options[];
extern const struct option_row layers_options[];
extern const struct option_row load_options[];
extern const struct option_row prune_options[];
extern const struct option_row ps_options[];
extern const struct option_row login_options[];
extern const struct option_row pull_options[];
extern const struct option_row push_options[];
extern const struct option_row rm_options[];
extern const struct option_row rmi_options[];
extern const struct option_row run_options[];
extern const struct option_row save_options[];
extern const struct option_row kill_options[];
extern const struct option_row logs_options[];
extern const struct option_row start_options[];
extern const struct option_row stop_options[];
extern const struct option_row no_options[];

/* Go through the door (linux/userns) and open the store.  Commands call it
 * when they know that their words make sense. */
int call_open_store(struct call *call, struct mb_error *err);
/* Open the store and stay outside: for commands that reach running containers,
 * and read what is the user's own. */
int call_open_store_outside(struct call *call, struct mb_error *err);

/* Print an error on stderr, and for a Dockerfile the line it is about. */
void call_report(const struct mb_error *err);

/* The command's options into TARGET, its other words into *words; wrong
 * numbers of words are refused as Docker does, with exit code 1. */
int call_parse(struct call *call, const char *docker_only, void *target,
               struct strv *words, struct mb_error *err);
int call_need_words(const struct call *call, const struct strv *words,
                    size_t at_least, size_t at_most, struct mb_error *err);

#endif
