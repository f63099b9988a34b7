/* SPDX-License-Identifier: MIT */
#ifndef CLI_LAYERSTEXT_H
#define CLI_LAYERSTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/waste.h"
#include "image/oci.h"

/* A line of an image's history. */
struct layerstext_line {
    char *instruction; /* as in a Dockerfile: "RUN rm x"; never NULL */
    char *created_by;  /* as the image has it */
    int layer;         /* from 0, the lowest; -1: it made none */
};

/* The history, the oldest line first, and which of its lines made a layer. */
struct layerstext_history {
    struct layerstext_line *lines;
    size_t n;
    const struct layerstext_line **of_layer;
};

/* Layers that the history does not tell of get a line "(no history)". */
void layerstext_read(const struct image *image, struct layerstext_history *out);
void layerstext_done(struct layerstext_history *history);

/* TEXT as UTF-8 that is only seen, and does nothing: control characters, those
 * that turn the direction of writing, and bytes that are no UTF-8 are spelled
 * \xNN.  Those in KEEP stay.  Caller frees. */
char *layerstext_clean(const char *text, const char *keep);

/* The same in one line.  Caller frees. */
char *layerstext_one_line(const char *text);

/* Print words, indented, in lines of at most 80 characters. */
void layerstext_print(const char *text, int indent);

/* What to do about a group of waste, one or two sentences.  Caller frees. */
char *layerstext_advice(const struct layerstext_history *history,
                        const struct waste_group *group);

#endif
