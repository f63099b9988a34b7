/* SPDX-License-Identifier: MIT */
/*
 * layerstext.c - the words in a picture of an image
 *
 * Problem   A layer knows what is in it, and nothing of who made it.  And all
 *           that an image says of itself is a stranger's: file names may hold
 *           escape sequences, or turn round the line that they stand in.
 * Idea      The history tells of one layer after the other, but in a builder's
 *           words.  Say it again as its author wrote it:
 *
 *             RUN |1 V=2 /bin/sh -c rm x # buildkit   -->   RUN rm x
 *             /bin/sh -c rm x                         -->   RUN rm x
 *             /bin/sh -c #(nop)  CMD ["sh"]           -->   CMD ["sh"]
 *
 * Rules     1. The history may have fewer lines than there are layers: they
 *              are matched from the newest back, as docker history does.
 *           2. Only characters that are just seen are shown as they are.
 * Read      OCI image spec, config.md "history"; utf-8(7);
 *           lessons/22-build.md
 */
#include "cli/layerstext.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/config.h"

/* ---- characters ---------------------------------------------------------- */

/* The bytes of the UTF-8 character at TEXT, 0 if it is none; *out: its number.
 * As RFC 3629 has it: no detours, no surrogates. */
static size_t decode(const char *text, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = *text;
    size_t n = c < 0x80             ? 1
               : (c & 0xe0) == 0xc0 ? 2
               : (c & 0xf0) == 0xe0 ? 3
               : (c & 0xf8) == 0xf0 ? 4
                                    : 0;

    *out = n < 2 ? c : c & (0x7f >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80) /* the NUL at the end is none, too */
            return 0;
        *out = *out << 6 | (text[i] & 0x3f);
    }
    bool surrogate = *out >= 0xd800 && *out < 0xe000;
    return n && (*out < least[n] || surrogate || *out > 0x10ffff) ? 0 : n;
}

/* Does the character do something instead of being seen (rule 2)?  Control
 * characters, empty ones, line separators, directions of writing, tags. */
static bool is_harmful(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},
        {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
        {0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe007f},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

char *layerstext_clean(const char *text, const char *keep)
{
    struct buf out = BUF_INIT;
    uint32_t c;

    while (*text) {
        size_t n = decode(text, &c);
        bool spell = n == 0 || (is_harmful(c) && !strchr(keep, *text));
        for (size_t i = 0; i < (n ? n : 1); i++)
            if (spell)
                buf_addf(&out, "\\x%02x", (unsigned char)text[i]);
            else
                buf_addc(&out, text[i]);
        text += n ? n : 1;
    }
    return buf_take(&out);
}

char *layerstext_one_line(const char *text)
{
    mb_autofree char *copy = mb_strdup(text);

    for (char *p = copy; *p; p++)
        *p = *p == '\n' || *p == '\t' ? ' ' : *p;
    return layerstext_clean(copy, "");
}

void layerstext_print(const char *text, int indent)
{
    int column = indent;

    printf("%*s", indent, "");
    while (*text) {
        int n = strcspn(text, " ");
        if (column > indent && column + 1 + n > 80) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        column += printf("%s%.*s", column > indent ? " " : "", n, text);
        text += n + strspn(text + n, " ");
    }
    putchar('\n');
}

/* ---- the history --------------------------------------------------------- */

/* The instruction as its author wrote it, roughly. */
static char *instruction_of(const char *by)
{
    static const char shell[] = "/bin/sh -c ", buildkit[] = " # buildkit";
    static const char nothing[] = "#(nop)";
    mb_autofree char *text = mb_strdup(by);
    const char *rest = strstr(text, shell);

    if (ends_with(text, buildkit))
        text[strlen(text) - strlen(buildkit)] = '\0';
    if (!rest || (rest != text && !starts_with(text, "RUN ")))
        return mb_strdup(text);
    rest += strlen(shell);
    if (!starts_with(rest, nothing))
        return mb_printf("RUN %s", rest);
    rest += strlen(nothing);
    return mb_strdup(rest + strspn(rest, " "));
}

/* A line of the config becomes one of ours.  An image that was imported has
 * only a comment. */
static void read_line(const json_t *json, struct layerstext_line *out)
{
    const char *by = config_string(json, "created_by");
    const char *text = *by ? by : config_string(json, "comment");

    out->created_by = mb_strdup(text);
    out->instruction = instruction_of(*text ? text : "(no history)");
    out->layer = -1;
}

/* The layers below N are made by lines of their own, before all others. */
static void add_untold(struct layerstext_history *h, size_t n)
{
    struct layerstext_line *lines = mb_alloc((h->n + n) * sizeof *lines);

    for (size_t i = 0; i < n; i++)
        lines[i] = (struct layerstext_line){mb_strdup("(no history)"),
                                            mb_strdup(""), i};
    memcpy(lines + n, h->lines, h->n * sizeof *lines);
    free(h->lines);
    h->lines = lines;
    h->n += n;
}

void layerstext_read(const struct image *image, struct layerstext_history *out)
{
    const json_t *history = json_object_get(image->config, "history");
    size_t layer = image->n_layers;

    out->n = json_array_size(history);
    out->lines = mb_alloc((out->n + 1) * sizeof *out->lines);
    for (size_t i = out->n; i-- > 0;) { /* rule 1 */
        const json_t *line = json_array_get(history, i);
        read_line(line, &out->lines[i]);
        if (layer > 0 && !json_is_true(json_object_get(line, "empty_layer")))
            out->lines[i].layer = --layer;
    }
    if (layer > 0)
        add_untold(out, layer);
    out->of_layer = mb_alloc((image->n_layers + 1) * sizeof *out->of_layer);
    for (size_t i = 0; i < out->n; i++)
        if (out->lines[i].layer >= 0)
            out->of_layer[out->lines[i].layer] = &out->lines[i];
}

void layerstext_done(struct layerstext_history *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->lines[i].instruction);
        free(h->lines[i].created_by);
    }
    free(h->lines);
    free(h->of_layer);
    *h = (struct layerstext_history){0};
}

