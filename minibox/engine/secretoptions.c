/* SPDX-License-Identifier: MIT */
/*
 * secretoptions.c - options that take a password
 *
 * Problem   In "mysql -uroot -phunter2" nothing sounds secret, and "-p" means
 *           something else to every program.
 * Idea      Know the programs.  From the option look back, in its line, for one
 *           of them:
 *
 *             mkdir -p x; mysql -u root -phunter2
 *                         ^^^^^          ^^`----- the value
 *                         program        option
 *
 * Rules     1. One "-" before a letter, two before a word.
 *           2. "mysql -p db" asks for the password: there it must be attached.
 * Read      curl(1), mysql(1), sshpass(1); lessons/24-secrets.md
 */
#include "engine/secretoptions.h"

#include <string.h>
#include <sys/param.h>

static const struct secretoptions_row rows[] = {
    {"curl", "u", "password of curl -u", true, false},
    {"curl", "user", "password of curl -u", true, false},
    {"mysql", "p", "password of mysql -p", false, true},
    {"mariadb", "p", "password of mysql -p", false, true},
    {"sshpass", "p", "password of sshpass -p", false, false},
    {"sshpass", "p", "password of sshpass -p", false, true},
    {" login", "p", "password of login -p", false, false},
};

/* Is the program named between the beginning of the line, or of what we look
 * at, and AT? */
static bool is_of(const char *program, const char *text, size_t at)
{
    size_t behind = MIN(at, SECRETOPTIONS_BEHIND);
    const char *from = text + at - behind;
    const char *line = memrchr(from, '\n', behind);

    from = line ? line : from;
    return memmem(from, text + at - from, program, strlen(program)) != NULL;
}

/* What may stand between a name and its value. */
static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == '=';
}

/* Where the value starts if the option's name ends at END; 0: it has none. */
static size_t find_value(const struct secretoptions_row *row, const char *text,
                         size_t len, size_t end)
{
    if (end >= len || is_between(text[end]) == row->attached) /* rule 2 */
        return 0;
    while (end < len && is_between(text[end]))
        end++;
    return end;
}

const struct secretoptions_row *secretoptions_at(const char *text, size_t len,
                                                 size_t at, size_t *out_value)
{
    if (at == 0 || text[at - 1] != '-')
        return NULL;
    bool two = at > 1 && text[at - 2] == '-';
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].name);
        if (two != (n > 1) || n > len - at || /* rule 1 */
            memcmp(text + at, rows[i].name, n) != 0)
            continue;
        *out_value = find_value(&rows[i], text, len, at + n);
        if (*out_value > 0 && is_of(rows[i].program, text, at))
            return &rows[i];
    }
    return NULL;
}
