/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 19: the lines and the words of a Dockerfile
 *
 * Texts are put together here from random words, so it is known what must come
 * out before anybody reads them.
 */
#include <string.h>

#include "base/mem.h"
#include "grader/exam.h"
#include "grader/worker.h"

/* What an act gets, and what it must tell. */
struct sample {
    const char *ran; /* how the student may think of it */
    json_t *in, *out;
    const char *why, *hint;
};

/* The strings, up to NULL, as JSON. */
static json_t *list(const char *first, ...) __attribute__((sentinel));
static json_t *list(const char *first, ...)
{
    json_t *out = json_array();
    va_list strings;

    va_start(strings, first);
    for (const char *s = first; s; s = va_arg(strings, const char *))
        json_array_append_new(out, json_string(s));
    va_end(strings);
    return out;
}

static const char *as_text(const json_t *json)
{
    return json ? json_dumps(json, JSON_ENCODE_ANY)
                : "(nothing: the function did not come back)";
}

/* All strings of a list but the characters LEFT_OUT. */
static const char *without(const json_t *strings, const char *left_out)
{
    const char *all = "";

    for (size_t i = 0; i < json_array_size(strings); i++) {
        const char *s = json_string_value(json_array_get(strings, i));
        for (; s && *s; s++)
            if (!strchr(left_out, *s))
                all = text("%s%c", all, *s);
        all = text("%s\n", all);
    }
    return all;
}

/* Some mistakes can be seen in any list: characters were taken off. */
static const char *taken_off(const json_t *is, const json_t *out, bool words)
{
    if (strlen(without(is, "")) >= strlen(without(out, "")))
        return NULL;
    if (!words)
        return strcmp(without(is, " \t"), without(out, " \t")) == 0
                   ? "blanks-changed"
                   : NULL;
    if (strcmp(without(is, "\"'"), without(out, "\"'")) == 0)
        return "quotes-removed";
    if (strcmp(without(is, "\\`"), without(out, "\\`")) == 0)
        return "escape-removed";
    return NULL;
}

static void require_sample(int i, const struct sample *s, const char *act)
{
    const char *told = worker_told(text("case%d", i));
    json_t *is = told ? json_loads(told, JSON_DECODE_ANY, NULL) : NULL;
    const char *guess = NULL;

    if (strcmp(act, "words") == 0 || strcmp(act, "lines") == 0)
        guess = taken_off(is, s->out, *act == 'w');
    REQUIRE(json_equal(is, s->out), .ran = s->ran, .expected = as_text(s->out),
            .observed = as_text(is), .why = s->why,
            .hint = guess ? guess : s->hint);
}

/* Have the act do all SAMPLES, up to one without a text, and compare. */
static void require_all(const char *act, const struct sample *samples)
{
    json_t *cases = json_array();
    int n = 0;

    for (; samples[n].in; n++)
        json_array_append(cases, samples[n].in);
    worker_start(samples[0].ran, act, text("cases=%s", json_dumps(cases, 0)),
                 NULL);
    worker_end();
    for (int i = 0; i < n; i++)
        require_sample(i, &samples[i], act);
}

/* ---- step 1 ------------------------------------------------------------- */

/* A file, and its logical lines with their numbers. */
static struct sample lines(const char *file, json_t *out, const char *why,
                           const char *hint)
{
    return (struct sample){
        text("dfline_next() again and again, in a file that is %s",
             as_text(json_string(file))),
        json_string(file), out, why, hint};
}

#define RULE_2                                                                 \
    "\"#\" starts a comment only as a line's first visible character "         \
    "(rule 2)"
#define RULE_3                                                                 \
    "a line goes on when its last visible character is the escape and the "    \
    "one before is not (rule 3)"

START_TEST(comments_and_blank_lines_vanish)
{
    const char *w = pick_word(), *v = pick_word();
    json_t *out =
        list(text("line 1: FROM %s", w), text("line 3: RUN %s", v), NULL);

    require_all(
        "lines",
        (struct sample[]){
            lines(text("FROM %s\n# %s\nRUN %s\n", w, v, v), out, RULE_2,
                  "comment-kept"),
            lines(text("FROM %s\n \t# %s\nRUN %s", w, v, v), out, RULE_2,
                  "indented-comment-kept"),
            lines(text("FROM %s\n\nRUN %s\n", w, v), out,
                  "a blank line holds no instruction", "blank-kept"),
            lines(text("FROM %s\n \t \nRUN %s\n\n \n", w, v), out,
                  "a line of blanks holds no instruction", "blank-kept"),
            lines(text("FROM %s\n# %s \\\nRUN %s\n", w, v, v), out,
                  "a comment is never continued (rule 2)", "comment-continued"),
            lines(text("# %s\n\n#\nRUN %s\n# %s", w, v, v),
                  list(text("line 4: RUN %s", v), NULL), RULE_2,
                  "comment-kept"),
            {0}});
}
END_TEST

