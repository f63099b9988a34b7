/* SPDX-License-Identifier: MIT */
/*
 * dockerfile.c - from text to a list of instructions
 *
 * Problem   Every instruction has its own rules for arguments and flags, and
 *           whoever gets one wrong is most often new to Docker: "FROM alpine
 *           # small" deserves better than "parse error".
 * Idea      One table row per instruction says how its line is split and how
 *           many arguments it wants; the rest is the same for all of them:
 *
 *             COPY --from=build a.txt /b/     <- a line from engine/dfline
 *             keyword  flags     arguments
 *             |        |         `- split as the table row says (dfword)
 *             |        `----------- each must be known to engine/dfflag
 *             `-------------------- finds the table row
 *
 *           A failure deep below says only what is wrong.  On the way up it
 *           gets the place before it and the source line after it.
 * Rules     1. Nothing is expanded here: what $A means depends on the stage,
 *              which is not known yet.
 *           2. The texts of errors are Docker's, so that a search engine knows
 *              them.  The hints are ours.
 *           3. An instruction has a here-document only if it is one of three
 *              and in shell form: in JSON, "<<EOF" is a string.
 *           4. Control characters of a stranger's file never reach the
 *              terminal through an error.
 * Read      docs.docker.com/reference/dockerfile; lessons/19-dockerfile.md
 */
#include "engine/dockerfile.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/similar.h"
#include "engine/dfcheck.h"
#include "engine/dfflag.h"
#include "engine/dfline.h"
#include "engine/dfword.h"

#define WHITE " \t\v\f\r"
#define mb_autoinstruction __attribute__((cleanup(instruction_done)))
#define mb_autodockerfile __attribute__((cleanup(dockerfile_done)))

/* The work in progress. */
struct parser {
    struct dfline_reader reader;
    struct dockerfile *file;
};

/* How a line becomes arguments. */
enum form {
    WORDS,         /* words */
    WORDS_OR_JSON, /* words, or a JSON array */
    TEXT,          /* one string, if there is one */
    TEXT_OR_JSON,  /* one string, maybe empty, or a JSON array */
    PAIRS,         /* name, value, ... */
    NAMES,         /* NAME or NAME=value, ... */
    HEALTH,        /* NONE, or CMD and what follows it */
    TRIGGER,       /* another instruction */
};

static const struct rule {
    const char *name;
    enum form form;
} rules[] = {
    [DF_ADD] = {"ADD", WORDS_OR_JSON},
    [DF_ARG] = {"ARG", NAMES},
    [DF_CMD] = {"CMD", TEXT_OR_JSON},
    [DF_COPY] = {"COPY", WORDS_OR_JSON},
    [DF_ENTRYPOINT] = {"ENTRYPOINT", TEXT_OR_JSON},
    [DF_ENV] = {"ENV", PAIRS},
    [DF_EXPOSE] = {"EXPOSE", WORDS},
    [DF_FROM] = {"FROM", WORDS},
    [DF_HEALTHCHECK] = {"HEALTHCHECK", HEALTH},
    [DF_LABEL] = {"LABEL", PAIRS},
    [DF_MAINTAINER] = {"MAINTAINER", TEXT},
    [DF_ONBUILD] = {"ONBUILD", TRIGGER},
    [DF_RUN] = {"RUN", TEXT_OR_JSON},
    [DF_SHELL] = {"SHELL", TEXT_OR_JSON},
    [DF_STOPSIGNAL] = {"STOPSIGNAL", TEXT},
    [DF_USER] = {"USER", TEXT},
    [DF_VOLUME] = {"VOLUME", WORDS_OR_JSON},
    [DF_WORKDIR] = {"WORKDIR", TEXT},
};
#define N_RULES ((int)(sizeof rules / sizeof *rules))

const char *instruction_flag(const struct instruction *in, const char *name)
{
    return dfflag_get(&in->flags, name);
}

const char *keyword_name(enum keyword keyword)
{
    return rules[keyword].name;
}

/* ---- memory ------------------------------------------------------------ */

/* Room for one more than N elements of SIZE bytes.  Doubles, so that a file
 * of a million instructions is not copied a million times. */
static void *grow(void *array, size_t n, size_t size)
{
    if (n & (n - 1)) /* no power of two: there is room */
        return array;
    return mb_realloc(array, (n ? 2 * n : 1) * size);
}

/* Free what the instruction owns. */
static void instruction_done(struct instruction *in)
{
    free(in->original);
    strv_done(&in->flags);
    strv_done(&in->args);
    for (size_t i = 0; i < in->n_heredocs; i++) {
        free(in->heredocs[i].name);
        free(in->heredocs[i].content);
    }
    free(in->heredocs);
    *in = (struct instruction){0};
}

