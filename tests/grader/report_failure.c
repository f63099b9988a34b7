/* SPDX-License-Identifier: MIT */
/*
 * report_failure.c - one failure, told in full
 *
 * Problem   "Expected 1, got 48213" is true and helps nobody.  A student must
 *           learn what ran, what was wrong with it, why that is wrong, and what
 *           to do now.
 * Idea      Every failure answers the same questions in the same order:
 *
 *             FAIL  05-pivot-root / step 3: title          [hint: id]
 *               test      its name, and what kind of look it takes
 *               ran       the call or the command
 *               expected  a value
 *               observed  another
 *               differ    where they part, when that is hard to see
 *               seen from outside        what the kernel shows
 *               printed by your code     its output
 *               what      the cause, when it is none of the values
 *               why       the rule behind it
 *               read      the lesson
 *               known     the mistake that this looks like
 *               next      the commands: a hint, the same test again
 *
 * Rules     1. What is not known is left out; an empty value is "(nothing)".
 *           2. Values stand as they are, in lines of their own if there is
 *              more than one.  Prose is wrapped.
 *           3. The compiler's message and its caret lines stay together.
 * Read      console_codes(4)
 */
#include "grader/report_failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "grader/report_model.h"

/* The column of what stands behind a label; that of lines of a value. */
enum { COLUMN = 12, INDENT = 6, LONG_VALUE = 60 };

/* Start a line with a label; the cursor is at COLUMN then. */
static void label(struct report_page *page, const char *name)
{
    report_ink(page, REPORT_QUIET, "  %-10s", name);
}

/* Prose behind a label; nothing if there is none (rule 1). */
static void prose(struct report_page *page, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    label(page, name);
    report_prose(page, COLUMN, text);
}

/* A value behind its label, or below it (rule 2). */
static void value(struct report_page *page, const char *name, const char *text,
                  struct report_place place)
{
    if (strchr(text, '\n')) {
        report_ink(page, REPORT_QUIET, "  %s\n", name);
        report_lines(page, INDENT, text, place);
        return;
    }
    label(page, name);
    if (report_columns(name) > COLUMN - 4)
        buf_addf(&page->text, "\n%*s", INDENT, "");
    report_lines(page, 0, *text ? text : "(nothing)", place);
}

/* A value that may be null: then there is no line. */
static void field(struct report_page *page, const json_t *test, const char *key,
                  const char *name)
{
    if (json_is_string(json_object_get(test, key)))
        value(page, name, report_str(test, key), (struct report_place){0});
}

/* Where the line of that place begins. */
static const char *line_of(const char *text, struct report_place place)
{
    for (size_t line = 1; line < place.line; line++)
        text += strcspn(text, "\n") + 1;
    return text;
}

/* What stands at a place: a letter, or the name of what can't be seen. */
static char *describe(const char *text, struct report_place place)
{
    size_t length = 1;

    text = line_of(text, place) + place.column - 1;
    if (*text == '\0')
        return mb_strdup("the end");
    if (*text == '\n')
        return mb_strdup("a line end");
    if (*text == ' ' || *text == '\t')
        return mb_strdup(*text == ' ' ? "a blank" : "a tab");
    while ((text[length] & 0xc0) == 0x80)
        length++;
    return mb_printf("\"%.*s\"", (int)length, text);
}

/* Move a place that is inside a character to the character's first byte: two
 * letters may differ in their second byte only. */
static void to_character(const char *text, struct report_place *place)
{
    text = line_of(text, *place);
    while (place->column > 1 && (text[place->column - 1] & 0xc0) == 0x80)
        place->column--;
}

/* Which character of its line is it, counted from 1? */
static int character_of(const char *text, struct report_place place)
{
    mb_autofree char *before =
        mb_strndup(line_of(text, place), place.column - 1);

    return report_columns(before) + 1;
}

/* Does one see all of it at a glance? */
static bool is_short(const char *value)
{
    return strlen(value) < LONG_VALUE && !strchr(value, '\n');
}

/* Say where the values part, unless one sees it at a glance. */
static void differ(struct report_page *page, const char *expected,
                   const char *observed, struct report_place place)
{
    if (place.line == 0 || !*expected || !*observed)
        return;
    mb_autofree char *one = describe(expected, place);
    mb_autofree char *other = describe(observed, place);
    bool short_ones = is_short(expected) && is_short(observed);
    bool at_once = place.line == 1 && place.column == 1;
    /* What has an article can't be seen: a blank, a tab, a line end. */
    if ((short_ones || at_once) && *one != 'a' && *other != 'a')
        return;
    label(page, "differ");
    buf_addf(&page->text, "in line %zu, character %d: expected %s, observed %s",
             place.line, character_of(expected, place), one, other);
    buf_addc(&page->text, '\n');
}

