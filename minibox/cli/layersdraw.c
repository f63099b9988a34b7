/* SPDX-License-Identifier: MIT */
/*
 * layersdraw.c - the picture of an image, in letters
 *
 * Problem   An image has a size, and everybody takes it for the size of what
 *           is seen in a container.  What later layers hide is in it as well.
 * Idea      Draw the layers as they lie on each other, with a bar for the bytes
 *           of each, and in the bar what is hidden; then say who hides what:
 *
 *               +-----------------------------------------------+
 *             3 | RUN rm /proj.zip                           0B |
 *               |                      1 deleted   6aa0840450e5 |
 *               +-----------------------------------------------+
 *             2 | RUN curl -o /proj.zip ...                 3MB |
 *               | xxxxxxxxxxxxx        1 added     eb324abe0cc7 |
 *               +-----------------------------------------------+
 *
 * Rules     1. The lowest layer is at the bottom, as it lies.
 *           2. Plain letters where the output is no terminal: what a script or
 *              a lesson shows must be the same everywhere.
 *           3. Colours never say anything that a character does not say, too.
 *           4. No line is longer than 80 characters, but for names in full.
 * Read      https://no-color.org; lessons/13-layers.md
 */
#include "cli/layersdraw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/table.h"

enum {
    INNER = 72, /* characters in a box */
    BAR = 20,
    SIZE = 9,
    ID = 12,
    SHOWN_GROUPS = 5, /* of waste */
    SHOWN_FILES = 3,  /* of each */
};

/* How it is drawn (rules 2 and 3): characters, and colours or "". */
struct style {
    const char
        *edges[3][2]; /* the top's corners, those between, the bottom's */
    const char *flat, *wall, *seen, *hidden;
    const char *bold, *dim, *good, *bad, *plain;
    bool full;
};

static const struct style on_paper = {
    .edges = {{"+", "+"}, {"+", "+"}, {"+", "+"}},
    .flat = "-",
    .wall = "|",
    .seen = "#",
    .hidden = "x",
    .bold = "",
    .dim = "",
    .good = "",
    .bad = "",
    .plain = "",
};

static const struct style on_screen = {
    .edges = {{"┌", "┐"}, {"├", "┤"}, {"└", "┘"}},
    .flat = "─",
    .wall = "│",
    .seen = "█",
    .hidden = "░",
    .bold = "\033[1m",
    .dim = "\033[2m",
    .good = "\033[32m",
    .bad = "\033[31m",
    .plain = "\033[0m",
};

static struct style choose_style(bool full)
{
    struct style s = isatty(STDOUT_FILENO) ? on_screen : on_paper;
    const char *no_color = getenv("NO_COLOR");

    if (no_color && *no_color)
        s.bold = s.dim = s.good = s.bad = s.plain = "";
    s.full = full;
    return s;
}

/* ---- pieces -------------------------------------------------------------- */

/* How many bytes the first WIDTH characters of TEXT take. */
static size_t bytes_of(const char *text, size_t width)
{
    size_t i = 0;

    for (size_t n = 0; text[i]; i++) {
        n += (text[i] & 0xc0) != 0x80;
        if (n > width)
            break;
    }
    return i;
}

