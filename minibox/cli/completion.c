/* SPDX-License-Identifier: MIT */
/*
 * cli/completion.c - what the shell offers when one presses Tab
 *
 * Problem   `minibox ru<Tab> --ho<Tab>`: the shell knows neither word.
 * Idea      A bash function that looks into two lists, both made from the table
 *           of commands, and that asks minibox for names:
 *
 *             first word    the commands
 *             -...          the options of that command
 *             else          CONTAINER in its usage: the containers
 *                           IMAGE in it: the images;  else: files
 *
 * Rules     1. A name with blanks ("image ls") is two words: the second is
 *              offered behind the first.
 *           2. A Tab must not disturb: minibox is asked for names in silence.
 * Read      bash(1), "Programmable Completion"
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "linux/spawn.h"

/* A row of the case that knows the options: "image ls") ... */
static void put_case(const struct command *c)
{
    printf("    '%s') options='", c->name);
    for (const struct option_row *o = c->options; o->name; o++)
        printf("%s--%s%s", o == c->options ? "" : " ", o->name,
               o->kind == OPTION_FLAG ? "" : "=");
    printf("' names=%s ;;\n", strstr(c->usage, "CONTAINER") ? "containers"
                              : strstr(c->usage, "IMAGE")   ? "images"
                                                            : "files");
}

/* The words that a command may begin with, or that may follow GROUP. */
static void put_words(const struct command *all, const char *group)
{
    size_t len = strlen(group);

    for (const struct command *c = all; c->name; c++) {
        const char *space = strchr(c->name, ' ');
        if (!len && !space && !(c->flags & HIDDEN))
            printf("%s ", c->name);
        if (len && strncmp(c->name, group, len) == 0 && c->name[len] == ' ')
            printf("%s ", c->name + len + 1);
    }
}

static void put_lists(const struct command *all)
{
    static const char *const groups[] = {"container", "image", "system"};

    printf("_minibox_words() {\n    case $1 in\n    '') echo '");
    put_words(all, "");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        printf("%s ", groups[i]);
    puts("' ;;");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        printf("    %s) echo '", groups[i]);
        put_words(all, groups[i]);
        puts("' ;;");
    }
    puts("    esac\n}\n\n_minibox_command() {\n    case $1 in");
    for (const struct command *c = all; c->name; c++)
        put_case(c);
    puts("    *) options= names=files ;;\n    esac\n}\n");
}

static const char function[] =
    "_minibox() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} group second options names\n"
    "    local first=${COMP_WORDS[1]}\n"
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
    "        COMPREPLY=($(compgen -W \"$(_minibox_words '')\" -- \"$word\"))\n"
    "        return\n"
    "    fi\n"
    "    group=$(_minibox_words \"$first\")\n"
    "    if [ -n \"$group\" ] && [ \"$COMP_CWORD\" = 2 ]; then\n"
    "        COMPREPLY=($(compgen -W \"$group\" -- \"$word\"))\n"
    "        return\n"
    "    fi\n"
    "    [ -z \"$group\" ] || first=\"$first ${COMP_WORDS[2]}\"\n"
    "    _minibox_command \"$first\"\n"
    "    case $word in\n"
    "    -*)\n"
    "        COMPREPLY=($(compgen -W \"$options --help\" -- \"$word\"))\n"
    "        [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace\n"
    "        return ;;\n"
    "    esac\n"
    "    case $names in\n"
    "    containers) names=$(minibox ps -a --format '{{.Names}}' 2>&-) ;;\n"
    "    images) names=$(minibox images --format \\\n"
    "        '{{.Repository}}:{{.Tag}}' 2>&-) ;;\n"
    "    files) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
    "    esac\n"
    "    # In a name \":\" is a letter; bash would take it for a blank.\n"
    "    COMPREPLY=($(compgen -W \"$names\" -- \"$word\"))\n"
    "    declare -F __ltrim_colon_completions >/dev/null &&\n"
    "        __ltrim_colon_completions \"$word\"\n"
    "}\n"
    "complete -F _minibox minibox";

int command_completion(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0}, nothing = {0};

    if (call_parse(call, "", &nothing, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0)
        return -1;
    if (strcmp(words.v[0], "bash") != 0) {
        mb_failx(err, "completion for %s is not in minibox", words.v[0]);
        mb_hint(err, "bash's is");
        return mb_code(err, 1);
    }
    puts("# bash completion for minibox; made by: minibox completion bash\n");
    put_lists(call->all);
    puts(function);
    return 0;
}
