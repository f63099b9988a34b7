/* SPDX-License-Identifier: MIT */
/*
 * dockerfile.c - from text to a list of instructions
 *
 * Problem   Every instruction has its own rules for its arguments, and a tool
 *           that reads Dockerfiles in another way than Docker would lie about
 *           them.
 * Idea      One table row per instruction says how its line is split; the rest
 *           is the same for all of them:
 *
 *             COPY --from=build a.txt /b/     <- a line from engine/dfline
 *             keyword  flags     arguments
 *             |        |         `- split as the table row says (dfword)
 *             |        `----------- kept for engine/dfcheck
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
 * Read      docs.docker.com/reference/dockerfile; lessons/19-dockerfile.md
 */
#include "engine/dockerfile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/dferror.h"
#include "engine/dfheredoc.h"
#include "engine/dfjson.h"
#include "engine/dfline.h"
#include "engine/dfword.h"

/* More than anybody writes, and few enough to have room for. */
enum { MAX_INSTRUCTIONS = 1000000 };

#define mb_autodockerfile __attribute__((cleanup(dockerfile_done)))

/* The work in progress. */
struct parser {
    struct dfline_reader reader;
    struct dockerfile *file;
    size_t count;      /* of instructions, triggers included */
    const char *wrong; /* after a failure: the place in the logical line */
};

/* How a line becomes arguments. */
enum form {
    NOTHING,       /* not at all */
    WORDS,         /* words */
    WORDS_OR_JSON, /* words, or a JSON array */
    TEXT,          /* one string, if there is one */
    TEXT_OR_JSON,  /* the same, or a JSON array */
    PAIRS,         /* name, value, ... */
    NAMES,         /* NAME or NAME=value, ... */
    HEALTH,        /* a word, and then TEXT_OR_JSON */
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
    [DF_UNKNOWN] = {"?", NOTHING},
};

const char *keyword_name(enum keyword keyword)
{
    return rules[keyword].name;
}

const char *instruction_flag(const struct instruction *in, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < in->flags.n; i++) {
        const char *flag = in->flags.v[i] + strlen("--");
        if (strncmp(flag, name, len) != 0)
            continue;
        if (flag[len] == '=')
            return flag + len + 1;
        if (!flag[len]) /* --from is not --from-x */
            return "true";
    }
    return NULL;
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

/* Free what the instruction owns, but for the text and the trigger. */
static void instruction_done(struct instruction *in)
{
    strv_done(&in->flags);
    strv_done(&in->args);
    for (size_t i = 0; i < in->n_heredocs; i++) {
        free(in->heredocs[i].name);
        free(in->heredocs[i].content);
    }
    free(in->heredocs);
}

void dockerfile_done(struct dockerfile *file)
{
    for (size_t i = 0; i < file->n; i++) {
        struct instruction *in = &file->instructions[i], *next;
        /* A chain of ONBUILDs may be long: no recursion. */
        for (struct instruction *t = in->trigger; t; t = next) {
            next = t->trigger;
            instruction_done(t);
            free(t);
        }
        free(in->original);
        instruction_done(in);
    }
    free(file->instructions);
    free(file->text);
    strv_done(&file->lines);
    free(file->name);
    *file = (struct dockerfile){0};
}

/* ---- arguments --------------------------------------------------------- */

/* The keyword that the LEN bytes at WORD are.  Two letters from elsewhere have
 * a small form in ASCII, and BuildKit compares small forms: a dotted capital I,
 * U+0130, and the Kelvin sign, U+212A. */
static enum keyword find_keyword(const char *word, size_t len)
{
    char name[16] = "";
    size_t n = 0;
    uint32_t c;

    for (const char *end = word + len; word < end && n < sizeof name - 1;) {
        word += utf8_decode(word, &c);
        c = c == 0x130 ? 'I' : c == 0x212a ? 'K' : c;
        name[n++] = c < 0x80 ? toupper((int)c) : '?';
    }
    for (int i = 0; i < DF_UNKNOWN; i++)
        if (strcmp(name, rules[i].name) == 0)
            return i;
    return DF_UNKNOWN;
}

/* The same for all: a JSON array, or else the text, if there is any. */
static int parse_text_or_json(struct parser *p, const char *text,
                              struct instruction *in, struct mb_error *err)
{
    int json = dfjson_strings(text, &in->args, &p->wrong, err);

    in->json = json > 0;
    if (json == 0 && rules[in->keyword].form == WORDS_OR_JSON)
        dfword_split(text, &in->args);
    else if (json == 0 && *text)
        strv_add(&in->args, text);
    return json < 0 ? -1 : 0;
}

static int parse_pairs(struct parser *p, const char *text,
                       struct instruction *in, struct mb_error *err)
{
    struct dfword_pairs pairs = {.instruction = keyword_name(in->keyword),
                                 .escape = p->reader.escape};
    int rc = dfword_pairs(text, &pairs, &in->args, err);

    in->old = pairs.old;
    if (rc < 0)
        p->wrong = pairs.wrong;
    return rc;
}

/* Split TEXT in the way that the instruction's row of the table tells. */
static int parse_args(struct parser *p, const char *text,
                      struct instruction *in, struct mb_error *err)
{
    switch (rules[in->keyword].form) {
    case NOTHING:
    case TRIGGER:
        return 0;
    case PAIRS:
        return parse_pairs(p, text, in, err);
    case NAMES:
        dfword_quoted(text, p->reader.escape, &in->args);
        return 0;
    case WORDS:
        dfword_split(text, &in->args);
        return 0;
    case TEXT:
        if (*text)
            strv_add(&in->args, text);
        return 0;
    case HEALTH:
        text = dfword_health(text, &in->args);
        return parse_text_or_json(p, text, in, err);
    default:
        return parse_text_or_json(p, text, in, err);
    }
}

