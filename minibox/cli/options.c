/* SPDX-License-Identifier: MIT */
/*
 * options.c - reading a command line as Docker does
 *
 * Problem   -it, --name=web, --name web, -eA=b, --rm: people type options in
 *           every form that Docker takes, and getopt_long(3) would also take
 *           abbreviations, which Docker does not.
 * Idea      One table of options for each command.  From it comes the reading,
 *           the --help text and the completion of the shell.
 * Rules     1. A letter's value is the rest of its word, or the next word.
 *           2. "--" ends the options.
 *           3. What Docker has and we have not is refused by its name.
 * Read      docker(1)
 */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/similar.h"
#include "base/size.h"
#include "linux/spawn.h"

/* The reading in progress. */
struct reader {
    const struct option_set *set;
    char *const *next; /* the words not looked at yet */
    void *target;
};

static const struct option_row *find_name(const struct option_row *rows,
                                          const char *name, size_t len)
{
    for (; rows->name; rows++)
        if (strlen(rows->name) == len && strncmp(rows->name, name, len) == 0)
            return rows;
    return NULL;
}

static const struct option_row *find_letter(const struct option_row *rows,
                                            char letter)
{
    for (; rows->name; rows++)
        if (rows->letter == letter)
            return rows;
    return NULL;
}

/* Is the name (LEN long) one of the words of docker_only? */
static bool is_docker_only(const char *words, const char *name, size_t len)
{
    for (const char *p = words; p && *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (n == len && strncmp(p, name, n) == 0)
            return true;
        p += n;
    }
    return false;
}

/* A slip of the finger?  Then hint at what was meant. */
static void suggest(const struct option_row *rows, const char *name, size_t len,
                    struct mb_error *err)
{
    mb_autofree char *word = mb_strndup(name, len);

    for (; rows->name; rows++)
        if (similar_distance(word, rows->name) <= 1) {
            mb_hint(err, "did you mean --%s?", rows->name);
            return;
        }
}

/* Rule 3, or the plain "unknown flag". */
static int unknown_name(const struct option_set *set, const char *name,
                        size_t len, struct mb_error *err)
{
    if (is_docker_only(set->docker_only, name, len))
        mb_failx(err, "--%.*s is an option of Docker's that is not in minibox",
                 (int)len, name);
    else
        mb_failx(err, "unknown flag: --%.*s", (int)len, name);
    suggest(set->rows, name, len, err);
    return mb_code(err, EXIT_MINIBOX);
}

/* The same for a letter of WORD. */
static int unknown_letter(const struct option_set *set, const char *letter,
                          const char *word, struct mb_error *err)
{
    if (is_docker_only(set->docker_only, letter, 1))
        mb_failx(err, "-%c is an option of Docker's that is not in minibox",
                 *letter);
    else
        mb_failx(err, "unknown shorthand flag: '%c' in %s", *letter, word);
    return mb_code(err, EXIT_MINIBOX);
}

/* Put VALUE (NULL: none was given) into the field of the row. */
static int store_value(struct reader *r, const struct option_row *row,
                       const char *value, struct mb_error *err)
{
    char *field = (char *)r->target + row->field;

    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)field = !value || strcmp(value, "true") == 0;
        if (!value || *(bool *)field || strcmp(value, "false") == 0)
            return 0;
        mb_failx(err,
                 "invalid argument \"%s\" for \"--%s\" flag: give true or "
                 "false",
                 value, row->name);
        return mb_code(err, EXIT_MINIBOX);
    case OPTION_STRING:
        *(const char **)field = value;
        return 0;
    case OPTION_LIST:
        strv_add((struct strv *)field, value);
        return 0;
    }
    return 0;
}

/* The value of an option that needs one: the rest of its word if there is
 * one, else the next word. */
static int take_value(struct reader *r, const struct option_row *row,
                      const char *rest, const char *shown, struct mb_error *err)
{
    if (!rest && row->kind != OPTION_FLAG) {
        rest = *r->next;
        if (!rest) {
            mb_failx(err, "flag needs an argument: %s", shown);
            return mb_code(err, EXIT_MINIBOX);
        }
        r->next++;
    }
    return store_value(r, row, rest, err);
}

/* --name, --name=value, --name value */
static int read_long(struct reader *r, const char *word, struct mb_error *err)
{
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    const struct option_row *row = find_name(r->set->rows, name, len);

    if (!row)
        return unknown_name(r->set, name, len, err);
    return take_value(r, row, name[len] ? name + len + 1 : NULL, word, err);
}

/* -i, -it, -i=false, -eA=b, -e A=b, -e=A=b */
static int read_letters(struct reader *r, const char *word,
                        struct mb_error *err)
{
    for (const char *p = word + 1; *p; p++) {
        const struct option_row *row = find_letter(r->set->rows, *p);
        if (!row)
            return unknown_letter(r->set, p, word, err);
        if (row->kind == OPTION_FLAG && p[1] != '=') {
            *(bool *)((char *)r->target + row->field) = true;
            continue;
        }
        const char *rest = p[1] == '=' ? p + 2 : p + 1;
        return take_value(r, row, *rest ? rest : NULL, word, err);
    }
    return 0;
}

int options_parse(const struct option_set *set, char *const argv[],
                  void *target, struct strv *words, struct mb_error *err)
{
    struct reader r = {.set = set, .next = argv + 1, .target = target};

    while (*r.next) {
        const char *word = *r.next++;
        int result = 0;
        if (strcmp(word, "--") == 0) {
            strv_add_all(words, r.next);
            return 0;
        }
        if (word[0] != '-' || word[1] == '\0') {
            strv_add(words, word);
            if (!set->strict)
                continue;
            strv_add_all(words, r.next);
            return 0;
        }
        result = word[1] == '-' ? read_long(&r, word, err)
                                : read_letters(&r, word, err);
        if (result < 0)
            return -1;
    }
    return 0;
}

void options_print(const struct option_row *rows)
{
    for (; rows->name; rows++) {
        char left[64];
        snprintf(left, sizeof left, "%c%c%s --%s %s", rows->letter ? '-' : ' ',
                 rows->letter ? rows->letter : ' ', rows->letter ? "," : " ",
                 rows->name, rows->value ? rows->value : "");
        printf("  %-30s %s\n", left, rows->help);
    }
    if (rows->help)
        printf("\n%s", rows->help);
}

int options_size(const char *flag, const char *text, uint64_t *out,
                 struct mb_error *err)
{
    if (size_parse(text, out))
        return 0;
    mb_failx(err, "invalid argument \"%s\" for \"%s\" flag: invalid size: '%s'",
             text, flag, text);
    return mb_code(err, EXIT_MINIBOX);
}
