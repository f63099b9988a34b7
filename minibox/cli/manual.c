/* SPDX-License-Identifier: MIT */
/*
 * cli/manual.c - the man page
 *
 * Problem   A man page that somebody writes by hand tells, after a year, of a
 *           program that is no more.
 * Idea      The table of commands knows them all, with their options: print it
 *           in the language of man pages.  `make install` does so:
 *
 *             the table  --minibox manual-->  minibox.1  --man-->  the screen
 *
 * Rules     1. In that language a line that begins with . or ' is an order, and
 *              a backslash begins one: text must not look like it.  A "-" that
 *              is to be typed is \-, or it may come out as a longer dash.
 *           2. The other names of commands ("container ls") are left out.
 * Read      man(7), groff_man(7)
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

/* Rule 1. */
static void put_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void put_option(const struct option_row *o)
{
    printf(".TP\n\\fB");
    if (o->letter)
        printf("\\-%c\\fR, \\fB", o->letter);
    fputs("\\-\\-", stdout);
    put_text(o->name);
    fputs("\\fR", stdout);
    if (o->value) {
        fputs(" \\fI", stdout);
        put_text(o->value);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put_text(o->help);
    putchar('\n');
}

static void put_command(const struct command *c)
{
    printf(".SS \\fBminibox ");
    put_text(c->name);
    printf("\\fR ");
    put_text(c->usage);
    putchar('\n');
    put_text(c->summary);
    puts(".");
    for (const struct option_row *o = c->options; o->name; o++)
        put_option(o);
}

static void put_environment(void)
{
    puts(".SH ENVIRONMENT\n"
         ".TP\n\\fBMINIBOX_ROOT\\fR\n"
         "Where images and containers are; without it "
         "\\fI/var/lib/minibox\\fR for root, and "
         "\\fI~/.local/share/minibox\\fR for everybody else.\n"
         ".TP\n\\fBSOURCE_DATE_EPOCH\\fR\n"
         "Seconds since 1970: the time that \\fBbuild\\fR and \\fBimport\\fR "
         "give to all that they make.\n"
         ".TP\n\\fBDOCKER_CONFIG\\fR\n"
         "The directory of the file with the logins, \\fIconfig.json\\fR.\n"
         ".SH EXIT STATUS\n"
         "That of the command in the container; or 125 when minibox itself "
         "failed, 126 when the command can't be executed, 127 when there is "
         "none of that name, 128 + N when signal N ended it; other commands "
         "fail with 1.\n"
         ".SH SEE ALSO\n"
         ".BR docker (1),\n.BR namespaces (7),\n.BR cgroups (7)");
}

int command_manual(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0}, nothing = {0};

    if (call_parse(call, "", &nothing, &words, err) < 0 ||
        call_need_words(call, &words, 0, 0, err) < 0)
        return -1;
    puts(".TH MINIBOX 1\n"
         ".SH NAME\nminibox \\- a container runtime that one can read\n"
         ".SH SYNOPSIS\n.B minibox\n.I COMMAND\n[\\fIOPTIONS\\fR] ...\n"
         ".SH DESCRIPTION\n"
         "Builds images from Dockerfiles, keeps them, and runs containers of "
         "them, without a daemon, as root or as an ordinary user. The "
         "commands are those of docker, and so are their words.\n"
         ".SH COMMANDS");
    for (const struct command *c = call->all; c->name; c++)
        if (!(c->flags & HIDDEN)) /* rule 2 */
            put_command(c);
    put_environment();
    return 0;
}
