/* SPDX-License-Identifier: MIT */
/*
 * keydiff.c - what makes two keys differ
 *
 * Problem   A step is done again.  Its key is not the one of yesterday, but
 *           a digest does not tell what has changed.
 * Idea      The texts tell (engine/key).  Sort the lines of both by name, and
 *           go through the two lists as if closing a zip:
 *
 *             yesterday               today
 *             file a.c 100644:11..    file a.c 100644:11..    the same
 *             file b.c 100644:22..    file b.c 100644:77..    other content
 *             file c.c 100644:33..                            gone
 *                                     file d.c 100644:44..    new
 *
 * Rules     1. The last word of a line is its value, the first says what it
 *              is; what stands between is the name, which may have spaces.
 *           2. A file's value is MODE[,UID,GID[,TIME]][:DIGEST], so that "other
 *              mode" can be told from "other content".  Only build --verify
 *              writes TIME; no key of the cache has it.
 * Read      comm(1), diff(1); lessons/22-build.md
 */
#include "engine/keydiff.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* One line of a text, cut into its parts (rule 1). */
struct line {
    const char *what, *name, *value;
};

struct lines {
    char *text; /* a copy, cut */
    struct line *v;
    size_t n;
};

/* ---- reading ------------------------------------------------------------ */

/* Cut "WHAT[ NAME] VALUE" in place; false for something else. */
static bool cut_line(char *text, struct line *out)
{
    char *first = strchr(text, ' '), *last = strrchr(text, ' ');

    if (!first)
        return false;
    *out = (struct line){.what = text,
                         .name = first == last ? "" : first + 1,
                         .value = last + 1};
    *first = *last = '\0';
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = strcmp(x->what, y->what);

    if (order == 0)
        order = strcmp(x->name, y->name);
    /* The same file twice in one COPY: compare the first with the first. */
    return order ? order : strcmp(x->value, y->value);
}

static void read_lines(const char *text, struct lines *out)
{
    *out = (struct lines){.text = mb_strdup(text)};
    for (char *next = out->text, *line; (line = strsep(&next, "\n"));) {
        struct line cut;
        if (!cut_line(line, &cut))
            continue;
        out->v = mb_realloc(out->v, (out->n + 1) * sizeof *out->v);
        out->v[out->n++] = cut;
    }
    if (out->n)
        qsort(out->v, out->n, sizeof *out->v, by_name);
}

static void lines_done(struct lines *lines)
{
    free(lines->text);
    free(lines->v);
}

/* ---- telling ------------------------------------------------------------ */

/* What the lines are about, for a reader.  "date", "history", "opaque",
 * "setting" and "whiteout" come from build --verify.  "before" and "words" are
 * not here: they are in the keys of steps without files, which nobody asks
 * about. */
static const struct {
    const char *what, *noun, *change;
} nouns[] = {
    {"below", "the layers below", "others (a step above made other files)"},
    {"checksum", "--checksum", "another"},
    {"chmod", "--chmod", "another"},
    {"chown", "--chown", "another"},
    {"clock", "SOURCE_DATE_EPOCH", "another"},
    {"command", "the command", "another"},
    {"date", "the date of history line ", "other time"},
    {"destination", "the destination", "another"},
    {"directory", "the directory", "another"},
    {"fetched", "", "other content"},
    {"file", "", "other content"},
    {"from", "the files of ", "others"},
    {"history", "history line ", "another"},
    {"mount", "an option of --mount", "another"},
    {"network", "the network", "another"},
    {"opaque", "the old content of ", "another"},
    {"setting", "", "another"},
    {"source", "the source ", "another"},
    {"sources", "the list of sources", "another"},
    {"text", "the text of <<", "another"},
    {"tree", "the directory ", "another"},
    {"unpack", "--unpack", "another"},
    {"urls", "the URLs", "others"},
    {"user", "USER", "another"},
    {"variable", "variable ", "other value"},
    {"whiteout", "the removal of ", "another"},
    {"workdir", "WORKDIR", "another"},
};

/* "variable V: NEWS", where NULL stands for: it has changed. */
static void add_reason(struct keydiff *out, const struct line *line,
                       const char *news)
{
    const char *noun = line->what, *change = "another";

    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        if (strcmp(nouns[i].what, line->what) == 0) {
            noun = nouns[i].noun;
            change = nouns[i].change;
        }
    }
    out->different++;
    strv_addf(&out->reasons, "%s%s: %s", noun, line->name,
              news ? news : change);
}

/* Which of the comma's fields before ":" is the first that differs?  One that
 * is missing differs from one that is there. */
static size_t first_difference(const char *a, const char *b)
{
    for (size_t field = 0;; field++) {
        size_t n = strcspn(a, ",:"), m = strcspn(b, ",:");
        if (n != m || strncmp(a, b, n) != 0 || (a[n] != ',' && b[m] != ','))
            return field;
        a += n + (a[n] == ',');
        b += m + (b[m] == ',');
    }
}

/* Rule 2: what has become of a file whose bytes are the same; or NULL. */
static const char *metadata_news(const struct line *before,
                                 const struct line *now)
{
    static const char *const news[] = {"other mode", "other owner",
                                       "other owner", "other time"};
    const char *a = strchr(before->value, ':'), *b = strchr(now->value, ':');
    size_t field = first_difference(before->value, now->value);

    if (strcmp(now->what, "file") != 0 || strcmp(a ? a : "", b ? b : "") != 0)
        return NULL;
    return field < sizeof news / sizeof *news ? news[field] : NULL;
}

/* Such lines show that two steps have to do with each other: they stand in the
 * same place, or their instructions say the same.  Others are alike in steps
 * that are strangers: most have the same user, clock and variables. */
static bool relates(const struct line *line)
{
    static const char *const whats[] = {"below",     "command", "destination",
                                        "directory", "sources", "text"};

    for (size_t i = 0; i < sizeof whats / sizeof *whats; i++)
        if (strcmp(line->what, whats[i]) == 0)
            return true;
    return false;
}

/* ---- comparing ---------------------------------------------------------- */

/* Two lines of the same name. */
static void compare_lines(const struct line *before, const struct line *now,
                          struct keydiff *out)
{
    if (strcmp(before->value, now->value) != 0) {
        add_reason(out, now, metadata_news(before, now));
        return;
    }
    out->same++;
    out->related |= relates(now);
}

void keydiff_find(const char *before, const char *now, struct keydiff *out)
{
    struct lines old, new;
    size_t i = 0, k = 0;

    *out = (struct keydiff){0};
    read_lines(before, &old);
    read_lines(now, &new);
    while (i < old.n || k < new.n) {
        int order = i == old.n ? 1 : k == new.n ? -1 : 0;
        if (order == 0)
            order = strcmp(old.v[i].what, new.v[k].what);
        if (order == 0)
            order = strcmp(old.v[i].name, new.v[k].name);
        if (order < 0)
            add_reason(out, &old.v[i++], "gone");
        else if (order > 0)
            add_reason(out, &new.v[k++], "new");
        else
            compare_lines(&old.v[i++], &new.v[k++], out);
    }
    lines_done(&old);
    lines_done(&new);
}

void keydiff_done(struct keydiff *diff)
{
    strv_done(&diff->reasons);
}
