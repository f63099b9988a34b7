/* SPDX-License-Identifier: MIT */
/*
 * run_guest.c - a command in a guest, for scripts
 *
 *   run_guest [-f SRC:NAME]... [-e NAME=VALUE]... [-t SECONDS] [-m MB] --
 *             COMMAND [ARG...]
 *
 *   run_guest -c         can guests run here?  0, or 125 and the reason
 *
 * -f puts the host's file SRC into the guest as NAME, executable.  Ends with
 * the command's exit status, 124 when it took too long, or 125.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "linux/spawn.h"
#include "vm/guest.h"

enum { MAX_FILES = 64 };

static const char usage[] =
    "usage: run_guest [-f SRC:NAME]... [-e NAME=VALUE]... [-t SECONDS] [-m MB]"
    " -- COMMAND [ARG...]\n       run_guest -c\n";

static int say_usage(void)
{
    fputs(usage, stderr);
    return EXIT_MINIBOX;
}

/* Add the file of -f SRC:NAME. */
static int add_file(struct guest_file *files, struct guest *guest, char *text)
{
    char *colon = strrchr(text, ':');

    if (!colon || guest->n_files == MAX_FILES)
        return -1;
    *colon = '\0';
    files[guest->n_files++] = (struct guest_file){text, colon + 1, 0755};
    return 0;
}

/* Run the guest's command, or only see whether it could run: NULL. */
static int run(const struct guest *guest)
{
    struct mb_error err = {0};
    int status = 0;

    if (!guest && guest_available(&err) == 0)
        return 0;
    if (guest &&
        guest_run(guest, STDOUT_FILENO, STDERR_FILENO, &status, &err) == 0)
        return status;
    fprintf(stderr, "run_guest: %s\n%s%s", err.msg, err.hint,
            *err.hint ? "\n" : "");
    return err.code ? err.code : EXIT_MINIBOX;
}

int main(int argc, char **argv)
{
    struct guest_file files[MAX_FILES];
    mb_autostrv struct strv env = {0};
    struct guest guest = {.files = files};

    strv_add(&env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    for (int option; (option = getopt(argc, argv, "+cf:e:t:m:")) != -1;) {
        if (option == 'f' && add_file(files, &guest, optarg) < 0)
            return say_usage();
        else if (option == 'e')
            strv_add(&env, optarg);
        else if (option == 't')
            guest.timeout_s = atoi(optarg);
        else if (option == 'm')
            guest.memory_mb = atoi(optarg);
        else if (option == 'c')
            return run(NULL);
        else if (option == '?')
            return say_usage();
    }
    if (optind == argc)
        return say_usage();
    guest.argv = argv + optind;
    guest.env = env.v;
    return run(&guest);
}
