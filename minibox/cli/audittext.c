/* SPDX-License-Identifier: MIT */
/*
 * audittext.c - the words in a report on an image
 *
 * Problem   "Secret found" helps nobody.  Who made the image wants to know what
 *           gave it away, and what to write instead.
 * Idea      Where a secret lies says why it leaks, and how to keep it out:
 *
 *             place            why                     instead
 *             history, ARG     written down            --mount=type=secret
 *             config Env       each container has it   run -e, run -v
 *             a file           in the layer            .dockerignore, run -v
 *             a hidden file    the layer stays         --mount=type=secret
 *
 * Rules     1. No secret is ever shown whole, not even in the instruction that
 *              it stands in: a report is kept, mailed, and printed by a CI.
 *           2. What the image says of itself is a stranger's: it is cut before
 *              it is searched for secrets, and cleaned before it is shown.
 * Read      lessons/24-secrets.md
 */
#include "cli/audittext.h"

#include <string.h>

#include "base/mem.h"
#include "cli/table.h"
#include "engine/secretmask.h"

enum { LONGEST = 2000, SHOWN = 300 }; /* characters of an instruction */

int audittext_read(const struct store *store, const struct image *image,
                   const char *name, struct audit *out, struct mb_error *err)
{
    *out = (struct audit){.name = name, .image = image};
    if (picture_take(store, image, &out->picture, err) < 0)
        return -1;
    waste_find(&out->picture, &out->waste);
    leftovers_find(&out->picture, &out->leftovers);
    layerstext_read(image, &out->history);
    return secrets_find(store, image, &out->picture, &out->secrets, err);
}

void audittext_done(struct audit *a)
{
    secrets_done(&a->secrets);
    layerstext_done(&a->history);
    leftovers_done(&a->leftovers);
    waste_done(&a->waste);
    picture_done(&a->picture);
}

/* TEXT of the image as it may be shown (rules 1 and 2). */
static char *shown(const struct audit *a, const char *text)
{
    mb_autofree char *bounded = mb_strndup(text, LONGEST);
    mb_autofree char *hidden = secrets_hide(&a->secrets, bounded);
    mb_autofree char *clean = layerstext_one_line(hidden);

    return table_cut(clean, SHOWN);
}

char *audittext_instruction(const struct audit *a, int layer)
{
    return shown(a, a->history.of_layer[layer]->instruction);
}

char *audittext_masked(const struct secrets_leak *leak)
{
    mb_autofree char *mask = secretmask_of(leak->value, leak->len);

    return mb_printf("%s (%zu bytes)", mask, leak->len);
}

/* The entry of a leak that lies in a file, or NULL. */
static const struct picture_entry *entry_of(const struct audit *a,
                                            const struct secrets_leak *leak)
{
    return leak->place == SECRETS_FILE ? &a->picture.entries[leak->entry]
                                       : NULL;
}

/* The instruction of a leak in the history. */
static const char *line_of(const struct audit *a,
                           const struct secrets_leak *leak)
{
    /* layerstext may have put lines before those of the image. */
    const json_t *lines = json_object_get(a->image->config, "history");
    size_t untold = a->history.n - json_array_size(lines);

    return a->history.lines[untold + leak->line - 1].instruction;
}

/* "history line 3: ARG TOKEN=ghp_****" */
static char *history_place(const struct audit *a,
                           const struct secrets_leak *leak)
{
    mb_autofree char *text = shown(a, line_of(a, leak));
    mb_autofree char *more =
        leak->more ? mb_printf(" (and %zu more)", leak->more) : mb_strdup("");

    return mb_printf("history line %zu: %s%s", leak->line, text, more);
}

char *audittext_place(const struct audit *a, const struct secrets_leak *leak)
{
    mb_autofree char *name = shown(a, leak->name);
    const struct picture_entry *e = entry_of(a, leak);

    switch (leak->place) {
    case SECRETS_HISTORY:
        return history_place(a, leak);
    case SECRETS_ENV:
        return mb_printf("config Env: %s", name);
    case SECRETS_LABEL:
        return mb_printf("config Labels: %s", name);
    case SECRETS_COMMAND:
        return mb_printf("config %s", name);
    case SECRETS_FILE:
        break;
    }
    mb_autofree char *by = audittext_instruction(a, e->layer);
    mb_autofree char *cut = table_cut(by, 60);
    mb_autofree char *line =
        leak->line ? mb_printf(", line %zu", leak->line) : mb_strdup("");
    return mb_printf("layer %d \"%s\": %s%s", e->layer + 1, cut, name, line);
}