START_TEST(a_later_hash_is_text)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "lines",
        (struct sample[]){
            lines(text("# %s\nUSER %s\n", v, w),
                  list(text("line 2: USER %s", w), NULL), RULE_2,
                  "comment-kept"),
            lines(text("USER %s # %s\n", w, v),
                  list(text("line 1: USER %s # %s", w, v), NULL), RULE_2,
                  "hash-cuts"),
            lines(text("RUN %s#%s \\\n %s #\n", w, v, v),
                  list(text("lines 1-2: RUN %s#%s  %s #", w, v, v), NULL),
                  RULE_2, "hash-cuts"),
            {0}});
}
END_TEST

START_TEST(a_mark_joins_lines)
{
    const char *w = pick_word(), *v = pick_word();
    json_t *two = list(text("lines 1-2: RUN %s %s", w, v), NULL);

    require_all(
        "lines",
        (struct sample[]){
            lines(text("RUN %s \\\n%s\n", w, v), two, RULE_3, "mark-missed"),
            lines(text("RUN %s\\\n%s", w, v),
                  list(text("lines 1-2: RUN %s%s", w, v), NULL),
                  "the mark goes, and nothing comes in its place",
                  "blanks-changed"),
            lines(text("RUN %s  \\\n\t%s\\\n %s\nCMD %s\n", w, v, w, v),
                  list(text("lines 1-3: RUN %s  \t%s %s", w, v, w),
                       text("line 4: CMD %s", v), NULL),
                  "the blanks before the mark and the indentation of later "
                  "lines are text (rule 3)",
                  "blanks-changed"),
            lines(text("RUN %s \\\n\\\n%s\n", w, v),
                  list(text("lines 1-3: RUN %s %s", w, v), NULL),
                  "a mark may be all that is on a line", "lone-mark-missed"),
            lines(text("\\\n\\\nRUN %s\n", w),
                  list(text("lines 1-3: RUN %s", w), NULL),
                  "a mark may be all that is on a line", "lone-mark-missed"),
            lines(text("RUN \\%s \\%s\nCMD %s", w, v, w),
                  list(text("line 1: RUN \\%s \\%s", w, v),
                       text("line 2: CMD %s", w), NULL),
                  RULE_3, "mark-anywhere"),
            {0}});
}
END_TEST

START_TEST(blanks_may_follow_the_mark)
{
    const char *w = pick_word(), *v = pick_word();
    json_t *two = list(text("lines 1-2: RUN %s %s", w, v), NULL);

    require_all(
        "lines",
        (struct sample[]){
            lines(text("RUN %s \\ \n%s\n", w, v), two,
                  "only the last visible character counts, and blanks "
                  "can't be seen (rule 3)",
                  "blank-hides-mark"),
            lines(text("RUN %s \\ \t  \n%s\n", w, v), two,
                  "the blanks behind a mark go with it", "blank-hides-mark"),
            lines(text("RUN %s \\\t\r\n%s\r\n", w, v), two,
                  "files from Windows have a \"\\r\" at the end of "
                  "each line, which take_line() leaves out",
                  "blank-hides-mark"),
            {0}});
}
END_TEST

START_TEST(comments_inside_vanish)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();
    json_t *out = list(text("lines 1-3: RUN %s %s", w, v),
                       text("line 4: CMD %s", u), NULL);

    require_all(
        "lines",
        (struct sample[]){
            lines(text("RUN %s \\\n# %s\n%s\nCMD %s\n", w, u, v, u), out,
                  "a comment inside a continued line vanishes, and does not "
                  "end it (rule 2)",
                  "comment-inside-kept"),
            lines(text("RUN %s \\\n\n%s\nCMD %s\n", w, v, u), out,
                  "a blank line inside a continued line vanishes, and does "
                  "not end it (rule 2)",
                  "blank-inside-kept"),
            lines(text("RUN %s \\\n \t# %s \\\n%s\nCMD %s\n", w, u, v, u), out,
                  "the mark before the comment still holds behind it",
                  "comment-inside-kept"),
            lines(text("RUN %s \\\n# %s\n\n \t\n  # %s\n  %s\nCMD %s\n", w, u,
                       u, v, u),
                  list(text("lines 1-6: RUN %s   %s", w, v),
                       text("line 7: CMD %s", u), NULL),
                  "any number of comments and blank lines may be in between",
                  "comment-inside-kept"),
            {0}});
}
END_TEST

