/* SPDX-License-Identifier: MIT */
/*
 * fuzz_expand.c - whatever the bytes are: expand them as a word, as words, as a
 * heredoc, with either escape, and leave nothing behind
 *
 *   clang -fsanitize=fuzzer,address,undefined ...
 *   ./fuzz_expand -max_len=2048 CORPUS
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/expand.h"
#include "engine/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every error: it ends, and it says something. */
static void check_error(const struct mb_error *err)
{
    if (!memchr(err->msg, '\0', sizeof err->msg) ||
        !starts_with(err->msg, "failed to process \""))
        abort();
}

/* No result is longer than it may be, and none has an open end. */
static void check_text(const char *text)
{
    if (strlen(text) > QUOTE_MOST)
        abort();
}

static void expand_all(const char *word, char escape, const struct strv *env)
{
    mb_autostrv struct strv words = {0};
    struct expand_trace trace = {0};
    struct mb_error err = {0};
    mb_autofree char *text = NULL, *heredoc = NULL;
    int result = expand_word(word, escape, env, &text, &err);

    if (result < 0)
        check_error(&err);
    else
        check_text(text);
    /* The other ways agree on whether it can be done. */
    if (expand_traced(word, escape, env, &trace, NULL) != result ||
        (result == 0 && strcmp(trace.text, text) != 0))
        abort();
    expand_trace_done(&trace);
    if (expand_words(word, escape, env, &words, NULL) != result)
        abort();
    for (size_t i = 0; i < words.n; i++)
        if (!*words.v[i])
            abort();
    if (expand_text(word, env, &heredoc, NULL) == 0)
        check_text(heredoc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_autofree char *word = mb_strndup((const char *)data, size);
    mb_autostrv struct strv env = {0};

    strv_add(&env, "A=apple");
    strv_add(&env, "E=");
    strv_add(&env, "B=/usr/local/a*b?c \xc3\xa9\xe2\x82\xac\n\\ $A");
    expand_all(word, '\\', &env);
    expand_all(word, '`', &env);
    return 0;
}
