/* SPDX-License-Identifier: MIT */
/*
 * auditreport.c - findings for a human, and as JSON
 *
 * Problem   A list of findings is long, and only one question matters first: is
 *           there anything, and what do I do?
 * Idea      A line at the top says how much.  Then each secret in three lines,
 *           then waste, the greatest first:
 *
 *             leaky: 1 secret, 3MB wasted
 *
 *               1. GitHub token ghp_**** (40 bytes)
 *                  history line 2: ARG TOKEN=ghp_****
 *                  Why: ...
 *                  Fix: ...
 *
 * Rules     1. No colours: a report ends in the log of a CI.
 *           2. All words that are the image's come from cli/audittext, which
 *              masks and cleans them.
 * Read      lessons/24-secrets.md, lessons/22-build.md
 */
#include "cli/auditreport.h"

#include <stdio.h>

#include "base/mem.h"
#include "cli/table.h"
#include "engine/secretmask.h"

enum { SHOWN_GROUPS = 5 };

/* ---- for a human --------------------------------------------------------- */

static void print_leak(const struct audit *a, size_t i)
{
    const struct secrets_leak *leak = &a->secrets.leaks[i];
    struct audittext_advice advice = audittext_advice(a, leak);
    mb_autofree char *masked = audittext_masked(leak);
    mb_autofree char *place = audittext_place(a, leak);
    mb_autofree char *fate = audittext_fate(a, leak);
    mb_autofree char *why = mb_printf("Why: %s", advice.why);
    mb_autofree char *fix =
        mb_printf("Fix: %s (lesson %d)", advice.fix, advice.lesson);

    printf("\n%3zu. %s: %s\n", i + 1, leak->kind, masked);
    layerstext_print(place, 5);
    if (leak->others)
        printf("     and %zu more in this file\n", leak->others);
    if (*fate)
        layerstext_print(fate, 5);
    layerstext_print(why, 5);
    layerstext_print(fix, 5);
}

static void print_secrets(const struct audit *a)
{
    for (size_t i = 0; i < a->secrets.n; i++)
        print_leak(a, i);
    if (a->secrets.n)
        puts("\nWho has had the image knows these secrets: make new ones.");
    if (a->secrets.unread)
        printf("\n%zu file%s larger than 64 MiB: only the first 64 MiB were "
               "searched.\n",
               a->secrets.unread, a->secrets.unread == 1 ? " is" : "s are");
}

static void print_group(const struct audit *a, const struct waste_group *g)
{
    mb_autofree char *bytes = table_size(g->bytes);
    mb_autofree char *advice = layerstext_advice(&a->history, g);
    mb_autofree char *raw = picture_path(&a->picture, g->entries[0]);
    mb_autofree char *path = secrets_hide(&a->secrets, raw);
    mb_autofree char *clean = layerstext_one_line(path);
    mb_autofree char *more = g->n_entries > 1
                                 ? mb_printf(" and %zu more", g->n_entries - 1)
                                 : mb_strdup("");

    printf("\n%9s  brought by layer %d, %s by layer %d\n", bytes,
           g->brought_by + 1, g->overwritten ? "overwritten" : "deleted",
           g->hidden_by + 1);
    mb_autofree char *what = mb_printf("%s%s", clean, more);
    layerstext_print(what, 11);
    layerstext_print(advice, 11);
}

static void print_waste(const struct audit *a)
{
    const struct waste *w = &a->waste;

    for (size_t i = 0; i < w->n_groups && i < SHOWN_GROUPS; i++)
        print_group(a, &w->groups[i]);
    if (w->n_groups > SHOWN_GROUPS)
        printf("\n%zu more such groups: see minibox layers.\n",
               w->n_groups - SHOWN_GROUPS);
    for (size_t i = 0; i < a->leftovers.n; i++) {
        const struct leftovers_row *row = &a->leftovers.rows[i];
        mb_autofree char *bytes = table_size(row->bytes);
        mb_autofree char *text = mb_printf("%s in layer %d: %s", row->what,
                                           row->layer + 1, row->directory);
        printf("\n%9s  ", bytes);
        layerstext_print(text, 0);
        layerstext_print(row->fix, 11);
    }
}

