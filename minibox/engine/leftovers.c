/* SPDX-License-Identifier: MIT */
/*
 * leftovers.c - what package managers leave behind
 *
 * Problem   A package manager keeps what it has fetched, for the next time.  In
 *           an image there is no next time: the layer is done, and the next RUN
 *           that installs something makes another one.
 * Idea      Their directories are known.  Count what each layer brought there:
 *
 *             layer 2   /var/lib/apt/lists/deb.debian.org_...     18 MB
 *                       /var/lib/apt/lists/...                     9 MB
 *                                                      layer 2:   27 MB
 *
 * Rules     1. A few bytes are no waste: locks, and directories that are kept.
 * Read      hier(7), "/var/cache"; lessons/22-build.md
 */
#include "engine/leftovers.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { WORTH_IT = 4096 }; /* rule 1 */

static const struct place {
    const char *directory, *what, *fix;
} places[] = {
    {"/var/lib/apt/lists", "apt's package lists",
     "In the same RUN: rm -rf /var/lib/apt/lists/*"},
    {"/var/cache/apt", "packages that apt has fetched",
     "In the same RUN: apt-get clean"},
    {"/var/cache/apk", "packages that apk has fetched", "apk add --no-cache"},
    {"/etc/apk/cache", "packages that apk has fetched", "apk add --no-cache"},
    {"/var/cache/dnf", "packages that dnf has fetched",
     "In the same RUN: dnf clean all"},
    {"/var/cache/yum", "packages that yum has fetched",
     "In the same RUN: yum clean all"},
    {"/var/cache/zypp", "packages that zypper has fetched",
     "In the same RUN: zypper clean --all"},
    {"/var/cache/pacman/pkg", "packages that pacman has fetched",
     "In the same RUN: pacman -Scc --noconfirm"},
    {"/root/.cache/pip", "packages that pip has fetched",
     "pip install --no-cache-dir"},
    {"/root/.npm", "packages that npm has fetched",
     "In the same RUN: npm cache clean --force"},
    {"/usr/local/share/.cache/yarn", "packages that yarn has fetched",
     "In the same RUN: yarn cache clean"},
    {"/root/.cache/go-build", "go's build cache",
     "RUN --mount=type=cache,target=/root/.cache/go-build"},
    {"/root/.cargo/registry", "crates that cargo has fetched",
     "RUN --mount=type=cache,target=/root/.cargo/registry"},
    {"/root/.m2/repository", "packages that Maven has fetched",
     "RUN --mount=type=cache,target=/root/.m2/repository"},
    {"/root/.gradle/caches", "packages that Gradle has fetched",
     "RUN --mount=type=cache,target=/root/.gradle/caches"},
    {"/root/.composer/cache", "packages that composer has fetched",
     "composer install --no-cache"},
};
enum { N_PLACES = sizeof places / sizeof *places };

/* Which of the places holds PATH?  N_PLACES: none. */
static size_t place_of(const char *path)
{
    size_t i = 0;

    for (; i < N_PLACES; i++) {
        size_t n = strlen(places[i].directory);
        if (starts_with(path, places[i].directory) && path[n] == '/')
            break;
    }
    return i;
}

/* For qsort(3): the most bytes first, then by layers. */
static int by_bytes(const void *a, const void *b)
{
    const struct leftovers_row *x = a, *y = b;

    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->layer != y->layer ? x->layer - y->layer
                                : strcmp(x->directory, y->directory);
}

/* Count what a layer has of each place. */
static void count_layer(const struct picture *p, size_t layer,
                        struct leftovers_row rows[static N_PLACES])
{
    for (size_t i = 0; i < N_PLACES; i++)
        rows[i] = (struct leftovers_row){.directory = places[i].directory,
                                         .what = places[i].what,
                                         .fix = places[i].fix,
                                         .layer = layer};
    for (size_t i = p->layers[layer].begin; i < p->layers[layer].end; i++) {
        const struct picture_entry *e = &p->entries[i];
        if (e->type != PICTURE_FILE || e->change == PICTURE_DELETED)
            continue;
        mb_autofree char *path = picture_path(p, i);
        size_t n = place_of(path);
        if (n == N_PLACES)
            continue;
        rows[n].files++;
        rows[n].bytes += e->size;
    }
}

void leftovers_find(const struct picture *p, struct leftovers *out)
{
    struct leftovers_row rows[N_PLACES];

    out->n = 0;
    out->rows = mb_alloc((p->n_layers * N_PLACES + 1) * sizeof *out->rows);
    for (size_t layer = 0; layer < p->n_layers; layer++) {
        count_layer(p, layer, rows);
        for (size_t i = 0; i < N_PLACES; i++)
            if (rows[i].bytes >= WORTH_IT)
                out->rows[out->n++] = rows[i];
    }
    if (out->n > 1)
        qsort(out->rows, out->n, sizeof *out->rows, by_bytes);
}

void leftovers_done(struct leftovers *leftovers)
{
    free(leftovers->rows);
    *leftovers = (struct leftovers){0};
}