START_TEST(a_doubled_escape_is_no_mark)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "lines",
        (struct sample[]){
            lines(text("RUN %s \\\n%s\n", w, v),
                  list(text("lines 1-2: RUN %s %s", w, v), NULL), RULE_3,
                  "mark-missed"),
            lines(text("RUN %s\\\\\nCMD %s\n", w, v),
                  list(text("line 1: RUN %s\\\\", w), text("line 2: CMD %s", v),
                       NULL),
                  RULE_3, "doubled-is-mark"),
            lines(text("RUN %s\\\\\\\nCMD %s\n", w, v),
                  list(text("line 1: RUN %s\\\\\\", w),
                       text("line 2: CMD %s", v), NULL),
                  "an escape stands before the last one, so it is no mark: "
                  "nobody counts them (rule 3)",
                  "escapes-counted"),
            {0}});
}
END_TEST

START_TEST(the_file_chooses_the_mark)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "lines",
        (struct sample[]){
            lines(text("# escape=`\nRUN %s `\n%s\n", w, v),
                  list(text("lines 2-3: RUN %s %s", w, v), NULL),
                  "a directive has chosen the escape: r->escape",
                  "always-backslash"),
            lines(text("# escape=`\nRUN %s\\\nCMD %s\n", w, v),
                  list(text("line 2: RUN %s\\", w), text("line 3: CMD %s", v),
                       NULL),
                  "with another escape the backslash is a letter",
                  "always-backslash"),
            lines(text("# escape=\\\nRUN %s `\nCMD %s \\\n%s\n", w, v, w),
                  list(text("line 2: RUN %s `", w),
                       text("lines 3-4: CMD %s %s", v, w), NULL),
                  "the directive says that it is the backslash", NULL),
            {0}});
}
END_TEST

START_TEST(the_file_may_end_behind_a_mark)
{
    const char *w = pick_word(), *v = pick_word();
    const char *why = "what was read so far is the line: there is nothing to "
                      "go on with";

    require_all("lines", (struct sample[]){
                             lines(text("FROM %s\nRUN %s \\", w, v),
                                   list(text("line 1: FROM %s", w),
                                        text("line 2: RUN %s ", v), NULL),
                                   why, "end-lost"),
                             lines(text("RUN %s \\\n# %s\n\n", w, v),
                                   list(text("lines 1-3: RUN %s ", w), NULL),
                                   why, "end-lost"),
                             {0}});
}
END_TEST

/* A Dockerfile, and what its instructions are. */
static struct sample parsed(const char *file, json_t *out, const char *why,
                            const char *hint)
{
    return (struct sample){text("dockerfile_parse() of a file that is %s",
                                as_text(json_string(file))),
                           json_string(file), out, why, hint};
}

START_TEST(a_comment_behind_is_an_argument)
{
    const char *w = pick_word(), *v = pick_word();
    const char *why = "a comment behind an instruction is none: it becomes a "
                      "part of its arguments (rule 2)";

    require_all(
        "parse",
        (struct sample[]){
            parsed(text("FROM %s\n# %s\nUSER %s\n", w, v, v),
                   json_pack("[{s:[s]},{s:[s]}]", "FROM", w, "USER", v), RULE_2,
                   "comment-kept"),
            parsed(text("FROM %s   # %s", w, v),
                   json_pack("[{s:[s,s,s]}]", "FROM", w, "#", v), why,
                   "hash-cuts"),
            parsed(text("USER %s   # --> %s", w, v),
                   json_pack("[{s:[s]}]", "USER", text("%s   # --> %s", w, v)),
                   why, "hash-cuts"),
            parsed(text("RUN %s && \\\n    # %s\n    %s\nCMD %s", w, v, v, w),
                   json_pack("[{s:[s]},{s:[s]}]", "RUN",
                             text("%s &&     %s", w, v), "CMD", w),
                   "the shell gets one line, without the comment",
                   "comment-inside-kept"),
            {0}});
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

/* What comes behind the last of the bodies, and how many lines were read. */
struct bodies {
    const char *rest;
    int lines;
    const char *why, *hint;
};

static struct sample heredocs(const char *file, json_t *names, json_t *bodies,
                              struct bodies b)
{
    static const char *const truth[] = {"false", "true"};
    json_t *in = json_copy(names);
    const char *ran = "";

    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        ran = text("%s%sdfline_heredoc(reader, \"%s\", %s)", ran,
                   i ? ", then " : "", name + (*name == '-'),
                   truth[*name == '-']);
    }
    json_array_insert_new(in, 0, json_string(file));
    return (struct sample){text("%s where what is to be read is %s", ran,
                                as_text(json_string(file))),
                           in,
                           json_pack("{s:O, s:s, s:i}", "bodies", bodies,
                                     "what follows", b.rest, "lines read",
                                     b.lines),
                           b.why, b.hint};
}

