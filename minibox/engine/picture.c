/* SPDX-License-Identifier: MIT */
/*
 * picture.c - what is in an image's layers, and what is hidden in them
 *
 * Problem   "RUN rm big.zip" makes an image no smaller.  The file lies in a
 *           layer further down, and that layer never changes.  One would like
 *           to see which files are kept like that, and on whose account.
 * Idea      One tree of places, and the layers laid over it one by one, the
 *           lowest first.  Each place knows the entry that is visible now:
 *
 *             layer      places            what happens
 *               3     /    app    zip~     ~: deletes; layer 2's zip is hidden
 *               2     /    app'   zip      ': changes; layer 1's app is hidden
 *               1     /    app             adds
 *
 *           An entry that is hidden has only gone out of sight.  The bytes of
 *           all such entries are the waste.
 * Rules     1. A mark hides a directory with all that is in it, a file hides
 *              what had its name, a directory on a directory hides nothing.
 *           2. An opaque directory hides all that lower layers have in it, but
 *              for what it has itself.
 *           3. Several names of one file are one file.  Its bytes are wasted
 *              when the last name is hidden.
 *           4. A place is never taken away, for it may be filled again.
 * Read      OCI image spec, layer.md; lessons/13-layers.md,
 *           lessons/22-build.md
 */
#include "engine/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/places.h"
#include "engine/unpacked.h"

/* A file with several names: one of them. */
struct name {
    ino_t inode;
    size_t entry;
};

/* The work on a picture. */
struct painter {
    struct picture *p;
    int layer; /* the current one */
    size_t room;
    struct places places;
    struct name *names; /* of the current layer's files that have several */
    size_t n_names, names_room;
};

/* Room for one more in an array: returns it, moved if it had to grow. */
static void *grow(void *array, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return array;
    *room = *room ? 2 * *room : 64;
    return mb_realloc(array, *room * size);
}

/* ---- hiding -------------------------------------------------------------- */

/* One name less of a file that is visible; with the last one (rule 3) its bytes
 * are wasted. */
static void lose_name(struct painter *m, size_t first)
{
    struct picture_entry *e = &m->p->entries[first];

    if (--e->files > 0)
        return;
    e->wasted_by = m->layer;
    m->p->layers[e->layer].wasted += e->size;
    m->p->wasted += e->size;
}

/* The entry that is visible at PLACE goes out of sight.  A directory was merged
 * with those below, which go with it. */
static void hide(struct painter *m, size_t place, bool overwritten)
{
    size_t i = m->places.v[place].entry;

    m->places.v[place].entry = PICTURE_NONE;
    if (i == PICTURE_NONE)
        return;
    if (m->p->entries[i].type != PICTURE_DIRECTORY) {
        m->p->layers[m->layer].deleted += !overwritten;
        lose_name(m, m->p->entries[i].first);
    }
    for (; i != PICTURE_NONE; i = m->p->entries[i].below) {
        m->p->entries[i].hidden_by = m->layer;
        m->p->entries[i].overwritten = overwritten;
    }
}

/* The same for all that is below PLACE. */
static void hide_below(struct painter *m, size_t place)
{
    for (size_t i = place; (i = places_next(&m->places, place, i, true));)
        hide(m, i, false);
}

/* ---- entries ------------------------------------------------------------- */

static size_t add_entry(struct painter *m, size_t parent, const char *name)
{
    struct picture *p = m->p;
    size_t i = p->n_entries++;

    p->entries = grow(p->entries, i, &m->room, sizeof *p->entries);
    p->entries[i] = (struct picture_entry){.name = mb_strdup(name),
                                           .parent = parent,
                                           .first = i,
                                           .below = PICTURE_NONE,
                                           .layer = m->layer,
                                           .hidden_by = -1,
                                           .wasted_by = -1};
    return i;
}

/* What is visible at PLACE is deleted: an entry of PARENT's says so. */
static void delete_place(struct painter *m, size_t parent, size_t place)
{
    size_t old = m->places.v[place].entry;
    size_t files = m->p->layers[m->layer].deleted;
    uint64_t bytes = m->p->wasted;

    size_t i = add_entry(m, parent, m->p->entries[old].name);
    hide(m, place, false);
    hide_below(m, place);
    m->p->entries[i].change = PICTURE_DELETED;
    m->p->entries[i].type = m->p->entries[old].type;
    m->p->entries[i].place = place;
    m->p->entries[i].files = m->p->layers[m->layer].deleted - files;
    m->p->entries[i].size = m->p->wasted - bytes;
}

/* Note that entry I is one of several names of the file. */
static void add_name(struct painter *m, ino_t inode, size_t i)
{
    m->names = grow(m->names, m->n_names, &m->names_room, sizeof *m->names);
    m->names[m->n_names++] = (struct name){.inode = inode, .entry = i};
}

static enum picture_type type_of(mode_t mode)
{
    return S_ISREG(mode)   ? PICTURE_FILE
           : S_ISDIR(mode) ? PICTURE_DIRECTORY
           : S_ISLNK(mode) ? PICTURE_SYMLINK
                           : PICTURE_OTHER;
}

/* The new entry I takes PLACE (rule 1). */
static void take_place(struct painter *m, size_t i, size_t place)
{
    struct picture_entry *e = &m->p->entries[i];
    struct picture_layer *layer = &m->p->layers[m->layer];
    size_t old = m->places.v[place].entry;
    bool is_dir = e->type == PICTURE_DIRECTORY;
    bool was_dir =
        old != PICTURE_NONE && m->p->entries[old].type == PICTURE_DIRECTORY;

    if (is_dir && was_dir) {
        e->change = PICTURE_MERGED;
        e->below = old;
    } else {
        e->change = old == PICTURE_NONE ? PICTURE_ADDED : PICTURE_CHANGED;
        hide(m, place, !is_dir && !was_dir);
        hide_below(m, place);
    }
    if (!is_dir) {
        e->files = 1;
        layer->added += e->change == PICTURE_ADDED;
        layer->changed += e->change == PICTURE_CHANGED;
    }
    e->place = place;
    m->places.v[place].entry = i;
    places_rewind(&m->places, place);
}