char *audittext_fate(const struct audit *a, const struct secrets_leak *leak)
{
    const struct picture_entry *e = entry_of(a, leak);

    if (!e)
        return mb_strdup("");
    if (e->wasted_by < 0)
        return mb_strdup("visible in every container");
    mb_autofree char *by = audittext_instruction(a, e->wasted_by);
    mb_autofree char *cut = table_cut(by, 60);
    return mb_printf("%s by layer %d \"%s\", but still in the image",
                     e->overwritten ? "overwritten" : "deleted",
                     e->wasted_by + 1, cut);
}

/* ---- advice -------------------------------------------------------------- */

static const struct audittext_advice of_arg = {
    "The history keeps the value of an ARG, in each RUN after it.",
    "RUN --mount=type=secret,id=NAME: /run/secrets/NAME is there for that RUN "
    "alone.",
    24};
static const struct audittext_advice of_line = {
    "The history keeps each instruction, word by word.",
    "RUN --mount=type=secret,id=NAME: /run/secrets/NAME is there for that RUN "
    "alone.",
    24};
static const struct audittext_advice of_env = {
    "ENV is kept in the config, and each process of each container gets it.",
    "Give it to the container when it starts: run -e NAME, or a file with run "
    "-v.",
    24};
static const struct audittext_advice of_config = {
    "The config goes along with the image, and inspect shows it.",
    "Leave it out, and give it to the container when it starts.", 24};
static const struct audittext_advice of_hash = {
    "With the hash of a password one can try out passwords, at any speed.",
    "Give the account no password: passwd -l. Make users when the container "
    "starts.",
    24};
static const struct audittext_advice of_file = {
    "The file is in a layer, which all who have the image have.",
    "Keep it out (.dockerignore), and mount it when the container starts: run "
    "-v.",
    24};
static const struct audittext_advice of_hidden = {
    "A later layer only hides a file. Its own layer still holds it: save, then "
    "tar.",
    "RUN --mount=type=secret,id=NAME: the file is there for that RUN alone.",
    22};

/* Is it the value of an ARG?  "|1 NAME=VALUE /bin/sh -c ..." is a RUN with
 * one. */
static bool is_arg(const struct secrets_leak *leak, const char *instruction)
{
    const char *bar = strchr(leak->name, '|');
    const char *shell = bar ? strstr(bar, " /bin/sh -c ") : NULL;
    const char *value = shell ? strstr(bar, leak->value) : NULL;

    return starts_with(instruction, "ARG ") || (value && value < shell);
}

static struct audittext_advice advice_on_line(const struct audit *a,
                                              const struct secrets_leak *leak)
{
    const char *text = line_of(a, leak);

    if (is_arg(leak, text))
        return of_arg;
    if (starts_with(text, "ENV "))
        return of_env;
    return starts_with(text, "LABEL ") || starts_with(text, "CMD ") ||
                   starts_with(text, "ENTRYPOINT ")
               ? of_config
               : of_line;
}

static struct audittext_advice advice_on_file(const struct audit *a,
                                              const struct secrets_leak *leak)
{
    if (entry_of(a, leak)->wasted_by >= 0)
        return of_hidden;
    return strcmp(leak->kind, "password hash") == 0 ? of_hash : of_file;
}

struct audittext_advice audittext_advice(const struct audit *a,
                                         const struct secrets_leak *leak)
{
    switch (leak->place) {
    case SECRETS_HISTORY:
        return advice_on_line(a, leak);
    case SECRETS_ENV:
        return of_env;
    case SECRETS_FILE:
        return advice_on_file(a, leak);
    default:
        return of_config;
    }
}

char *audittext_summary(const struct audit *a)
{
    mb_autofree char *wasted = table_size(a->picture.wasted);
    size_t places, n = secrets_count(&a->secrets, &places), hidden = 0;
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < a->secrets.n; i++) {
        const struct secrets_leak *leak = &a->secrets.leaks[i];
        const struct picture_entry *e = entry_of(a, leak);
        hidden += e && e->wasted_by >= 0 ? 1 + leak->others : 0;
    }
    if (n == 0)
        buf_adds(&out, "no secrets");
    else
        buf_addf(&out, "%s%zu secret%s", a->secrets.full ? "more than " : "", n,
                 n == 1 ? "" : "s");
    if (places > n)
        buf_addf(&out, " in %zu places", places);
    if (hidden)
        buf_addf(&out, " (%zu in hidden files)", hidden);
    buf_addf(&out, ", %s", a->picture.wasted ? wasted : "nothing");
    buf_adds(&out, " wasted");
    return buf_take(&out);
}
