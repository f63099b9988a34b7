/* SPDX-License-Identifier: MIT */
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

/* How many letters must be added, dropped or changed, or have changed places
 * with their neighbours, to turn WORD into NAME; upper and lower case are the
 * same.  Words of more than 30 letters are similar to nothing: INT_MAX. */
int similar_distance(const char *word, const char *name);

/* The same where upper and lower case differ, as in names of variables. */
int similar_distance_exact(const char *word, const char *name);

#endif
