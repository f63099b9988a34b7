/* SPDX-License-Identifier: MIT */
/*
 * secretlines.c - lines of passwords, in files and for chpasswd
 *
 * Problem   In /etc/shadow no name stands before a value.  What a value is, its
 *           place says.
 * Idea      Count the colons:
 *
 *             me:$6$salt$aB3d...:19000:0:99999:7:::      field 1: a hash
 *             host:5432:database:me:hunter2              field 4: a password
 *             echo me:hunter2 | chpasswd                 what chpasswd reads
 *
 * Rules     1. A password may hold a colon, with a backslash before it.
 *           2. A line of .pgpass that begins with "#" is a comment.
 * Read      shadow(5); chpasswd(8); PostgreSQL's manual, "The Password File"
 */
#include "engine/secretlines.h"

#include <string.h>
#include <sys/param.h>

#include "engine/secretvalue.h"

enum { LONGEST = 1000 };

/* The field N of the line at AT, if one begins there and has so many. */
static bool find_field(const char *text, size_t len, size_t at, int n,
                       size_t bounds[static 2])
{
    size_t i = at, most = MIN(len, at + LONGEST);

    if (at > 0 && text[at - 1] != '\n')
        return false;
    for (; i < most && text[i] != '\n' && n > 0; i++)
        n -= text[i] == ':' && (i == at || text[i - 1] != '\\'); /* rule 1 */
    bounds[0] = bounds[1] = i;
    while (bounds[1] < most && !strchr(":\r\n", text[bounds[1]]))
        bounds[1]++;
    return n == 0 && text[at] != '#'; /* rule 2 */
}

bool secretlines_hash(const char *text, size_t len, size_t at,
                      size_t bounds[static 2])
{
    return find_field(text, len, at, 1, bounds) &&
           secretvalue_hash(text + bounds[0], bounds[1] - bounds[0]);
}

bool secretlines_pgpass(const char *text, size_t len, size_t at,
                        size_t bounds[static 2])
{
    return find_field(text, len, at, 4, bounds) &&
           secretvalue_possible(text + bounds[0], bounds[1] - bounds[0]);
}

/* Where the first byte from I on is that is one of SET, or END. */
static size_t find_one_of(const char *text, size_t i, size_t end,
                          const char *set)
{
    while (i < end && !strchr(set, text[i]))
        i++;
    return i;
}

bool secretlines_chpasswd(const char *text, size_t len, size_t colon,
                          size_t bounds[static 2])
{
    static const char program[] = "chpasswd";
    const size_t n = strlen(program);
    size_t i, end, most = MIN(len, colon + LONGEST);

    bounds[0] = colon + 1;
    i = bounds[1] = find_one_of(text, colon + 1, most, " \t\n\"'\\|");
    /* Behind it the quote may end, after a "\n" for printf. */
    while (i < most && text[i] && strchr(" \t\"'\\", text[i]))
        i += text[i] == '\\' ? 2 : 1;
    if (i >= most || text[i] != '|')
        return false;
    while (++i < most && text[i] == ' ')
        continue;
    end = find_one_of(text, i, most, " \t\n\"';&|");
    return end - i >= n && memcmp(text + end - n, program, n) == 0 &&
           secretvalue_possible(text + bounds[0], bounds[1] - bounds[0]);
}