#define BODY_WHY                                                               \
    "the body belongs to somebody else's language: not a byte of it is "       \
    "changed"
#define END_WHY                                                                \
    "a body ends at the line that is NAME, with nothing before or behind it"

START_TEST(the_body_is_as_it_stands)
{
    const char *w = pick_word(), *v = pick_word();
    const char *body = text("# %s\n\n  %s \\\n\t%s\\\\\n \n", w, v, w);
    const char *rest = text("CMD %s\n", v);

    require_all(
        "heredoc",
        (struct sample[]){
            heredocs(text("%s\n%s", w, rest), list(w, NULL), list("", NULL),
                     (struct bodies){rest, 1,
                                     "there may be no line before the end",
                                     "empty-body"}),
            heredocs(text("%sEOF\n%s", body, rest), list("EOF", NULL),
                     list(body, NULL),
                     (struct bodies){rest, 6, BODY_WHY, "body-cleaned"}),
            heredocs(text("%s\r\n%s\nEOF\n%s", w, v, rest), list("EOF", NULL),
                     list(text("%s\r\n%s\n", w, v), NULL),
                     (struct bodies){rest, 3, BODY_WHY, "line-ends-changed"}),
            {0}});
}
END_TEST

/* LINE is no end of a body: NAME comes one line later. */
static struct sample no_end(const char *name, const char *line,
                            const char *hint)
{
    const char *word = name + (*name == '-');

    return heredocs(text("%s\n%s\nx\n", line, word), list(name, NULL),
                    list(text("%s\n", line), NULL),
                    (struct bodies){"x\n", 2, END_WHY, hint});
}

START_TEST(the_end_is_a_whole_line)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "heredoc",
        (struct sample[]){
            no_end(w, text("%s%s", w, v), "end-is-prefix"),
            no_end(w, text("%s%s", v, w), "end-anywhere"),
            no_end(w, text("%s %s %s", v, w, v), "end-anywhere"),
            no_end(w, text(" %s", w), "blanks-around-end"),
            no_end(w, text("%s ", w), "blanks-around-end"),
            no_end(w, text("%.3s", w), "end-is-shorter"),
            no_end(w, "", "end-is-shorter"),
            no_end(w, text("%c%s", w[0] - 'a' + 'A', w + 1), "end-any-case"),
            heredocs(text("%s\r\n%s\r\n%s\r\n", v, w, v), list(w, NULL),
                     list(text("%s\r\n", v), NULL),
                     (struct bodies){text("%s\r\n", v), 2,
                                     "take_line() leaves the \"\\r\" out, so "
                                     "the line is NAME",
                                     "line-ends-changed"}),
            {0}});
}
END_TEST

START_TEST(tabs_may_stand_before_the_end)
{
    const char *w = pick_word(), *v = pick_word();
    const char *dash = text("-%s", w), *body = text("\t%s\n\t\t%s\n", v, v);

    require_all(
        "heredoc",
        (struct sample[]){
            heredocs(text("%s\t\t%s\nx\n", body, w), list(dash, NULL),
                     list(body, NULL),
                     (struct bodies){"x\n", 3,
                                     "with CHOMP the end may have tabs before "
                                     "it.  The body keeps its own: who runs "
                                     "it takes them off",
                                     "chomp-ignored"}),
            heredocs(text("%s%s\nx\n", body, w), list(dash, NULL),
                     list(body, NULL),
                     (struct bodies){"x\n", 3, "it may, but need not",
                                     "chomp-demanded"}),
            no_end(w, text("\t%s", w), "chomp-always"),
            no_end(dash, text(" %s", w), "chomp-takes-blanks"),
            no_end(dash, text("\t %s", w), "chomp-takes-blanks"),
            no_end(dash, text("\t%s\t", w), "blanks-around-end"),
            no_end(dash, "\t\t", "end-is-shorter"),
            {0}});
}
END_TEST

