/* SPDX-License-Identifier: MIT */
/*
 * words.c - what engine/expand makes of words, for tests/words/run
 *
 * Reads cases, one a line, fields with a tab between them; <0a> is the byte
 * of that number, for what can't stand in such a line:
 *
 *     MODE  ESCAPE  WORD  [NAME=VALUE ...]
 *
 * and answers each with one line:
 *
 *     word   \  WORD   the string
 *     text   \  TEXT   the string, as for a heredoc
 *     words  \  WORD   the words, a tab before each
 *     names  \  WORD   a tab, the names found, a tab, those missing: sorted,
 *                      with commas
 *
 * In place of any of them: "error", a tab, and the reason.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/dfquote.h"
#include "engine/expand.h"

/* Turn <0a> back into bytes, in place. */
static void unpack(char *s)
{
    char *to = s;
    unsigned byte;
    int len;

    for (; *s; s++) {
        len = 0;
        if (*s == '<' && sscanf(s, "<%2x>%n", &byte, &len) == 1 && len == 4) {
            *to++ = (char)byte;
            s += 3;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}

/* The other way round. */
static void show(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            printf("<%02x>", *s);
        else
            putchar(*s);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_names(struct strv *names)
{
    if (names->n)
        qsort(names->v, names->n, sizeof *names->v, compare);
    putchar('\t');
    for (size_t i = 0; i < names->n; i++) {
        fputs(i ? "," : "", stdout);
        show(names->v[i]);
    }
}

/* The answer to one case; -1 and *err if it is an error. */
static int answer(const char *mode, char escape, const char *word,
                  const struct strv *env, struct mb_error *err)
{
    mb_autofree char *text = NULL;
    mb_autostrv struct strv words = {0};
    struct expand_trace trace = {0};

    if (strcmp(mode, "words") == 0) {
        if (expand_words(word, escape, env, &words, err) < 0)
            return -1;
        for (size_t i = 0; i < words.n; i++) {
            putchar('\t');
            show(words.v[i]);
        }
    } else if (strcmp(mode, "names") == 0) {
        if (expand_traced(word, escape, env, &trace, err) == 0) {
            show_names(&trace.found);
            show_names(&trace.missing);
        }
        expand_trace_done(&trace);
    } else {
        int result = strcmp(mode, "text") == 0
                         ? expand_text(word, env, &text, err)
                         : expand_word(word, escape, env, &text, err);
        if (result < 0)
            return -1;
        show(text);
    }
    return err->msg[0] ? -1 : 0;
}

/* The reason of an error.  Every message begins with the word. */
static const char *reason(const char *message, const char *word)
{
    mb_autobuf struct buf start = BUF_INIT;

    buf_adds(&start, "failed to process ");
    dfquote_add(&start, word);
    buf_adds(&start, ": ");
    return starts_with(message, start.s) ? message + start.len : message;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    setlocale(LC_CTYPE, "C.UTF-8"); /* for dfquote_add() */
    while ((len = getline(&line, &size, stdin)) > 0) {
        mb_autostrv struct strv fields = {0}, env = {0};
        struct mb_error err = {0};
        char *rest = line, *field;
        line[len - (line[len - 1] == '\n')] = '\0';
        while ((field = strsep(&rest, "\t"))) {
            unpack(field);
            strv_add(&fields, field);
        }
        if (fields.n < 3)
            continue;
        strv_add_all(&env, fields.v + 3);
        if (answer(fields.v[0], *fields.v[1], fields.v[2], &env, &err) < 0) {
            fputs("error\t", stdout);
            show(reason(err.msg, fields.v[2]));
        }
        putchar('\n');
    }
    free(line);
    return 0;
}