void auditreport_print(const struct audit *a)
{
    mb_autofree char *summary = audittext_summary(a);

    printf("%s: %s\n", a->name, summary);
    print_secrets(a);
    print_waste(a);
}

/* ---- as JSON ------------------------------------------------------------- */

/* A number, or null for one that is not there. */
static json_t *number_or_null(bool there, size_t number)
{
    return there ? json_integer(number) : json_null();
}

static json_t *leak_object(const struct audit *a,
                           const struct secrets_leak *leak)
{
    static const char *const places[] = {"history", "env", "label", "command",
                                         "file"};
    const struct picture_entry *e =
        leak->place == SECRETS_FILE ? &a->picture.entries[leak->entry] : NULL;
    struct audittext_advice advice = audittext_advice(a, leak);
    mb_autofree char *mask = secretmask_of(leak->value, leak->len);
    mb_autofree char *where = audittext_place(a, leak);
    mb_autofree char *raw = secrets_hide(&a->secrets, leak->name);
    mb_autofree char *name = layerstext_one_line(raw);
    bool named = leak->place != SECRETS_HISTORY,
         hidden = e && e->wasted_by >= 0;
    const char *how = !hidden          ? NULL
                      : e->overwritten ? "overwritten"
                                       : "deleted";

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:s?, s:o, s:I, s:I, s:o, s:o, s:s?, s:s, "
        "s:s, s:i}",
        "place", places[leak->place], "where", where, "kind", leak->kind,
        "masked", mask, "length", (json_int_t)leak->len, "name",
        named ? name : NULL, "line", number_or_null(leak->line, leak->line),
        "again", (json_int_t)leak->more, "others", (json_int_t)leak->others,
        "layer", number_or_null(e, e ? e->layer + 1 : 0), "hidden_by",
        number_or_null(hidden, hidden ? e->wasted_by + 1 : 0), "how", how,
        "why", advice.why, "fix", advice.fix, "lesson", advice.lesson);
}

static json_t *waste_list(const struct audit *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->waste.n_groups; i++) {
        const struct waste_group *g = &a->waste.groups[i];
        mb_autofree char *advice = layerstext_advice(&a->history, g);
        json_array_append_new(
            list, json_pack("{s:i, s:i, s:s, s:I, s:s}", "brought_by",
                            g->brought_by + 1, "hidden_by", g->hidden_by + 1,
                            "how", g->overwritten ? "overwritten" : "deleted",
                            "bytes", (json_int_t)g->bytes, "advice", advice));
    }
    return list;
}

static json_t *leftovers_list(const struct audit *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->leftovers.n; i++) {
        const struct leftovers_row *row = &a->leftovers.rows[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:i, s:I, s:I, s:s}", "directory",
                            row->directory, "what", row->what, "layer",
                            row->layer + 1, "files", (json_int_t)row->files,
                            "bytes", (json_int_t)row->bytes, "fix", row->fix));
    }
    return list;
}

json_t *auditreport_json(const struct audit *a)
{
    mb_autofree char *id = mb_printf(DIGEST_FMT, a->image->id.hex);
    json_t *leaks = json_array();

    for (size_t i = 0; i < a->secrets.n; i++)
        json_array_append_new(leaks, leak_object(a, &a->secrets.leaks[i]));
    return json_pack(
        "{s:s, s:s, s:o, s:I, s:I, s:o, s:o, s:I}", "image", a->name, "id", id,
        "secrets", leaks, "size", (json_int_t)a->picture.size, "wasted",
        (json_int_t)a->picture.wasted, "waste", waste_list(a), "leftovers",
        leftovers_list(a), "unsearched", (json_int_t)a->secrets.unread);
}