START_TEST(reading_goes_on_behind_the_end)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();

    require_all(
        "heredoc",
        (struct sample[]){
            heredocs(text("%s\n%s\n\n# %s\n", u, w, u), list(w, NULL),
                     list(text("%s\n", u), NULL),
                     (struct bodies){text("\n# %s\n", u), 2,
                                     "the line with the end is read, and "
                                     "nothing behind it",
                                     "end-not-read"}),
            heredocs(text("%s\n%s\n%s\n%s\nx", u, w, w, v), list(w, v, NULL),
                     list(text("%s\n", u), text("%s\n", w), NULL),
                     (struct bodies){"x", 4,
                                     "a line may have several here-documents: "
                                     "the second begins where the first ends",
                                     "end-not-read"}),
            heredocs(text("%s\n%s", u, w), list(w, NULL),
                     list(text("%s\n", u), NULL),
                     (struct bodies){"", 2,
                                     "the last line of a file need not have a "
                                     "line end",
                                     "last-line"}),
            {0}});
}
END_TEST

START_TEST(an_end_that_never_comes)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();
    const char *file = text("%s\n %s\n%s\n", u, w, u);
    json_t *nothing = json_pack("[n]");

    require_all(
        "heredoc",
        (struct sample[]){
            heredocs(text("%s\n%s\n", u, w), list(w, NULL),
                     list(text("%s\n", u), NULL),
                     (struct bodies){"", 2, END_WHY, "last-line"}),
            heredocs(file, list(w, NULL), nothing,
                     (struct bodies){file, 0,
                                     "without an end there is no body: NULL, "
                                     "and nothing is read",
                                     "no-end"}),
            heredocs(
                "", list(v, NULL), nothing,
                (struct bodies){"", 0, "there is not even a line", "no-end"}),
            {0}});
}
END_TEST

START_TEST(a_shell_gets_the_body)
{
    const char *w = pick_word(), *v = pick_word();
    const char *body = text("# %s\n%s \\\n  %s\n", w, v, w);
    json_t *files =
        json_pack("{s:[s,s,s], s:s, s:s}", "COPY", "<<A", "<<-B", "/x/", "<<A",
                  text("%s\n", w), "<<B", text("\tA\n%s\n", v));

    require_all(
        "parse",
        (struct sample[]){
            parsed(text("RUN <<EOF\n%sEOF\nCMD %s\n", body, v),
                   json_pack("[{s:[s], s:s},{s:[s]}]", "RUN", "<<EOF", "<<EOF",
                             body, "CMD", v),
                   BODY_WHY, "body-cleaned"),
            parsed(text("COPY <<A <<-B /x/\n%s\nA\n\tA\n%s\n\tB\nCMD %s\n", w,
                        v, w),
                   json_pack("[O,{s:[s]}]", files, "CMD", w),
                   "the bodies come in the order of their marks",
                   "chomp-ignored"),
            {0}});
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

/* A text, and its words; the escape is a backslash. */
static struct sample words(const char *line, json_t *out, const char *why,
                           const char *hint)
{
    return (struct sample){text("dfword_quoted() of %s", line),
                           list("\\", line, NULL), out, why, hint};
}

/* The same with the escape `. */
static struct sample tick_words(const char *line, json_t *out, const char *why,
                                const char *hint)
{
    return (struct sample){
        text("dfword_quoted() of %s with the escape `", line),
        list("`", line, NULL), out, why, hint};
}

START_TEST(white_space_separates)
{
    const char *w = pick_word(), *v = pick_word();
    json_t *two = list(w, v, NULL);

    require_all(
        "words",
        (struct sample[]){
            words(text("%s %s", w, v), two, "a blank ends a word",
                  "blank-missed"),
            words(text(" \t%s\t \v%s  ", w, v), two,
                  "any white space ends a word, as much as there is",
                  "blanks-only"),
            words(text("%s\u3000%s", w, v), two,
                  "white space of any script ends a word: utf8_is_space()",
                  "ascii-only"),
            words(text("%s=\u00e9\u4e16 %s", w, v),
                  list(text("%s=\u00e9\u4e16", w), v, NULL),
                  "a character may be several bytes long", "bytes-garbled"),
            {0}});
}
END_TEST

START_TEST(quotes_hold_words_together)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();
    const char *why = "white space inside of quotes ends no word, and the "
                      "quotes stay in it (rule 1)";

    require_all(
        "words",
        (struct sample[]){
            words(text("%s=\"%s  %s\" %s", w, v, u, u),
                  list(text("%s=\"%s  %s\"", w, v, u), u, NULL), why,
                  "split-in-quotes"),
            words(text("'%s %s' %s", w, v, u),
                  list(text("'%s %s'", w, v), u, NULL), why, "single-missed"),
            words(text("%s\" \"%s' '%s %s", w, v, u, w),
                  list(text("%s\" \"%s' '%s", w, v, u), w, NULL),
                  "quotes may begin and end in the middle of a word",
                  "quote-ends-word"),
            words(text("\"%s\"%s %s", w, v, u),
                  list(text("\"%s\"%s", w, v), u, NULL),
                  "a quote that is closed does not end the word",
                  "quote-ends-word"),
            {0}});
}
END_TEST