void dockerfile_done(struct dockerfile *file)
{
    for (size_t i = 0; i < file->n; i++)
        instruction_done(&file->instructions[i]);
    free(file->instructions);
    strv_done(&file->lines);
    *file = (struct dockerfile){0};
}

/* ---- the keyword ------------------------------------------------------- */

/* The instruction that WORD was probably meant to be, or NULL. */
static const char *similar_keyword(const char *word)
{
    const char *found = NULL;
    int least = 3; /* BuildKit's limit: two slips of the finger */
    for (int i = 0; i < N_RULES; i++)
        if (similar_distance(word, rules[i].name) < least) {
            found = rules[i].name;
            least = similar_distance(word, found);
        }
    return found;
}

/* The keyword that WORD is, in whatever case. */
static int find_keyword(const char *word, struct mb_error *err)
{
    for (int i = 0; i < N_RULES; i++)
        if (strcasecmp(word, rules[i].name) == 0)
            return i;
    const char *similar = similar_keyword(word);
    if (similar)
        return mb_failx(err, "unknown instruction: %s (did you mean %s?)", word,
                        similar);
    /* Resembles nothing: most often a command that lost its RUN, because the
     * line above lost its backslash. */
    mb_failx(err, "unknown instruction: %.100s", word);
    return mb_hint(err, "a line that goes on needs a \\ at its end: look at "
                        "the line before this one");
}

/* ---- arguments --------------------------------------------------------- */

static int parse_instruction(struct parser *p, const char *text,
                             struct instruction *in, struct mb_error *err);

/* The instruction of an ONBUILD: kept as text, bodies of here-documents
 * included, because the image remembers it as text.  ONBUILD itself is refused
 * first, so this can't call itself forever. */
static int parse_trigger(struct parser *p, const char *text,
                         struct instruction *in, struct mb_error *err)
{
    mb_autoinstruction struct instruction inner = {0};
    mb_autobuf struct buf whole = BUF_INIT;

    if (!*text)
        return 0;
    if (dfcheck_trigger(text, err) < 0 ||
        parse_instruction(p, text, &inner, err) < 0)
        return -1;
    /* Joined lines are one line now, but bodies are still lines of their own:
     * give them back in the form they were written, so that the text parses
     * again on the day that it is triggered. */
    buf_adds(&whole, text);
    for (size_t i = 0; i < inner.n_heredocs; i++)
        buf_addf(&whole, "\n%s%s", inner.heredocs[i].content,
                 inner.heredocs[i].name);
    strv_take(&in->args, buf_take(&whole));
    return 0;
}

/* Split TEXT in the way that the instruction's row of the table tells. */
static int parse_args(struct parser *p, const char *text,
                      struct instruction *in, struct mb_error *err)
{
    enum form form = rules[in->keyword].form;
    int json = 0;

    if (form == WORDS_OR_JSON || form == TEXT_OR_JSON)
        json = dfword_json(text, &in->args, err);
    else if (form == HEALTH)
        json = dfword_health(text, &in->args, err);
    /* Taken as JSON, or not to be had in any other form. */
    in->json = json > 0;
    if (json || form == HEALTH)
        return json < 0 ? -1 : 0;
    switch (form) {
    case PAIRS:
        return dfword_pairs(keyword_name(in->keyword), text, p->reader.escape,
                            &in->args, err);
    case TRIGGER:
        return parse_trigger(p, text, in, err);
    case NAMES:
        dfword_quoted(text, p->reader.escape, &in->args);
        return 0;
    case WORDS:
    case WORDS_OR_JSON:
        dfword_split(text, &in->args);
        return 0;
    default:
        /* RUN with nothing behind it runs a shell that has nothing to do; so
         * BuildKit takes it, and callers may rely on args.v[0]. */
        if (*text || form == TEXT_OR_JSON)
            strv_add(&in->args, text);
        return 0;
    }
}

/* ---- here-documents ---------------------------------------------------- */

/* Read the body that belongs to MARK, whose name becomes the instruction's. */
static int read_heredoc(struct parser *p, struct dfword_mark *mark,
                        struct instruction *in, struct mb_error *err)
{
    mb_autofree char *name = mark->name;
    char *content = dfline_heredoc(&p->reader, name, mark->chomp);

    if (!content) {
        mb_failx(err, "unterminated heredoc");
        return mb_hint(err,
                       "its end is a line that holds %.100s and nothing "
                       "else, not even a blank",
                       name);
    }
    /* From here on nothing can fail, so nobody is left with half of it. */
    in->heredocs = grow(in->heredocs, in->n_heredocs, sizeof *in->heredocs);
    in->heredocs[in->n_heredocs++] =
        (struct heredoc){mb_steal(&name), content, mark->expand, mark->chomp};
    return 0;
}

/* Read the bodies of all marks in TEXT, in order (rule 3).  A line whose
 * quotes do not match has none: BuildKit leaves it to the shell. */
