/* SPDX-License-Identifier: MIT */
/*
 * places.c - a tree of names that sorted lists are laid over
 *
 * Problem   Layer upon layer says "etc/passwd", and each time one must find the
 *           same place again.  A hash table would do, but the names are a
 *           stranger's, who may choose them so that all of them collide.
 * Idea      Children are sorted, and the layer's names come sorted as well.  Go
 *           along both together, as a zip closes; nobody goes back:
 *
 *             children    bin    etc    lib    usr
 *             asked for          etc  home  lib
 *                                 ^    ^
 *                             found   not there: made in between
 *
 * Rules     1. The cursor is the last child that is smaller than the name: a
 *              list with one direction needs it to put a new one in.
 *           2. Places are numbers, for the array moves when it grows.
 *           3. No recursion: a parent's number leads back up.
 * Read      lessons/13-layers.md
 */
#include "engine/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A new place; nobody's child yet. */
static size_t make_place(struct places *t, size_t parent, const char *name)
{
    if (t->n == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->v = mb_realloc(t->v, t->room * sizeof *t->v);
    }
    t->v[t->n] = (struct place_node){.name = name,
                                     .parent = parent,
                                     .entry = PLACES_NO_ENTRY,
                                     .cleared_by = -1};
    return t->n++;
}

void places_init(struct places *t)
{
    *t = (struct places){0};
    (void)make_place(t, 0, "");
}

void places_done(struct places *t)
{
    free(t->v);
    *t = (struct places){0};
}

void places_rewind(struct places *t, size_t parent)
{
    t->v[parent].cursor = 0;
}

size_t places_find(struct places *t, size_t parent, const char *name, bool make)
{
    size_t before = t->v[parent].cursor;
    size_t here = before ? t->v[before].next : t->v[parent].first_child;
    int order = 1;

    while (here && (order = strcmp(t->v[here].name, name)) < 0) {
        before = here;
        here = t->v[here].next;
    }
    t->v[parent].cursor = before;
    if (here && order == 0)
        return here;
    if (!make)
        return 0;
    size_t made = make_place(t, parent, name);
    t->v[made].next = here;
    if (before)
        t->v[before].next = made;
    else
        t->v[parent].first_child = made;
    return made;
}

size_t places_next(const struct places *t, size_t top, size_t place, bool into)
{
    if (into && t->v[place].first_child)
        return t->v[place].first_child;
    for (; place != top; place = t->v[place].parent)
        if (t->v[place].next)
            return t->v[place].next;
    return 0;
}