/* Expected and observed, and where they part. */
static void both_values(struct report_page *page, const json_t *test)
{
    const char *expected = report_str(test, "expected");
    const char *observed = report_str(test, "observed");
    struct report_place place = {0};

    if (*expected || *observed)
        place = report_difference(expected, observed);
    if (!json_is_string(json_object_get(test, "expected")) ||
        !json_is_string(json_object_get(test, "observed"))) {
        field(page, test, "expected", "expected");
        field(page, test, "observed", "observed");
        return;
    }
    to_character(expected, &place);
    to_character(observed, &place);
    value(page, "expected", expected, place);
    value(page, "observed", observed, place);
    differ(page, expected, observed, place);
}

/* What it is that the test looks at. */
static const char *kind(const json_t *test)
{
    return report_is(test, "kind", "mechanism") ? "how it is done"
           : report_is(test, "kind", "effect")  ? "what it brings about"
           : report_is(test, "kind", "host")    ? "the host, unharmed"
                                                : "the value";
}

/* What to do now. */
static void next(struct report_page *page, const struct report_case *c)
{
    mb_autofree char *number = report_number(c->exercise);
    mb_autofree char *again = report_again(c);

    /* No hint helps with what is not the student's mistake. */
    if (!report_is(c->test, "cause", "grader")) {
        label(page, "next");
        report_ink(page, REPORT_BOLD, "make hint EX=%s\n", number);
    }
    label(page, "again");
    report_ink(page, REPORT_BOLD, "%s\n", again);
}

/* An exercise of which there is only a reason (rule 3). */
static void whole_exercise(struct report_page *page,
                           const struct report_case *c)
{
    const char *details = report_str(c->exercise, "details");
    mb_autofree char *again = report_again(c);

    report_ink(page, REPORT_RED, "FAIL");
    report_ink(page, REPORT_BOLD, "  %s\n",
               report_str(c->exercise, "exercise"));
    buf_adds(&page->text, "  ");
    report_prose(page, 2,
                 *report_str(c->exercise, "reason")
                     ? report_str(c->exercise, "reason")
                     : "no test was run");
    if (*details)
        report_lines(page, 2, details, (struct report_place){1, 1});
    prose(page, "file", report_str(c->exercise, "file"));
    label(page, "next");
    report_ink(page, REPORT_BOLD, "%s\n", again);
}

/* The first line: what failed, and the mistake that it looks like. */
static void title(struct report_page *page, const struct report_case *c)
{
    const char *hint = report_str(c->test, "hint");
    mb_autobuf struct buf text = BUF_INIT;

    report_ink(page, REPORT_RED, "FAIL  ");
    buf_addf(&text, "%s / step %g: %s", report_str(c->exercise, "exercise"),
             report_num(c->test, "step"), report_str(c->test, "title"));
    if (*hint)
        buf_addf(&text, " [hint:" REPORT_HARD_BLANK "%s]", hint);
    report_prose(page, 6, text.s);
}

void report_failure(struct report_page *page, const struct report_case *c)
{
    const json_t *test = c->test;

    if (!json_object_get(test, "step")) {
        whole_exercise(page, c);
        return;
    }
    title(page, c);
    label(page, "test");
    buf_addf(&page->text, "%s, looks at %s\n", report_str(test, "id"),
             kind(test));
    field(page, test, "ran", "ran");
    both_values(page, test);
    field(page, test, "shows", "seen from outside");
    field(page, test, "output", "printed by your code");
    prose(page, "what", report_cause(report_str(test, "cause")));
    prose(page, "why", report_str(test, "why"));
    prose(page, "read", report_str(c->exercise, "lesson"));
    prose(page, "known", report_str(test, "hint_text"));
    next(page, c);
}

void report_failure_line(struct report_page *page, const struct report_case *c)
{
    const char *hint = report_str(c->test, "hint");
    mb_autobuf struct buf text = BUF_INIT;

    buf_addf(&text, "step %g: %s (%s)", report_num(c->test, "step"),
             report_str(c->test, "title"), report_str(c->test, "id"));
    if (*hint)
        buf_addf(&text, " [hint:" REPORT_HARD_BLANK "%s]", hint);
    buf_adds(&page->text, "  also failing  ");
    report_prose(page, 16, text.s);
}

char *report_again(const struct report_case *c)
{
    const char *seed = report_str(c->result, "seed");
    mb_autofree char *number = report_number(c->exercise);

    return mb_printf("make grade EX=%s%s%s", number, *seed ? " SEED=" : "",
                     seed);
}
