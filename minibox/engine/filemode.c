/* SPDX-License-Identifier: MIT */
/*
 * filemode.c - what --chmod makes of a file's permissions
 *
 * Problem   755 says what they shall be; u+x,go-w says what shall change, and
 *           means something else for each file.
 * Idea      Each clause is three masks, and one line of logic:
 *
 *             go-w       who    ----rwxrwx     new = old & ~(who & what)
 *                        what   -w--w--w-
 *
 * Rules     1. clause = { u | g | o | a } operation { operation }
 *              operation = ( + | - | = ) rights
 *              rights = u | g | o | { r | w | x | X | s | t }
 *           2. X is x for directories, and for files that somebody may run.
 *           3. Without a "who" it is everybody, but nobody else than the owner
 *              gets to write: the umask is 022, as that of Docker's daemon.
 * Read      chmod(1); reference.md, "COPY --chmod"
 */
#include "engine/filemode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ALL = 07777, UMASK = 022 };

/* Whom the letters name, and the bits that are theirs; NULL-terminated. */
static const struct letter {
    char letter;
    mode_t bits;
} people[] = {{'u', 04700}, {'g', 02070}, {'o', 01007}, {'a', ALL}, {0, 0}},
  rights[] = {{'r', 0444},  {'w', 0222}, {'x', 0111}, {'s', 06000},
              {'t', 01000}, {'X', 0111}, {0, 0}};

/* The letter's bits in the table; 0: not in it. */
static mode_t find(const struct letter *table, char letter)
{
    while (table->letter && table->letter != letter)
        table++;
    return table->bits;
}

/* The bits of all letters at *TEXT, which moves behind them. */
static mode_t read_letters(const struct letter *table, const char **text,
                           bool skip_big_x)
{
    mode_t bits = 0;

    for (; **text && find(table, **text); (*text)++)
        if (**text != 'X' || !skip_big_x)
            bits |= find(table, **text);
    return bits;
}

/* g=u: the rights of one, for all. */
static mode_t rights_of(char who, mode_t mode)
{
    int shift = who == 'u' ? 6 : who == 'g' ? 3 : 0;

    return (mode >> shift & 7) * 0111;
}

/* One operation, of the kind OP, for WHO (0: nobody is named). */
static mode_t operate(mode_t mode, char op, mode_t who, mode_t what)
{
    what &= who ? who : (mode_t)(ALL & ~UMASK);
    if (op == '+')
        return mode | what;
    if (op == '-')
        return mode & ~what;
    return (mode & ~(who ? who : ALL)) | what;
}

/* Rule 1: all clauses; -1 if they are none. */
static int apply_clauses(const char *text, mode_t old)
{
    mode_t mode = old & ALL;

    do {
        mode_t who = read_letters(people, &text, false);
        if (!*text || !strchr("+-=", *text))
            return -1;
        while (*text && strchr("+-=", *text)) {
            char op = *text++;
            mode_t what;
            bool plain = !S_ISDIR(old) && !(mode & 0111); /* rule 2 */
            if (*text && strchr("ugo", *text))
                what = rights_of(*text++, mode);
            else
                what = read_letters(rights, &text, plain);
            mode = operate(mode, op, who, what);
        }
    } while (*text == ',' && *++text);
    return *text || text[-1] == ',' ? -1 : (int)mode;
}

int filemode_apply(const char *text, mode_t old, struct mb_error *err)
{
    bool number = *text && text[strspn(text, "0123456789")] == '\0';
    char *end;
    unsigned long octal = strtoul(text, &end, 8);
    int mode = number ? -1 : apply_clauses(text, old);

    if (number && *end == '\0' && octal <= ALL)
        mode = (int)octal;
    if (mode >= 0)
        return mode;
    mb_failx(err,
             "invalid chmod parameter: '%.100s'. it should be octal string "
             "and between 0 and 07777",
             text);
    return mb_hint(err, "or of the form of chmod(1), such as u+x,go-w");
}
