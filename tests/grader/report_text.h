/* SPDX-License-Identifier: MIT */
#ifndef GRADER_REPORT_TEXT_H
#define GRADER_REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Text laid out for reading, at a terminal or in some other report's box. */
struct report_page {
    struct buf text;
    int width;   /* columns for prose */
    bool colour; /* only then are there escape sequences in it */
};

enum report_ink {
    REPORT_PLAIN,
    REPORT_BOLD,
    REPORT_QUIET,
    REPORT_RED,
    REPORT_GREEN,
    REPORT_YELLOW
};

/* Add text in that ink. */
void report_ink(struct report_page *page, enum report_ink ink, const char *fmt,
                ...) __attribute__((format(printf, 3, 4)));

/* A blank in prose at which no line is broken.  (Clean text has no such
 * character, so a student can't have written it.) */
#define REPORT_HARD_BLANK "\x1f"

/* Add prose.  The first line goes where the cursor is, which is COLUMN; those
 * that follow begin below it.  Lines of TEXT that begin with a blank are code
 * and stay as they are.  Ends with a line end. */
void report_prose(struct report_page *page, int column, const char *text);

/* Add TEXT as it is, each line behind INDENT blanks.  If it is long, the lines
 * and columns around the one that matters are shown, and how much is left
 * out.  PLACE->line 0: the first lines matter. */
struct report_place {
    size_t line, column; /* from 1; in bytes */
};
void report_lines(struct report_page *page, int indent, const char *text,
                  struct report_place place);

/* Where A and B begin to differ; line 0 if they do not. */
struct report_place report_difference(const char *a, const char *b);

/* Add S, and blanks until it takes COLUMNS. */
void report_padded(struct report_page *page, const char *s, int columns);

/* How many columns S takes: one for each character. */
int report_columns(const char *s);

#endif