/* A visitor's item (engine/unpacked). */
static size_t add_item(void *argument, size_t parent,
                       const struct unpacked_item *item)
{
    struct painter *m = argument;
    size_t above = parent == PICTURE_NONE ? 0 : m->p->entries[parent].place;

    if (item->whiteout) {
        size_t place = places_find(&m->places, above, item->name, false);
        if (place && m->places.v[place].entry != PICTURE_NONE)
            delete_place(m, parent, place);
        return PICTURE_NONE; /* else of nothing: overlayfs leaves such */
    }
    size_t i = add_entry(m, parent, item->name);
    struct picture_entry *e = &m->p->entries[i];
    e->type = type_of(item->st.st_mode);
    e->size = e->type == PICTURE_FILE ? item->st.st_size : 0;
    if (e->type == PICTURE_FILE && item->st.st_nlink > 1)
        add_name(m, item->st.st_ino, i);
    take_place(m, i, places_find(&m->places, above, e->name, true));
    return i;
}

/* Rule 2, when all of the directory's own entries are known: go down through
 * these, and delete what is older.  A directory that was opaque itself has
 * nothing old any more. */
static void clear_opaque(void *argument, size_t entry)
{
    struct painter *m = argument;
    size_t top = entry == PICTURE_NONE ? 0 : m->p->entries[entry].place;
    bool into = true;

    for (size_t i = top; (i = places_next(&m->places, top, i, into));) {
        size_t e = m->places.v[i].entry;
        bool old = e != PICTURE_NONE && m->p->entries[e].layer < m->layer;
        if (old)
            delete_place(m, m->places.v[m->places.v[i].parent].entry, i);
        into =
            !old && e != PICTURE_NONE && m->places.v[i].cleared_by != m->layer;
    }
    m->places.v[top].cleared_by = m->layer;
}

/* ---- a layer ------------------------------------------------------------- */

/* For qsort(3): the names of one file together, in their order. */
static int by_inode(const void *a, const void *b)
{
    const struct name *x = a, *y = b;

    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->entry < y->entry ? -1 : 1;
}

/* Rule 3: the first of its names stands for the file. */
static void join_names(struct painter *m)
{
    struct picture_entry *entries = m->p->entries;

    if (m->n_names > 1)
        qsort(m->names, m->n_names, sizeof *m->names, by_inode);
    for (size_t i = 1; i < m->n_names; i++) {
        size_t before = m->names[i - 1].entry, here = m->names[i].entry;
        if (m->names[i].inode != m->names[i - 1].inode)
            continue;
        entries[here].first = entries[before].first;
        entries[entries[here].first].files++;
        entries[here].size = 0;
    }
    m->n_names = 0;
}

/* Lay the layer in DIR over what there is. */
static int lay(struct painter *m, const char *dir, struct mb_error *err)
{
    const struct unpacked_visitor visitor = {
        .item = add_item, .opaque = clear_opaque, .argument = m};
    struct picture_layer *layer = &m->p->layers[m->layer];

    layer->begin = m->p->n_entries;
    places_rewind(&m->places, 0);
    int result = unpacked_walk(dir, PICTURE_NONE, &visitor, err);
    join_names(m);
    layer->end = m->p->n_entries;
    for (size_t i = layer->begin; i < layer->end; i++)
        if (m->p->entries[i].change != PICTURE_DELETED)
            layer->size += m->p->entries[i].size;
    m->p->size += layer->size;
    return result;
}

/* ---- all ----------------------------------------------------------------- */

static void describe_layers(const struct image *image, struct picture *p)
{
    p->n_layers = image->n_layers;
    p->layers = mb_alloc((p->n_layers + 1) * sizeof *p->layers);
    for (size_t i = 0; i < p->n_layers; i++)
        p->layers[i] =
            (struct picture_layer){.diff_id = &image->layers[i].diff_id};
}

int picture_take(const struct store *store, const struct image *image,
                 struct picture *out, struct mb_error *err)
{
    struct painter m = {.p = out};
    int result = 0;

    *out = (struct picture){0};
    describe_layers(image, out);
    places_init(&m.places);
    for (size_t i = 0; result == 0 && i < out->n_layers; i++) {
        mb_autofree char *dir = store_layer_dir(store, out->layers[i].diff_id);
        m.layer = i;
        result = lay(&m, dir, err);
    }
    places_done(&m.places);
    free(m.names);
    return result;
}

void picture_done(struct picture *p)
{
    for (size_t i = 0; i < p->n_entries; i++)
        free(p->entries[i].name);
    free(p->entries);
    free(p->layers);
    *p = (struct picture){0};
}

char *picture_path(const struct picture *p, size_t entry)
{
    size_t len = 0;

    for (size_t i = entry; i != PICTURE_NONE; i = p->entries[i].parent)
        len += strlen(p->entries[i].name) + 1;
    char *path = mb_alloc(len + 1);
    /* From its end: an entry knows its directory, not what is in it. */
    for (size_t i = entry; i != PICTURE_NONE; i = p->entries[i].parent) {
        size_t n = strlen(p->entries[i].name);
        memcpy(path + len - n, p->entries[i].name, n);
        path[len - n - 1] = '/';
        len -= n + 1;
    }
    return path;
}
