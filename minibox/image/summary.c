/* SPDX-License-Identifier: MIT */
/*
 * summary.c - what a list of images shows, at once
 *
 * Problem   `images` needs three facts of each image, which lie in a config of
 *           kilobytes, behind a manifest, both to be read, hashed and parsed.
 *           With a thousand images that is a noticeable wait.
 * Idea      The facts belong to a digest, so they never change.  Write them
 *           down the first time, all in one file, a line for each image:
 *
 *             summaries    MANIFEST ID CREATED SIZE
 *
 *           Plain text, because reading the same as JSON takes as long as all
 *           the rest of `images`.
 * Rules     1. The file is a copy.  If it is lost or damaged, it is made anew;
 *              if it can't be written, nobody minds.
 *           2. An image whose documents are gone is not served from it.
 * Read      lessons/16-store.md
 */
#include "image/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"
#include "image/manifest.h"

enum { MAX_FILE = 64 << 20 };
static const char file_name[] = "summaries";

/* A line of the file. */
struct summary_line {
    struct digest manifest;
    struct summary summary;
};

/* ---- the file ----------------------------------------------------------- */

/* For qsort(3) and bsearch(3). */
static int by_manifest(const void *a, const void *b)
{
    const struct summary_line *x = a, *y = b;

    return strcmp(x->manifest.hex, y->manifest.hex);
}

/* The 64 digits at *p into *out, and *p behind them and the blank. */
static bool take_digest(const char **p, struct digest *out)
{
    if (strspn(*p, "0123456789abcdef") != 64 || (*p)[64] != ' ')
        return false;
    memcpy(out->hex, *p, 64);
    out->hex[64] = '\0';
    *p += 65;
    return true;
}

/* One line, up to its newline.  False: it is damaged. */
static bool parse_line(const char *p, struct summary_line *out)
{
    char *end;

    if (!take_digest(&p, &out->manifest) || !take_digest(&p, &out->summary.id))
        return false;
    out->summary.created = strtoll(p, &end, 10);
    if (end == p || *end != ' ')
        return false;
    p = end + 1;
    out->summary.size = strtoull(p, &end, 10);
    return end > p && *end == '\n';
}

/* Append a line to the list, which has room for a power of two of them. */
static void append(struct summaries *s, const struct summary_line *line)
{
    if ((s->n & (s->n - 1)) == 0) {
        size_t room = s->n ? 2 * s->n : 1;
        s->lines = mb_realloc(s->lines, room * sizeof *s->lines);
    }
    s->lines[s->n++] = *line;
}

void summaries_open(struct summaries *s, const struct store *store)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct summary_line line;
    const char *end;

    *s = (struct summaries){.store = store};
    (void)fs_read(store->fd, file_name, MAX_FILE, &text, NULL); /* rule 1 */
    for (const char *p = text.s; (end = strchr(p, '\n')); p = end + 1)
        if (parse_line(p, &line))
            append(s, &line);
    s->n_old = s->n;
    if (s->n)
        qsort(s->lines, s->n, sizeof *s->lines, by_manifest);
}

/* ---- looking up --------------------------------------------------------- */

/* The line of that manifest, or NULL. */
static const struct summary_line *find_line(const struct summaries *s,
                                            const struct digest *manifest)
{
    const struct summary_line key = {.manifest = *manifest};
    const struct summary_line *found = NULL;

    if (s->n_old)
        found = bsearch(&key, s->lines, s->n_old, sizeof key, by_manifest);
    for (size_t i = s->n_old; !found && i < s->n; i++)
        if (by_manifest(&key, &s->lines[i]) == 0)
            found = &s->lines[i];
    return found;
}

int summaries_get(struct summaries *s, const struct digest *manifest,
                  struct summary *out, struct mb_error *err)
{
    const struct summary_line *known = find_line(s, manifest);
    struct summary_line line = {.manifest = *manifest};
    struct image image;

    if (known && blob_exists(s->store, manifest) &&
        blob_exists(s->store, &known->summary.id)) { /* rule 2 */
        *out = known->summary;
        return 0;
    }
    if (image_load(s->store, manifest, &image, err) < 0)
        return -1;
    *out = (struct summary){.id = image.id,
                            .created = image_time_parse(json_string_value(
                                json_object_get(image.config, "created"))),
                            .size = image_size(s->store, &image)};
    image_done(&image);
    line.summary = *out;
    append(s, &line);
    return 0;
}

void summaries_close(struct summaries *s)
{
    mb_autobuf struct buf text = BUF_INIT;

    for (size_t i = 0; s->n > s->n_old && i < s->n; i++) {
        const struct summary_line *line = &s->lines[i];
        if (blob_exists(s->store, &line->manifest))
            buf_addf(&text, "%s %s %lld %llu\n", line->manifest.hex,
                     line->summary.id.hex, (long long)line->summary.created,
                     (unsigned long long)line->summary.size);
    }
    if (s->n > s->n_old)
        (void)fs_write(s->store->fd, file_name, text.s, text.len, NULL);
    free(s->lines);
}