START_TEST(the_other_quote_is_a_letter)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "words",
        (struct sample[]){
            words(text("\"%s's\" %s", w, v), list(text("\"%s's\"", w), v, NULL),
                  "between double quotes a single one is a letter",
                  "quotes-mixed"),
            words(text("'%s\" ' %s", w, v), list(text("'%s\" '", w), v, NULL),
                  "between single quotes a double one is a letter",
                  "quotes-mixed"),
            {0}});
}
END_TEST

START_TEST(an_escaped_blank_ends_no_word)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();
    const char *why = "an escape takes the meaning from the character behind "
                      "it, and both stay in the word";

    require_all(
        "words",
        (struct sample[]){
            words(text("%s\\ %s %s", w, v, u),
                  list(text("%s\\ %s", w, v), u, NULL), why, "escape-ignored"),
            words(text("%s\\\u3000%s %s", w, v, u),
                  list(text("%s\\\u3000%s", w, v), u, NULL), why,
                  "escape-one-byte"),
            words(text("%s\\\\ %s", w, v), list(text("%s\\\\", w), v, NULL),
                  "of two escapes the first takes the second one's meaning",
                  "escape-not-a-pair"),
            {0}});
}
END_TEST

START_TEST(an_escaped_quote_is_a_letter)
{
    const char *w = pick_word(), *v = pick_word();
    const char *why = "an escaped quote opens and closes nothing";

    require_all("words", (struct sample[]){
                             words(text("\"%s\\\" %s\" %s", w, v, w),
                                   list(text("\"%s\\\" %s\"", w, v), w, NULL),
                                   why, "escaped-quote-closes"),
                             words(text("%s\\\" %s", w, v),
                                   list(text("%s\\\"", w), v, NULL), why,
                                   "escaped-quote-opens"),
                             words(text("\\'%s %s'", w, v),
                                   list(text("\\'%s", w), text("%s'", v), NULL),
                                   why, "escaped-quote-opens"),
                             {0}});
}
END_TEST

START_TEST(single_quotes_know_no_escape)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "words",
        (struct sample[]){
            words(text("'%s\\' %s", w, v), list(text("'%s\\'", w), v, NULL),
                  "between ' and ' a backslash is a letter: the next "
                  "' closes them",
                  "escape-in-single"),
            {0}});
}
END_TEST

START_TEST(the_file_chooses_the_escape)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();

    require_all(
        "words",
        (struct sample[]){
            tick_words(
                text("%s` %s %s", w, v, u), list(text("%s` %s", w, v), u, NULL),
                "the caller says which character escapes", "backslash-word"),
            tick_words(text("%s\\ %s", w, v), list(text("%s\\", w), v, NULL),
                       "with another escape the backslash is a letter",
                       "backslash-word"),
            {0}});
}
END_TEST

START_TEST(the_text_may_end_anywhere)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "words",
        (struct sample[]){
            words(text("%s \"%s %s", w, v, w),
                  list(w, text("\"%s %s", v, w), NULL),
                  "a quote that is never closed holds up to the end of the "
                  "text",
                  "open-quote"),
            words(text("%s %s\\", w, v), list(w, v, NULL),
                  "an escape with nothing behind it is dropped", "lone-escape"),
            words(text("%s \\", w), list(w, NULL),
                  "an escape with nothing behind it is dropped, and no word "
                  "is left",
                  "lone-escape"),
            {0}});
}
END_TEST

START_TEST(pairs_are_split)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();

    require_all(
        "parse",
        (struct sample[]){
            parsed(text("ENV A=\"%s %s\" B=%s\\ %s C=%s", w, v, w, v, u),
                   json_pack("[{s:[s,s,s,s,s,s]}]", "ENV", "A",
                             text("\"%s %s\"", w, v), "B",
                             text("%s\\ %s", w, v), "C", u),
                   "each word is a pair: NAME=VALUE", "split-in-quotes"),
            parsed(text("ENV A=%s %s\n", w, v), json_string("refused"),
                   "nobody quoted the blank, so the second word has no \"=\"",
                   "blank-missed"),
            {0}});
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

