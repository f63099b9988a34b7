/* SPDX-License-Identifier: MIT */
/*
 * dockerfile.c - minibox dockerfile FILE: what a Dockerfile says
 *
 * Problem   A Dockerfile that builds something else than it seems to say is
 *           hard to see through: is that one word or two, a comment or an
 *           argument, JSON or a line for the shell?
 * Idea      Show what the grammar made of it, one instruction a line.  The
 *           notation is that of BuildKit's own parser, so both can be compared:
 *
 *             COPY --from=a ["x y", "/z"]    (copy ["--from=a"] "x y" "/z")
 *             ENV A="1 2"                    (env "A" "\"1 2\"" "=")
 *             ENV A 1 2                      (env "A" "1 2" "")
 *             ONBUILD RUN make               (onbuild (run "make"))
 *             FOO bar                        (foo "")
 *
 * Rules     1. Nothing is checked but the grammar: what build would refuse,
 *              such as FOO, is shown all the same.
 *           2. A keyword is the one thing that is not in quotes.  To a terminal
 *              it goes without its control characters.
 * Read      BuildKit's frontend/dockerfile/parser; lessons/19-dockerfile.md
 */
#include <ctype.h>
#include <jansson.h>
#include <locale.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "engine/dfquote.h"
#include "engine/dockerfile.h"

/* As much as build reads. */
enum { MAX_DOCKERFILE = 16 << 20, MAX_NESTING = 500 };

struct dockerfile_words {
    bool json;
};
const struct option_row dockerfile_options[] = {
    {0, "json", OPTION_FLAG, offsetof(struct dockerfile_words, json), NULL,
     "An array of objects with instruction, flags, args, json (exec form), "
     "heredocs (name, content, expand, chomp), line, last_line, and for "
     "ONBUILD its trigger"},
    {0},
};

/* Does the instruction have pairs, of which each has a third part? */
static bool has_pairs(const struct instruction *in)
{
    return in->keyword == DF_ENV || in->keyword == DF_LABEL;
}

/* ---- as S-expressions --------------------------------------------------- */

/* ` ["--a" "--b"]` */
static void add_flags(struct buf *out, const struct strv *flags)
{
    for (size_t i = 0; i < flags->n; i++) {
        buf_adds(out, i ? " " : " [");
        dfquote_add(out, flags->v[i]);
    }
    buf_adds(out, flags->n ? "]" : "");
}

/* ` "a" "b"`; of ENV and LABEL in threes: name, value, and what was between. */
static void add_args(struct buf *out, const struct instruction *in)
{
    for (size_t i = 0; i < in->args.n; i++) {
        buf_addc(out, ' ');
        dfquote_add(out, in->args.v[i]);
        if (has_pairs(in) && i % 2)
            buf_adds(out, in->old ? " \"\"" : " \"=\"");
    }
    if (in->keyword == DF_UNKNOWN) /* BuildKit's empty node */
        buf_adds(out, in->word_len ? " \"\"" : "\"\"");
}

/* (keyword flags args), and ONBUILD with another such in the place of args. */
static void print_tree(const struct instruction *in)
{
    mb_autobuf struct buf line = BUF_INIT;
    size_t depth = 0;

    for (; in; in = in->trigger, depth++) {
        buf_adds(&line, depth ? " (" : "(");
        size_t start = line.len;
        dfquote_lower(&line, in->original + in->word, in->word_len);
        for (; isatty(STDOUT_FILENO) && line.s[start]; start++)
            if (iscntrl((unsigned char)line.s[start]))
                line.s[start] = '?'; /* rule 2 */
        add_flags(&line, &in->flags);
        add_args(&line, in);
    }
    while (depth-- > 0)
        buf_addc(&line, ')');
    puts(line.s);
}

/* ---- as JSON ------------------------------------------------------------ */

/* A string, which in JSON has to be good UTF-8. */
static json_t *clean(const char *text)
{
    mb_autobuf struct buf good = BUF_INIT;
    uint32_t c;

    while (*text) {
        text += utf8_decode(text, &c);
        utf8_add(&good, c);
    }
    return json_string(good.s);
}