/* head = keyword { flag }; returns what follows it, the arguments. */
static const char *parse_head(struct parser *p, struct instruction *in)
{
    const char *text = utf8_skip_space(in->original);

    in->word = text - in->original;
    in->word_len = strcspn(text, DFWORD_WHITE);
    in->keyword = find_keyword(text, in->word_len);
    text += in->word_len;
    return utf8_skip_space(dfword_flags(text + strspn(text, DFWORD_WHITE),
                                        p->reader.escape, &in->flags));
}

/* instruction = head arguments | head instruction */
static int parse_instruction(struct parser *p, struct instruction *in,
                             struct mb_error *err)
{
    const char *args = parse_head(p, in);

    p->wrong = in->original + in->word;
    while (in->keyword == DF_ONBUILD && *args) {
        in->trigger = mb_alloc(sizeof *in);
        in->trigger->original = (char *)args; /* a part of ours */
        in->trigger->line = in->line;
        in = in->trigger;
        args = parse_head(p, in);
        p->count++;
    }
    return parse_args(p, args, in, err);
}

/* ---- here-documents ---------------------------------------------------- */

/* Read the body that belongs to MARK, whose name becomes the instruction's. */
static int read_heredoc(struct parser *p, struct dfheredoc_mark *mark,
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

/* Read the bodies of all marks of LINE, in order (rule 3).  It is the line with
 * the white space at its end: behind a backslash that is a part of a name. */
static int read_heredocs(struct parser *p, const char *line,
                         struct instruction *in, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct dfheredoc_mark mark;
    /* Of ONBUILD RUN; an ONBUILD ONBUILD RUN gets none. */
    const struct instruction *inner = in->trigger ? in->trigger : in;
    enum keyword k = inner->keyword;

    if ((k != DF_RUN && k != DF_COPY && k != DF_ADD) || inner->json)
        return 0;
    if (!strstr(line, "<<"))
        return 0;
    if (dfheredoc_words(line, &words, err) < 0)
        return -1;
    for (size_t i = 0; i < words.n; i++) {
        int found = dfheredoc_mark(words.v[i], &mark, err);
        if (found < 0 || (found && read_heredoc(p, &mark, in, err) < 0))
            return -1;
    }
    return 0;
}

/* ---- errors ------------------------------------------------------------ */

int dockerfile_point_at(const struct dockerfile *file,
                        const struct instruction *in, const char *at,
                        struct mb_error *err)
{
    const struct dferror_source source = {file->name, file->text};
    struct dfline_reader reader =
        dfline_after(file->text, file->len, in->line - 1);

    reader.escape = file->escape;
    return dferror_point_at(&source, dfline_locate(reader, at - in->original),
                            err);
}

/* ---- the file ---------------------------------------------------------- */

/* Parse the logical line in TEXT, which began at line FIRST. */
static int add_instruction(struct parser *p, const struct buf *text, int first,
                           struct mb_error *err)
{
    struct dockerfile *file = p->file;
    size_t len = utf8_trim_right(text->s, text->len);

    file->instructions =
        grow(file->instructions, file->n, sizeof *file->instructions);
    /* In the list before it is complete: whoever frees the list frees it, also
     * after a failure.  The pointer holds, as nothing grows the list below. */
    struct instruction *in = &file->instructions[file->n++];
    *in = (struct instruction){.original = mb_strndup(text->s, len),
                               .line = first};
    if (parse_instruction(p, in, err) < 0 ||
        read_heredocs(p, text->s, in, err) < 0)
        return dockerfile_point_at(file, in, p->wrong, err);
    in->last_line = p->reader.line;
    if (++p->count <= MAX_INSTRUCTIONS)
        return 0;
    mb_failx(err, "more than %d instructions", MAX_INSTRUCTIONS);
    return dockerfile_point_at(file, in, in->original, err);
}

/* Parse all of it. */
static int parse_file(struct parser *p, struct mb_error *err)
{
    struct dockerfile *file = p->file;
    const struct dferror_source source = {file->name, file->text};
    mb_autobuf struct buf text = BUF_INIT;
    int first;

    if (dfline_open(&p->reader, file->text, file->len, err) < 0)
        return dferror_point_at(&source, p->reader.wrong, err);
    file->escape = p->reader.escape;
    while (dfline_next(&p->reader, &text, &first))
        if (add_instruction(p, &text, first, err) < 0)
            return -1;
    if (file->n)
        return 0;
    mb_failx(err, file->len ? "file with no instructions"
                            : "the Dockerfile cannot be empty");
    /* Where one had to come at last: in the last line, if there is any. */
    return mb_wrap(err, "%.200s:%d", file->name,
                   file->len ? p->reader.line : 1);
}

int dockerfile_parse(const char *name, const char *text, size_t len,
                     struct dockerfile *out, struct mb_error *err)
{
    mb_autodockerfile struct dockerfile file = {.name = mb_strdup(name),
                                                .len = len};
    struct parser p = {.file = &file};

    /* A copy, as errors quote it, and because it has to end with a NUL. */
    file.text = mb_alloc(len + 1);
    memcpy(file.text, text, len);
    if (parse_file(&p, err) < 0)
        return -1;
    dfline_split(file.text, len, &file.lines);
    *out = file; /* the caller's from here on: ours must not free it */
    file = (struct dockerfile){0};
    return 0;
}