static int read_heredocs(struct parser *p, const char *text,
                         struct instruction *in, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct dfword_mark mark;
    enum keyword k = in->keyword;

    if ((k != DF_RUN && k != DF_COPY && k != DF_ADD) || in->json)
        return 0;
    /* The mark's quotes are the shell's, where the escape is a backslash. */
    if (!strstr(text, "<<") || !dfword_quoted(text, '\\', &words))
        return 0;
    for (size_t i = 0; i < words.n; i++)
        if (dfword_heredoc(words.v[i], &mark) &&
            read_heredoc(p, &mark, in, err) < 0)
            return -1;
    return 0;
}

/* ---- the file ---------------------------------------------------------- */

/* instruction = keyword { flag } arguments, in a line that is not blank. */
static int parse_instruction(struct parser *p, const char *text,
                             struct instruction *in, struct mb_error *err)
{
    size_t len = strcspn(text, WHITE);
    mb_autofree char *word = mb_strndup(text, len);
    int keyword = find_keyword(word, err);

    if (keyword < 0)
        return -1;
    in->keyword = keyword;
    text = dfword_flags(text + len, &in->flags);
    if (parse_args(p, text, in, err) < 0)
        return -1;
    if (dfflag_check(keyword_name(keyword), &in->flags, err) < 0)
        return -1;
    if (dfcheck_args(keyword_name(keyword), &in->args, in->json, err) < 0)
        return -1;
    /* Only now: their lines are gone from the file once they are read. */
    return read_heredocs(p, text, in, err);
}

/* The beginner's favourite: `FROM alpine # small`. */
static void hint_comment(const char *text, struct mb_error *err)
{
    if (err && !err->hint[0] && strstr(text, " #"))
        (void)mb_hint(err, "# starts a comment only at the beginning of a "
                           "line; here it is an argument");
}

/* Parse the logical line in TEXT, which began at line FIRST. */
static int add_instruction(struct parser *p, const struct buf *text, int first,
                           struct mb_error *err)
{
    struct dockerfile *file = p->file;
    size_t len = text->len;

    while (len && isspace((unsigned char)text->s[len - 1]))
        len--;
    file->instructions =
        grow(file->instructions, file->n, sizeof *file->instructions);
    /* In the list before it is complete: whoever frees the list frees it, also
     * after a failure.  The pointer holds, as nothing grows the list below. */
    struct instruction *in = &file->instructions[file->n++];
    *in = (struct instruction){.original = mb_strndup(text->s, len),
                               .line = first};
    if (parse_instruction(p, in->original, in, err) < 0) {
        hint_comment(in->original, err);
        return -1;
    }
    in->last_line = p->reader.line;
    return 0;
}

/* Parse all of it.  After a failure *line is the place to point at. */
static int parse_file(struct parser *p, int *line, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    while (dfline_next(&p->reader, &text, line))
        if (add_instruction(p, &text, *line, err) < 0)
            return -1;
    p->file->escape = p->reader.escape;
    if (p->file->n)
        return 0;
    return mb_failx(err, "file with no instructions");
}

/* Rule 4, for one line of text. */
static void tame(char *s)
{
    for (; *s; s++)
        if (iscntrl((unsigned char)*s))
            *s = *s == '\t' ? ' ' : '?';
}

/* Put the place before the message and the source line behind it:
 *
 *     Dockerfile:3: unknown instruction: FOO (did you mean FROM?)
 *         3 | FOO bar
 */
static int point_at(const char *name, const struct strv *lines, int line,
                    struct mb_error *err)
{
    (void)mb_wrap(err, "%.200s:%d", name, line);
    if (!err)
        return -1;
    tame(err->msg);
    tame(err->hint);
    if ((size_t)line > lines->n)
        return -1;
    size_t used = strlen(err->msg);
    snprintf(err->msg + used, sizeof err->msg - used, "\n%5d | %.200s", line,
             lines->v[line - 1]);
    /* Empty when the message alone filled the room. */
    if (err->msg[used])
        tame(err->msg + used + 1);
    return -1;
}

int dockerfile_parse(const char *name, const char *text, size_t len,
                     struct dockerfile *out, struct mb_error *err)
{
    mb_autodockerfile struct dockerfile file = {0};
    struct parser p = {.file = &file};
    int line = 1, rc = 0;

    dfline_split(text, len, &file.lines); /* before what may fail needs it */
    if (!len)
        rc = mb_failx(err, "the Dockerfile cannot be empty");
    else if ((rc = dfline_open(&p.reader, text, len, err)) < 0)
        line = p.reader.line;
    else
        rc = parse_file(&p, &line, err);
    if (rc < 0)
        return point_at(name, &file.lines, line, err);
    *out = file; /* the caller's from here on: ours must not free it */
    file = (struct dockerfile){0};
    return 0;
}