static size_t width_of(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

/* TEXT N times. */
static void repeat(const char *text, size_t n)
{
    while (n-- > 0)
        fputs(text, stdout);
}

/* TEXT in COLOUR, and blanks up to WIDTH. */
static void print_cell(const struct style *s, const char *colour,
                       const char *text, size_t width)
{
    size_t is = width_of(text);

    printf("%s%s%s", colour, text, s->plain);
    repeat(" ", width > is ? width - is : 0);
}

/* ---- boxes --------------------------------------------------------------- */

/* A line over or under boxes: 0 the top, 1 between two, 2 the bottom. */
static void print_edge(const struct style *s, int which)
{
    printf("    %s", s->edges[which][0]);
    repeat(s->flat, INNER + 2);
    puts(s->edges[which][1]);
}

/* Instruction and size; --no-trunc takes as many lines as it needs. */
static void print_title(const struct style *s, int number,
                        const char *instruction, uint64_t bytes)
{
    enum { WIDTH = INNER - SIZE - 1 };
    mb_autofree char *size = table_size(bytes);
    mb_autofree char *text = layerstext_one_line(instruction);
    mb_autofree char *cut = table_cut(text, WIDTH);
    size_t n = bytes_of(text, WIDTH);
    mb_autofree char *begin = s->full ? mb_strndup(text, n) : mb_strdup(cut);

    printf("%s%3d%s %s ", s->bold, number, s->plain, s->wall);
    print_cell(s, s->bold, begin, WIDTH);
    printf(" %*s %s\n", SIZE, size, s->wall);
    for (const char *rest = text + n; s->full && *rest; rest += n) {
        n = bytes_of(rest, WIDTH);
        mb_autofree char *part = mb_strndup(rest, n);
        printf("    %s ", s->wall);
        print_cell(s, s->bold, part, INNER);
        printf(" %s\n", s->wall);
    }
}

/* How many cells of WHOLE a part of BYTES gets. */
static size_t cells_of(uint64_t bytes, uint64_t all, size_t whole)
{
    return all ? (size_t)((double)bytes / all * whole + 0.5) : 0;
}

/* The bar: what is seen, then what is hidden.  GREATEST: bytes of the layer
 * with the longest bar. */
static void print_bar(const struct style *s, const struct picture_layer *l,
                      uint64_t greatest)
{
    size_t cells = cells_of(l->size, greatest, BAR);
    size_t bar = cells == 0 && l->size ? 1 : cells;
    size_t hidden = cells_of(l->wasted, l->size, bar);

    fputs(s->good, stdout);
    repeat(s->seen, bar - hidden);
    printf("%s%s", s->plain, s->bad);
    repeat(s->hidden, hidden);
    fputs(s->plain, stdout);
    repeat(" ", BAR - bar);
}

/* "3 added, 1 deleted" */
static char *counts_of(const struct picture_layer *l)
{
    const struct {
        size_t n;
        const char *what;
    } counts[] = {
        {l->added, "added"}, {l->changed, "changed"}, {l->deleted, "deleted"}};
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].n)
            buf_addf(&out, "%s%zu %s", out.len ? ", " : "", counts[i].n,
                     counts[i].what);
    return buf_take(&out);
}

/* Bar, numbers and diff ID; the whole ID needs a line of its own. */
static void print_facts(const struct style *s, const struct picture_layer *l,
                        uint64_t greatest)
{
    enum { WIDTH = INNER - BAR - ID - 3 };
    mb_autofree char *all_counts = counts_of(l);
    mb_autofree char *counts = table_cut(all_counts, WIDTH);
    mb_autofree char *diff_id =
        mb_printf(s->full ? DIGEST_FMT : "%.12s", l->diff_id->hex);

    printf("    %s ", s->wall);
    print_bar(s, l, greatest);
    fputs("  ", stdout);
    print_cell(s, "", counts, WIDTH + 1);
    print_cell(s, s->dim, s->full ? "" : diff_id, ID);
    printf(" %s\n", s->wall);
    if (!s->full)
        return;
    printf("    %s ", s->wall);
    print_cell(s, s->dim, diff_id, INNER);
    printf(" %s\n", s->wall);
}

/* What of the layer is hidden, in words. */
static void print_hidden(const struct style *s, const struct picture_layer *l)
{
    mb_autofree char *wasted = table_size(l->wasted);
    mb_autofree char *text = mb_printf("%s of it hidden by later layers",
                                       l->wasted == l->size ? "all" : wasted);

    if (l->wasted == 0)
        return;
    printf("    %s ", s->wall);
    print_cell(s, s->bad, text, INNER);
    printf(" %s\n", s->wall);
}

/* An instruction that made no layer. */
static void print_empty(const struct style *s, const char *instruction)
{
    mb_autofree char *text = layerstext_one_line(instruction);
    mb_autofree char *cut = table_cut(text, INNER - SIZE - 1);

    fputs("      ", stdout);
    print_cell(s, s->dim, s->full ? text : cut, INNER - SIZE - 1);
    printf(" %s%*s%s\n", s->dim, SIZE, "0B", s->plain);
}

/* The history, the newest line first (rule 1); those with a layer are boxes. */
static void print_stack(const struct style *s, const struct layerspage *page)
{
    const struct layerstext_history *h = &page->history;
    const struct picture_layer *layers = page->picture.layers;
    uint64_t greatest = 0;
    bool open = false; /* has the last box no bottom yet? */

    for (size_t i = 0; i < page->picture.n_layers; i++)
        greatest = layers[i].size > greatest ? layers[i].size : greatest;
    for (size_t i = h->n; i-- > 0;) {
        int n = h->lines[i].layer;
        if (n < 0) {
            if (open)
                print_edge(s, 2);
            print_empty(s, h->lines[i].instruction);
        } else {
            print_edge(s, open);
            print_title(s, n + 1, h->lines[i].instruction, layers[n].size);
            print_facts(s, &layers[n], greatest);
            print_hidden(s, &layers[n]);
        }
        open = n >= 0;
    }
    if (open)
        print_edge(s, 2);
}

