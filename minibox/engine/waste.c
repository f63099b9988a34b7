/* SPDX-License-Identifier: MIT */
/*
 * waste.c - who brought what is hidden, and who hid it
 *
 * Problem   "6 MB are wasted" helps nobody.  To get rid of them one must know
 *           which two instructions to change, and thousands of files may stand
 *           between the reader and these two.
 * Idea      Group the files by the two layers, and show the greatest first:
 *
 *             brought by  hidden by            files
 *                  2          4     deleted    /proj.zip               3 MB
 *                  3          5     overwritten  /app/a, /app/b, ...   1 MB
 *
 *           A pair of layers is a number, as an image has few layers.  So the
 *           groups come out of one sorting of all wasted files.
 * Rules     1. A file of no bytes is no waste.
 *           2. What is equally great stays in the layers' order: two runs say
 *              the same.
 * Read      lessons/22-build.md
 */
#include "engine/waste.h"

#include <stdlib.h>

#include "base/mem.h"

/* What the comparison must know. */
struct weights {
    const struct picture *p;
    uint64_t *bytes; /* of each pair of layers and manner */
};

/* The number of the group that entry I belongs to. */
static size_t group_of(const struct picture *p, size_t i)
{
    const struct picture_entry *e = &p->entries[i];

    return 2 * (e->layer * p->n_layers + e->wasted_by) + e->overwritten;
}

/* For qsort_r(3): great groups first, then their great files. */
static int by_weight(const void *a, const void *b, void *argument)
{
    const struct weights *w = argument;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    size_t g = group_of(w->p, i), h = group_of(w->p, j);

    if (g != h && w->bytes[g] != w->bytes[h])
        return w->bytes[g] > w->bytes[h] ? -1 : 1;
    if (g != h)
        return g < h ? -1 : 1;
    if (w->p->entries[i].size != w->p->entries[j].size)
        return w->p->entries[i].size > w->p->entries[j].size ? -1 : 1;
    return i < j ? -1 : 1;
}

/* Is it the first name of a file that nobody sees (rule 1)? */
static bool is_waste(const struct picture *p, size_t i)
{
    const struct picture_entry *e = &p->entries[i];

    return e->change != PICTURE_DELETED && e->size > 0 && e->wasted_by >= 0;
}

/* The lowest directory that both have in common, A a directory.  An entry comes
 * after its directory: of two numbers the greater one can't be above. */
static size_t common_directory(const struct picture *p, size_t a, size_t b)
{
    while (a != b && a != PICTURE_NONE && b != PICTURE_NONE)
        if (a > b)
            a = p->entries[a].parent;
        else
            b = p->entries[b].parent;
    return a == b ? a : PICTURE_NONE;
}

/* The sorted entries that belong together become a group. */
static void make_groups(struct waste *w, size_t n, const struct weights *by)
{
    for (size_t i = 0; i < n; i++) {
        size_t group = group_of(by->p, w->entries[i]);
        const struct picture_entry *e = &by->p->entries[w->entries[i]];
        if (i == 0 || group != group_of(by->p, w->entries[i - 1]))
            w->groups[w->n_groups++] =
                (struct waste_group){.brought_by = e->layer,
                                     .hidden_by = e->wasted_by,
                                     .overwritten = e->overwritten,
                                     .bytes = by->bytes[group],
                                     .entries = w->entries + i,
                                     .directory = e->parent};
        struct waste_group *g = &w->groups[w->n_groups - 1];
        g->n_entries++;
        g->directory = common_directory(by->p, g->directory, e->parent);
    }
}

void waste_find(const struct picture *p, struct waste *out)
{
    size_t n_kinds = 2 * p->n_layers * p->n_layers, n = 0, n_groups = 0;
    mb_autofree uint64_t *bytes = mb_alloc((n_kinds + 1) * sizeof *bytes);
    struct weights by = {.p = p, .bytes = bytes};

    *out = (struct waste){0};
    out->entries = mb_alloc((p->n_entries + 1) * sizeof *out->entries);
    for (size_t i = 0; i < p->n_entries; i++) {
        if (!is_waste(p, i))
            continue;
        n_groups += bytes[group_of(p, i)] == 0;
        bytes[group_of(p, i)] += p->entries[i].size;
        out->entries[n++] = i;
    }
    if (n > 1)
        qsort_r(out->entries, n, sizeof *out->entries, by_weight, &by);
    out->groups = mb_alloc((n_groups + 1) * sizeof *out->groups);
    make_groups(out, n, &by);
}

void waste_done(struct waste *w)
{
    free(w->groups);
    free(w->entries);
    *w = (struct waste){0};
}