/* ---- advice -------------------------------------------------------------- */

static bool is_run(const struct layerstext_history *h, int layer)
{
    return starts_with(h->of_layer[layer]->instruction, "RUN ");
}

/* COPY, or ADD.  "ADD file:..." is how builders put the base's tar in. */
static bool is_copy(const struct layerstext_history *h, int layer)
{
    const char *text = h->of_layer[layer]->instruction;

    return starts_with(text, "COPY ") ||
           (starts_with(text, "ADD ") && !starts_with(text, "ADD file:"));
}

/* RUN that brought it, RUN that hid it: is it one chain of RUNs? */
static bool is_chain(const struct layerstext_history *h, int from, int to)
{
    for (; from <= to; from++)
        if (!is_run(h, from))
            return false;
    return true;
}

char *layerstext_advice(const struct layerstext_history *h,
                        const struct waste_group *g)
{
    int from = g->brought_by, to = g->hidden_by;

    if (is_run(h, from) && is_run(h, to) && !g->overwritten) {
        bool chain = is_chain(h, from, to);
        return mb_printf("Do it in one RUN: join %s %d %s %d with &&. What is "
                         "gone before its RUN ends never gets into a layer.",
                         chain ? "layers" : "the RUNs of layers", from + 1,
                         chain && to > from + 1 ? "to" : "and", to + 1);
    }
    if (is_run(h, from) && is_run(h, to))
        return mb_printf("Change it in the RUN that makes it, layer %d: "
                         "even a chmod puts a whole copy into a new layer.",
                         from + 1);
    if (is_copy(h, from) && g->overwritten)
        return mb_strdup("Copy it as it shall be in the end (COPY has --chown "
                         "and --chmod): even a chmod puts a whole copy into a "
                         "new layer.");
    if (is_copy(h, from))
        return mb_strdup("Don't copy it in: name it in .dockerignore. If the "
                         "build needs it, let it have a stage of its own.");
    if (from == 0)
        return mb_strdup("It comes with the base image: no layer above can "
                         "make that smaller. A smaller base can.");
    return mb_printf("Leave it out of layer %d.", from + 1);
}
