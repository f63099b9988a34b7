/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ignore.c - feed .dockerignore texts and paths to engine/ignore
 *
 * Input: the first line is the path, the rest the text of a .dockerignore.
 * Beyond "does not crash" it holds the code to what its headers promise.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/ignore.h"
#include "engine/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The promises that tie the functions together. */
static void check(const struct ignore *ignore, const char *path)
{
    mb_autofree char *below = mb_printf("%s/below", path);
    bool hidden = ignore_matches(ignore, path);

    for (size_t i = 0; i < ignore->patterns.n; i++) {
        const char *pattern = ignore->patterns.v[i];
        pattern += pattern[0] == '!';
        /* What was parsed is not broken, and a match covers the tree. */
        if (match_glob(pattern, path) < 0)
            abort();
        if (match_tree(pattern, path) == 1 && match_tree(pattern, below) != 1)
            abort();
    }
    if (hidden && ignore_hides_tree(ignore, path) &&
        !ignore_matches(ignore, below))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_autofree char *input = mb_alloc(size + 1);
    struct ignore ignore;
    struct mb_error err;

    memcpy(input, data, size);
    char *text = input + strcspn(input, "\n");
    if (*text)
        *text++ = '\0';
    if (ignore_parse(text, &ignore, &err) < 0)
        return 0;
    if (*input)
        check(&ignore, input);
    ignore_done(&ignore);
    return 0;
}
