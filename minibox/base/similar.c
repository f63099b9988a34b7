/* SPDX-License-Identifier: MIT */
/*
 * similar.c - "did you mean ...?"
 *
 * Problem   Most unknown words are known ones with a slip of the finger.
 * Idea      Count the slips.  A table says how far each beginning of one word
 *           is from each beginning of the other.  Every cell follows from a few
 *           that are known already, so three rows of it are enough memory:
 *
 *                     F  R  O  M
 *                  0  1  2  3  4      cell = least of
 *               F  1  0  1  2  3        left + 1           a letter too few
 *               O  2  1  1  1  2        above + 1          a letter too many
 *               R  3  2  1  1  2        diagonal + (letters differ)
 *               M  4  3  2  2  1        two up, two left, + 1, if the last two
 *                              ^                    letters have changed places
 *                              one slip: FORM is close to FROM
 *
 * Rules     1. A hostile word may be megabytes long: cells are letters times
 *              letters, so long words are turned away first.
 * Read      Damerau, "A technique for computer detection and correction of
 *           spelling errors" (1964); git(1), help.autoCorrect
 */
#include "base/similar.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define LONGEST 30

/* For those who take upper and lower case to be the same, or not. */
static int same(int letter)
{
    return letter;
}

/* Two words, and how letters are compared: FOLD is tolower() or same(). */
struct words {
    const char *word, *name;
    int (*fold)(int);
};

/* Is letter I of the word letter J of the name? */
static bool alike(const struct words *w, size_t i, size_t j)
{
    return w->fold((unsigned char)w->word[i]) ==
           w->fold((unsigned char)w->name[j]);
}

/* The row for letter I of the word, from the two above: rows[1] is the one
 * right above, rows[2] the one above that. */
static void fill_row(const struct words *w, size_t i, int rows[3][LONGEST + 1])
{
    int *row = rows[0], *above = rows[1];

    row[0] = (int)i + 1;
    for (size_t j = 0; w->name[j]; j++) {
        int least = above[j] + !alike(w, i, j);
        if (row[j] + 1 < least)
            least = row[j] + 1;
        if (above[j + 1] + 1 < least)
            least = above[j + 1] + 1;
        if (i && j && alike(w, i - 1, j) && alike(w, i, j - 1) &&
            rows[2][j - 1] + 1 < least)
            least = rows[2][j - 1] + 1;
        row[j + 1] = least;
    }
}

/* The distance between letters as FOLD sees them. */
static int distance(const char *word, const char *name, int (*fold)(int))
{
    const struct words w = {word, name, fold};
    int rows[3][LONGEST + 1] = {{0}};
    size_t n = strlen(name);

    if (n > LONGEST || strnlen(word, LONGEST + 1) > LONGEST)
        return INT_MAX;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = (int)j;
    for (size_t i = 0; word[i]; i++) {
        memmove(rows[1], rows[0], 2 * sizeof rows[0]); /* all one row down */
        fill_row(&w, i, rows);
    }
    return rows[0][n];
}

int similar_distance(const char *word, const char *name)
{
    return distance(word, name, tolower);
}

int similar_distance_exact(const char *word, const char *name)
{
    return distance(word, name, same);
}