static json_t *list(const struct strv *words)
{
    json_t *array = json_array();

    for (size_t i = 0; i < words->n; i++)
        json_array_append_new(array, clean(words->v[i]));
    return array;
}

static json_t *args_of(const struct instruction *in)
{
    json_t *array = json_array();

    for (size_t i = 0; i < in->args.n; i++) {
        json_array_append_new(array, clean(in->args.v[i]));
        if (has_pairs(in) && i % 2)
            json_array_append_new(array, json_string(in->old ? "" : "="));
    }
    return array;
}

static json_t *heredocs_of(const struct instruction *in)
{
    json_t *array = json_array();

    for (size_t i = 0; i < in->n_heredocs; i++) {
        const struct heredoc *doc = &in->heredocs[i];
        json_array_append_new(
            array, json_pack("{s:o, s:o, s:b, s:b}", "name", clean(doc->name),
                             "content", clean(doc->content), "expand",
                             doc->expand, "chomp", doc->chomp));
    }
    return array;
}

/* The instruction as it is called, in capitals. */
static json_t *name_of(const struct instruction *in)
{
    mb_autofree char *word = mb_strndup(in->original + in->word, in->word_len);

    return in->keyword == DF_UNKNOWN ? clean(word)
                                     : json_string(keyword_name(in->keyword));
}

static json_t *object_of(const struct instruction *in)
{
    json_t *object =
        json_pack("{s:o, s:o, s:o, s:b, s:o}", "instruction", name_of(in),
                  "flags", list(&in->flags), "args", args_of(in), "json",
                  in->json, "heredocs", heredocs_of(in));

    if (in->trigger)
        json_object_set_new(object, "trigger", object_of(in->trigger));
    return object;
}

/* One object a line, so that neither we nor the reader need room for all. */
static int print_json(const struct dockerfile *file, struct mb_error *err)
{
    for (size_t i = 0; i < file->n; i++) {
        const struct instruction *in = &file->instructions[i];
        int depth = 0;
        for (const struct instruction *t = in; t; t = t->trigger)
            if (++depth > MAX_NESTING)
                return mb_failx(err,
                                "line %d: ONBUILD is nested more than %d deep",
                                in->line, MAX_NESTING);
        json_t *object = object_of(in);
        json_object_set_new(object, "line", json_integer(in->line));
        json_object_set_new(object, "last_line", json_integer(in->last_line));
        mb_autofree char *text = json_dumps(object, JSON_COMPACT);
        printf("%s%s", i ? ",\n " : "[", text);
        json_decref(object);
    }
    puts("]");
    return 0;
}

/* ---- the command -------------------------------------------------------- */

/* FILE, or standard input for "-". */
static int read_file(const char *name, struct buf *text, struct mb_error *err)
{
    bool from_stdin = strcmp(name, "-") == 0;
    const char *path = from_stdin ? "/dev/stdin" : name;

    if (fs_read_pipe(path, MAX_DOCKERFILE, text, err) == 0)
        return 0;
    return mb_hint(err, "minibox dockerfile FILE reads one Dockerfile, - "
                        "standard input");
}

int command_dockerfile(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    mb_autobuf struct buf text = BUF_INIT;
    struct dockerfile_words w = {0};
    struct dockerfile file;

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        read_file(words.v[0], &text, err) < 0)
        return -1;
    /* Which letters can be seen must not depend on the user's locale: files
     * are UTF-8. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    const char *name = strcmp(words.v[0], "-") ? words.v[0] : "Dockerfile";
    if (dockerfile_parse(name, text.s, text.len, &file, err) < 0)
        return -1;
    int result = 0;
    if (w.json)
        result = print_json(&file, err);
    for (size_t i = 0; !w.json && i < file.n; i++)
        print_tree(&file.instructions[i]);
    dockerfile_done(&file);
    return result;
}
