/* SPDX-License-Identifier: MIT */
/*
 * similar.c - "did you mean ...?"
 *
 * Problem   Most unknown words are known ones with a slip of the finger.
 * Idea      Levenshtein's distance.  A table says how far each beginning of
 *           one word is from each beginning of the other; every cell follows
 *           from three neighbours, so one row of it is enough memory:
 *
 *                     F  R  O  M
 *                  0  1  2  3  4
 *               F  1  0  1  2  3        cell = least of
 *               O  2  1  1  1  2          left + 1, above + 1, and
 *               R  3  2  1  2  2          diagonal + (letters differ)
 *               M  4  3  2  2  2  <- two slips: FORM is close to FROM
 *
 * Rules     1. A hostile word may be megabytes long: cells are letters times
 *              letters, so long words are turned away first.
 * Read      Levenshtein, "Binary codes capable of correcting deletions,
 *           insertions, and reversals" (1966); git(1), help.autoCorrect
 */
#include "base/similar.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#define LONGEST 30

/* For those who take upper and lower case to be the same, or not. */
static int same(int letter)
{
    return letter;
}

/* Turn the ROW above into the one for LETTER; FOLD is tolower() or same(). */
static void next_row(int *row, char letter, const char *name, int (*fold)(int))
{
    int diagonal = row[0]++;

    for (int j = 1; name[j - 1]; j++) {
        int differ =
            fold((unsigned char)letter) != fold((unsigned char)name[j - 1]);
        int least = diagonal + differ;
        if (row[j - 1] + 1 < least)
            least = row[j - 1] + 1;
        if (row[j] + 1 < least)
            least = row[j] + 1;
        diagonal = row[j];
        row[j] = least;
    }
}

/* The distance between letters as FOLD sees them. */
static int distance(const char *word, const char *name, int (*fold)(int))
{
    int row[LONGEST + 1];
    size_t n = strlen(name);

    if (n > LONGEST || strnlen(word, LONGEST + 1) > LONGEST)
        return INT_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = (int)j;
    for (; *word; word++)
        next_row(row, *word, name, fold);
    return row[n];
}

int similar_distance(const char *word, const char *name)
{
    return distance(word, name, tolower);
}

int similar_distance_exact(const char *word, const char *name)
{
    return distance(word, name, same);
}
