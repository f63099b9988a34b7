/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_PLACES_H
#define ENGINE_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#define PLACES_NO_ENTRY ((size_t)-1)

/* A place in a tree of file names.  Number 0 is the root, and as a link it
 * stands for "none". */
struct place_node {
    const char *name;
    size_t parent, first_child, next; /* children are sorted by their names */
    size_t cursor;                    /* see places_find() */
    size_t entry;   /* what the user keeps here; PLACES_NO_ENTRY */
    int cleared_by; /* also the user's; -1 */
};

struct places {
    struct place_node *v; /* moves when a place is made */
    size_t n, room;
};

void places_init(struct places *places); /* with a root */
void places_done(struct places *places);

/* Get ready to go along the children of PARENT. */
void places_rewind(struct places *places, size_t parent);
/* The child of that name.  Since the last rewind, names must have been asked
 * for in the order of their bytes: then all the calls together take no longer
 * than one look at each child.  If there is none, MAKE it (NAME is kept, not
 * copied), or return 0. */
size_t places_find(struct places *places, size_t parent, const char *name,
                   bool make);

/* The place after PLACE in the tree below TOP, parents first; 0 after the last.
 * INTO: what is below PLACE comes next; else it is passed over. */
size_t places_next(const struct places *places, size_t top, size_t place,
                   bool into);

#endif