/* A text, and what dfjson_strings() makes of it. */
static struct sample array(const char *line, int result, json_t *strings,
                           const char *why, const char *hint)
{
    return (struct sample){
        text("dfjson_strings() of %s", line), json_string(line),
        json_pack("{s:i, s:o}", "result", result, "strings", strings), why,
        hint};
}

/* Each test begins with something that is JSON. */
static struct sample good_array(void)
{
    const char *w = pick_word(), *v = pick_word();

    return array(text("[\"%s\", \"%s\"]", w, v), 1, list(w, v, NULL),
                 "that is an array of two strings", "array-missed");
}

START_TEST(an_array_is_read)
{
    const char *w = pick_word(), *v = pick_word(), *u = pick_word();

    require_all("array",
                (struct sample[]){
                    array(text("[\"%s\"]", w), 1, list(w, NULL),
                          "an array may have a single string", "array-missed"),
                    array(text("[\"%s\",\"%s\",\"%s\"]", w, v, u), 1,
                          list(w, v, u, NULL),
                          "strings are separated by commas, in any number",
                          "array-missed"),
                    array(text(" [ \"%s\" ,\t\"%s, ]\" ] ", w, v), 1,
                          list(w, text("%s, ]", v), NULL),
                          "white space around the parts of JSON means nothing",
                          "white-space"),
                    array("[]", 1, list(NULL, NULL), "an array may be empty",
                          "empty-array"),
                    array(" [ ] ", 1, list(NULL, NULL), "an array may be empty",
                          "empty-array"),
                    {0}});
}
END_TEST

/* TEXT is no JSON: nothing comes out. */
static struct sample shell(const char *line, const char *why, const char *hint)
{
    return array(line, 0, list(NULL, NULL), why, hint);
}

START_TEST(what_is_no_json_is_left_to_a_shell)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "array",
        (struct sample[]){
            good_array(),
            shell(text("['%s', '%s']", w, v),
                  "JSON knows double quotes only (rule 1)", "not-json"),
            shell(text("%s [\"%s\"]", w, v), "an array begins with \"[\"",
                  "no-bracket"),
            shell(text("\"%s\", \"%s\"]", w, v), "an array begins with \"[\"",
                  "no-bracket"),
            shell(text("[\"%s\" \"%s\"]", w, v),
                  "two strings have a comma between them", "comma-missing"),
            shell(text("[\"%s\",]", w), "a comma has a string behind it",
                  "comma-at-the-end"),
            shell(text("[,\"%s\"]", w), "a comma has a string before it",
                  "comma-at-the-end"),
            shell(text("[\"%s\", %s]", w, v),
                  "a word without quotes is no JSON", "not-json"),
            shell(text("[\"%s\"", w), "an array ends with \"]\"",
                  "never-closed"),
            shell(text("[\"%s\"}", w), "an array ends with \"]\"",
                  "never-closed"),
            {0}});
}
END_TEST

START_TEST(nothing_may_follow)
{
    const char *w = pick_word(), *v = pick_word();
    const char *why = "all of the text must be JSON (rule 2): what stands "
                      "behind the array makes it a line for the shell";

    require_all("array",
                (struct sample[]){
                    good_array(),
                    shell(text("[\"%s\"] && %s", w, v), why, "rest-ignored"),
                    shell(text("[\"%s\", \"%s\"]]", w, v), why, "rest-ignored"),
                    shell(text("[\"%s\"] [\"%s\"]", w, v), why, "rest-ignored"),
                    shell(text("[] %s", w), why, "rest-of-empty-ignored"),
                    {0}});
}
END_TEST

START_TEST(other_values_are_refused)
{
    const char *w = pick_word();
    const char *why = "an array that holds more than strings is JSON, so "
                      "nobody can mean it for a shell: an error";

    require_all(
        "array",
        (struct sample[]){array(text("[\"%s\", %d]", w, pick(1, 99)), -1,
                                list(NULL, NULL), why, "only-strings-read"),
                          array(text("[null, \"%s\"]", w), -1, list(NULL, NULL),
                                why, "only-strings-read"),
                          array(text("[{\"%s\": []}]", w), -1, list(NULL, NULL),
                                why, "only-strings-read"),
                          shell(text("[%d] %s", pick(1, 99), w),
                                "what follows makes it no JSON at all",
                                "rest-ignored"),
                          shell(text("[%d,]", pick(1, 99)),
                                "the comma at the end makes it no JSON at all",
                                "comma-at-the-end"),
                          {0}});
}
END_TEST

