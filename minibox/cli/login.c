/* SPDX-License-Identifier: MIT */
/*
 * cli/login.c - login, logout
 *
 * Problem   Some registries let nobody in whom they do not know.
 * Idea      Try the password at the registry first, and write it down only when
 *           it is right (image/credentials).
 * Rules     1. No password on the command line, if it can be helped: others see
 *              it in `ps` and in the shell's history.
 * Read      docker-login(1), termios(3); lessons/18-registry.md
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "image/credentials.h"
#include "image/registry.h"

struct login_words {
    const char *user, *password;
    bool from_stdin;
    struct strv insecure;
};
#define FIELD(f) offsetof(struct login_words, f)
const struct option_row login_options[] = {
    {'u', "username", OPTION_STRING, FIELD(user), "NAME", "Who you are"},
    {'p', "password", OPTION_STRING, FIELD(password), "WORD",
     "The password; others can see it here"},
    {0, "password-stdin", OPTION_FLAG, FIELD(from_stdin), NULL,
     "Read the password from standard input"},
    {0, "insecure-registry", OPTION_LIST, FIELD(insecure), "HOST",
     "Let this registry use http, or any certificate"},
    {0},
};
#undef FIELD

/* The registry's name as images have it: "https://host/v2/" is "host". */
static char *registry_name(const char *typed)
{
    const char *host = strstr(typed, "://");

    host = host ? host + 3 : typed;
    size_t len = strcspn(host, "/");
    if (len == 0 || strncmp(host, "index.docker.io", len) == 0 ||
        strncmp(host, "registry-1.docker.io", len) == 0)
        return mb_strdup("docker.io");
    return mb_strndup(host, len);
}

/* A line of standard input, without its end.  Caller frees; NULL at the end. */
static char *read_line(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n = getline(&line, &size, stdin);

    if (n < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

/* Ask for a password, and do not show it. */
static char *ask_password(void)
{
    struct termios before, silent;
    bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;

    fputs("Password: ", stdout);
    fflush(stdout);
    if (terminal) {
        silent = before;
        silent.c_lflag &= ~ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    char *line = read_line();
    if (terminal)
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    putchar('\n');
    return line;
}

/* Who logs in: from the options, else by asking. */
static int ask(const struct login_words *w, struct credentials *out,
               struct mb_error *err)
{
    if (w->password && w->from_stdin)
        return mb_failx(err, "--password and --password-stdin are mutually "
                             "exclusive");
    if (w->from_stdin && !w->user)
        return mb_failx(err, "Must provide --username with --password-stdin");
    if (w->password)
        fputs("WARNING! Using --password via the CLI is insecure. Use "
              "--password-stdin.\n",
              stderr);
    if (!w->from_stdin && (!w->password || !w->user) && !isatty(STDIN_FILENO)) {
        mb_failx(err, "Cannot perform an interactive login from a non TTY "
                      "device");
        return mb_hint(err, "say -u NAME --password-stdin");
    }
    if (!w->user) {
        fputs("Username: ", stdout);
        fflush(stdout);
    }
    out->user = w->user ? mb_strdup(w->user) : read_line();
    out->password = w->password     ? mb_strdup(w->password)
                    : w->from_stdin ? read_line()
                                    : ask_password();
    if (!out->user || !*out->user || strchr(out->user, ':'))
        return mb_failx(err, "a user name is not empty and has no colon");
    if (!out->password || !*out->password)
        return mb_failx(err, "password is empty");
    return 0;
}

static int login(const char *registry, const struct login_words *w,
                 struct mb_error *err)
{
    struct credentials who = {0};
    struct registry r;

    int status = ask(w, &who, err);
    if (status == 0)
        status = registry_try(&r, registry, &who, &w->insecure, err);
    if (status == 0) {
        registry_close(&r);
        status = credentials_save(registry, &who, err);
    }
    credentials_done(&who);
    if (status < 0)
        return mb_code(err, 1);
    mb_autofree char *dir = credentials_dir();
    fprintf(stderr,
            "WARNING! Your password will be stored unencrypted in "
            "%s/config.json.\n",
            dir);
    puts("Login Succeeded");
    return 0;
}

int command_login(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct login_words w = {0};

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 0, 1, err) < 0)
        return -1;
    mb_autofree char *registry = registry_name(words.n ? words.v[0] : "");
    int status = login(registry, &w, err);
    strv_done(&w.insecure);
    return status;
}

int command_logout(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};

    if (call_parse(call, NULL, NULL, &words, err) < 0 ||
        call_need_words(call, &words, 0, 1, err) < 0)
        return -1;
    mb_autofree char *registry = registry_name(words.n ? words.v[0] : "");
    int status = credentials_remove(registry, err);
    if (status >= 0)
        printf(status ? "Removing login credentials for %s\n"
                      : "Not logged in to %s\n",
               registry);
    return status < 0 ? -1 : 0;
}