/* ---- words --------------------------------------------------------------- */

static void print_sums(const struct style *s, const struct picture *p)
{
    mb_autofree char *all = table_size(p->size);
    mb_autofree char *seen = table_size(p->size - p->wasted);
    mb_autofree char *wasted = table_size(p->wasted);

    printf("\n    %s%s%s visible   %s%s%s hidden by a later layer, but still "
           "in the image\n\n",
           s->good, s->seen, s->plain, s->bad, s->hidden, s->plain);
    printf("%s%s%s in %zu layer%s: ", s->bold, all, s->plain, p->n_layers,
           p->n_layers == 1 ? "" : "s");
    if (p->wasted == 0)
        puts("nothing is wasted");
    else if (200 * p->wasted < p->size)
        printf("%s visible, %s wasted\n", seen, wasted);
    else
        printf("%s visible, %s%s wasted (%.0f %%)%s\n", seen, s->bad, wasted,
               100.0 * p->wasted / p->size, s->plain);
}

/* The files of a group, the biggest first; of many, where they are. */
static void print_files(const struct style *s, const struct picture *p,
                        const struct waste_group *g)
{
    if (g->n_entries > SHOWN_FILES) {
        mb_autofree char *raw = picture_path(p, g->directory);
        mb_autofree char *path = layerstext_clean(raw, "");
        printf("%*s  %zu files below %s/, the biggest:\n", SIZE, "",
               g->n_entries, path);
    }
    for (size_t i = 0; i < g->n_entries; i++) {
        mb_autofree char *raw = picture_path(p, g->entries[i]);
        mb_autofree char *path = layerstext_clean(raw, "");
        mb_autofree char *cut = table_cut(path, 80 - SIZE - 2);
        mb_autofree char *size = table_size(p->entries[g->entries[i]].size);
        if (!s->full && i == SHOWN_FILES) {
            printf("%*s  and %zu more\n", SIZE, "", g->n_entries - i);
            return;
        }
        printf("%*s  %s\n", SIZE, size, s->full ? path : cut);
    }
}

/* "layer 2  RUN curl ..." */
static void print_culprit(const struct style *s, int layer,
                          const struct layerstext_history *h)
{
    mb_autofree char *text =
        layerstext_one_line(h->of_layer[layer]->instruction);
    mb_autofree char *cut = table_cut(text, 80 - SIZE - 2);

    printf("layer %-3d  %s%s%s\n", layer + 1, s->bold, s->full ? text : cut,
           s->plain);
}

/* What one layer brought and another one hid, and what to do about it. */
static void print_group(const struct style *s, const struct layerspage *page,
                        const struct waste_group *g)
{
    mb_autofree char *bytes = table_size(g->bytes);
    mb_autofree char *advice = layerstext_advice(&page->history, g);

    printf(
        "\n%s%s%s brought by layer %d, %s by layer %d, still in the image:\n",
        s->bad, bytes, s->plain, g->brought_by + 1,
        g->overwritten ? "overwritten" : "deleted", g->hidden_by + 1);
    print_files(s, &page->picture, g);
    print_culprit(s, g->brought_by, &page->history);
    print_culprit(s, g->hidden_by, &page->history);
    layerstext_print(advice, SIZE + 2);
}

void layersdraw_print(const struct layerspage *page, bool full)
{
    const struct style s = choose_style(full);
    const struct waste *w = &page->waste;
    size_t n = full || w->n_groups < SHOWN_GROUPS ? w->n_groups : SHOWN_GROUPS;

    printf("%s%s%s, the lowest layer at the bottom:\n\n", s.bold, page->name,
           s.plain);
    print_stack(&s, page);
    print_sums(&s, &page->picture);
    for (size_t i = 0; i < n; i++)
        print_group(&s, page, &w->groups[i]);
    if (n < w->n_groups)
        printf("\nand %zu more (--no-trunc shows all)\n", w->n_groups - n);
}