START_TEST(the_form_depends_on_it)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        "parse",
        (struct sample[]){
            parsed(text("CMD [\"%s\", \"%s\"]", w, v),
                   json_pack("[{s:[s,s], s:b}]", "CMD", w, v, "exec form", 1),
                   "that is the exec form", "array-missed"),
            parsed(text("CMD ['%s']", w),
                   json_pack("[{s:[s]}]", "CMD", text("['%s']", w)),
                   "that is no JSON, so a shell gets it as it is", "not-json"),
            parsed(text("RUN [\"%s\"] && %s", w, v),
                   json_pack("[{s:[s]}]", "RUN", text("[\"%s\"] && %s", w, v)),
                   "that is no JSON, so a shell gets it as it is",
                   "rest-ignored"),
            parsed(text("COPY [\"%s %s\", \"/\"]", w, v),
                   json_pack("[{s:[s,s], s:b}]", "COPY", text("%s %s", w, v),
                             "/", "exec form", 1),
                   "that is how COPY gets a name with a blank in it",
                   "array-missed"),
            {0}});
}
END_TEST

void exam_19_dockerfile(struct exam *exam);
void exam_19_dockerfile(struct exam *exam)
{
    exam_add(exam, 1, VALUE, comments_and_blank_lines_vanish,
             "comments and blank lines are no instructions");
    exam_add(exam, 1, VALUE, a_later_hash_is_text,
             "a # behind other text starts no comment");
    exam_add(exam, 1, VALUE, a_mark_joins_lines,
             "a line that ends in the escape is joined with the next");
    exam_add(exam, 1, VALUE, blanks_may_follow_the_mark,
             "blanks behind the mark do not hide it");
    exam_add(exam, 1, VALUE, comments_inside_vanish,
             "comments and blank lines inside a continued line vanish");
    exam_add(exam, 1, VALUE, a_doubled_escape_is_no_mark,
             "two escapes at the end are no mark");
    exam_add(exam, 1, VALUE, the_file_chooses_the_mark,
             "the directive \"escape\" chooses the mark");
    exam_add(exam, 1, VALUE, the_file_may_end_behind_a_mark,
             "a mark at the end of the file joins nothing");
    exam_add(exam, 1, EFFECT, a_comment_behind_is_an_argument,
             "USER gets the comment that stands behind it");
    exam_add(exam, 2, VALUE, the_body_is_as_it_stands,
             "a here-document's body is not changed");
    exam_add(exam, 2, VALUE, the_end_is_a_whole_line,
             "the end of a body is a line of its own");
    exam_add(exam, 2, VALUE, tabs_may_stand_before_the_end,
             "with <<- there may be tabs before the end");
    exam_add(exam, 2, VALUE, reading_goes_on_behind_the_end,
             "reading goes on behind the end");
    exam_add(exam, 2, VALUE, an_end_that_never_comes,
             "without an end there is no body, and nothing is read");
    exam_add(exam, 2, EFFECT, a_shell_gets_the_body,
             "RUN and COPY get their bodies, in order");
    exam_add(exam, 3, VALUE, white_space_separates,
             "words end at white space of any script");
    exam_add(exam, 3, VALUE, quotes_hold_words_together,
             "white space in quotes ends no word");
    exam_add(exam, 3, VALUE, the_other_quote_is_a_letter,
             "a quote inside of the other kind is a letter");
    exam_add(exam, 3, VALUE, an_escaped_blank_ends_no_word,
             "an escaped blank ends no word");
    exam_add(exam, 3, VALUE, an_escaped_quote_is_a_letter,
             "an escaped quote opens and closes nothing");
    exam_add(exam, 3, VALUE, single_quotes_know_no_escape,
             "between single quotes nothing is escaped");
    exam_add(exam, 3, VALUE, the_file_chooses_the_escape,
             "the escape is the one that the caller says");
    exam_add(exam, 3, VALUE, the_text_may_end_anywhere,
             "an open quote and an escape may be the last of a text");
    exam_add(exam, 3, EFFECT, pairs_are_split,
             "ENV sets three variables in one line");
    exam_add(exam, 4, VALUE, an_array_is_read, "an array of strings is read");
    exam_add(exam, 4, VALUE, what_is_no_json_is_left_to_a_shell,
             "what is almost JSON is none");
    exam_add(exam, 4, VALUE, nothing_may_follow,
             "an array with something behind it is no JSON");
    exam_add(exam, 4, VALUE, other_values_are_refused,
             "an array of other values is an error");
    exam_add(exam, 4, EFFECT, the_form_depends_on_it,
             "CMD and RUN become exec form or shell form");
}
