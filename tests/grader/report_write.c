/* SPDX-License-Identifier: MIT */
/*
 * report_write.c - the door through which every report goes out
 *
 * Problem   Seven formats: each could forget to make the text harmless, or not
 *           to notice that the disk is full.
 * Idea      A format is a function from a document to text.  What must never
 *           be forgotten happens here, around it:
 *
 *             document -> report_clean -> the format -> text -> write, flush
 *                  `------------------> as JSON ------'
 *
 * Rules     1. JSON is the document itself, not a clean copy: other programs
 *              go on from it.  All that is not plain ASCII is escaped in it, so
 *              it can be looked at too.
 *           2. A report counts only when fflush(3) says so.
 * Read      fflush(3), ioctl_tty(2); tests/grader/SCHEMA.md
 */
#include "grader/report_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/mem.h"
#include "grader/report.h"
#include "grader/report_clean.h"
#include "grader/report_terminal.h"

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 50, MOST_WIDTH = 100 };

int report_format(const char *name)
{
    static const char *const names[] = {
        [REPORT_TERMINAL] = "terminal",
        [REPORT_JSON] = "json",
        [REPORT_JUNIT] = "junit",
        [REPORT_TAP] = "tap",
        [REPORT_GRADESCOPE] = "gradescope",
        [REPORT_CSV] = "csv",
        [REPORT_HTML] = "html",
    };

    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* The width for prose: the terminal's, within reason. */
static int width_of(FILE *out)
{
    struct winsize size;

    if (fileno(out) < 0 || ioctl(fileno(out), TIOCGWINSZ, &size) < 0 ||
        size.ws_col == 0)
        return USUAL_WIDTH;
    return size.ws_col < LEAST_WIDTH  ? LEAST_WIDTH
           : size.ws_col > MOST_WIDTH ? MOST_WIDTH
                                      : size.ws_col;
}

/* Hand all of it to the kernel (rule 2). */
static int put(const struct buf *text, FILE *out)
{
    if (fwrite(text->s, 1, text->len, out) != text->len)
        return -1;
    return fflush(out) == 0 ? 0 : -1;
}

/* A page of the terminal's, from the clean copy of DOCUMENT. */
static int put_page(void (*draw)(const json_t *, struct report_page *),
                    const json_t *document, FILE *out, int colour)
{
    json_auto_t *clean = report_clean(document);
    struct report_page page = {BUF_INIT, width_of(out), colour};

    draw(clean, &page);
    int result = put(&page.text, out);
    buf_done(&page.text);
    return result;
}

/* The document itself (rule 1). */
static int put_json(const json_t *result, FILE *out)
{
    mb_autobuf struct buf text = BUF_INIT;
    mb_autofree char *json =
        json_dumps(result, JSON_INDENT(2) | JSON_ENSURE_ASCII);

    if (!json) {
        errno = EILSEQ;
        return -1;
    }
    /* DEL is ASCII, and the only control character that is left. */
    for (const char *s = json; *s; s++)
        if (*s == '\x7f')
            buf_adds(&text, "\\u007f");
        else
            buf_addc(&text, *s);
    buf_addc(&text, '\n');
    return put(&text, out);
}

int report_write(enum report_format format, const json_t *result, FILE *out,
                 int colour)
{
    static void (*const writers[])(const json_t *, struct buf *) = {
        [REPORT_JUNIT] = report_junit,
        [REPORT_TAP] = report_tap,
        [REPORT_GRADESCOPE] = report_gradescope,
        [REPORT_CSV] = report_csv,
        [REPORT_HTML] = report_html,
    };
    mb_autobuf struct buf text = BUF_INIT;

    if (format == REPORT_JSON)
        return put_json(result, out);
    if (format == REPORT_TERMINAL)
        return put_page(report_terminal, result, out, colour);
    json_auto_t *clean = report_clean(result);
    writers[format](clean, &text);
    return put(&text, out);
}

void report_terminal_exercise(const json_t *exercise, FILE *out, int colour)
{
    (void)put_page(report_terminal_line, exercise, out, colour);
}

void report_terminal_end(const json_t *result, FILE *out, int colour)
{
    (void)put_page(report_terminal_rest, result, out, colour);
}

void report_progress(const json_t *result, FILE *out, int colour)
{
    (void)put_page(report_progress_page, result, out, colour);
}
