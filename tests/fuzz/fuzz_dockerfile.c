/* SPDX-License-Identifier: MIT */
/*
 * fuzz_dockerfile.c - whatever the bytes are: parse them, expand every
 * argument in both ways, and leave nothing behind
 *
 *   clang -fsanitize=fuzzer,address,undefined ... -ljansson
 *   ./fuzz_dockerfile -max_len=8192 CORPUS
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "engine/dfcheck.h"
#include "engine/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every error: it ends, and it can go to a terminal. */
static void check_error(const struct mb_error *err)
{
    if (!memchr(err->msg, '\0', sizeof err->msg) ||
        !memchr(err->hint, '\0', sizeof err->hint) || !*err->msg)
        abort();
}

static void expand_all(const struct dockerfile *file,
                       const struct instruction *in, const struct strv *env)
{
    mb_autostrv struct strv words = {0};

    for (size_t i = 0; i < in->args.n; i++) {
        struct mb_error err = {0};
        char *word = NULL;
        if (expand_word(in->args.v[i], file->escape, env, &word, &err) < 0)
            check_error(&err);
        else if (!word)
            abort();
        free(word);
        if (expand_words(in->args.v[i], file->escape, env, &words, &err) < 0)
            check_error(&err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_autostrv struct strv env = {0};
    struct dockerfile file;
    struct mb_error err = {0};

    strv_add(&env, "A=apple");
    strv_add(&env, "E=");
    strv_add(&env, "B=/usr/local/a*b?c \xc3\xa9\xe2\x82\xac");
    if (dockerfile_parse("F", (const char *)data, size, &file, &err) < 0) {
        check_error(&err);
        return 0;
    }
    if (!file.n || (file.escape != '\\' && file.escape != '`'))
        abort();
    for (size_t i = 0; i < file.n; i++) {
        const struct instruction *in = &file.instructions[i];
        if (in->line < 1 || in->last_line < in->line ||
            (size_t)in->last_line > file.lines.n)
            abort();
        expand_all(&file, in, &env);
    }
    if (dfcheck_file(&file, &err) < 0)
        check_error(&err);
    dockerfile_done(&file);
    return 0;
}
