/* SPDX-License-Identifier: MIT */
/*
 * fuzz_secrets.c - feed texts to engine/secretwords and engine/secretscan
 *
 * Input: a byte that chooses the mode, one for the size of the parts, and the
 * text.  Beyond "does not crash": the same is found however the text is cut.
 * One text in 256 is repeated until it is longer than a window.  Which ones,
 * the sum of its bytes says: a fuzzer that sees what we compare with would soon
 * make nothing but long texts, and 200 of them take a second.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/secretfiles.h"
#include "engine/secretmask.h"
#include "engine/secretscan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note_hit(void *argument, const struct secretscan_hit *hit)
{
    mb_autofree char *mask = secretmask_of(hit->value, hit->len);

    if (hit->len == 0 || strlen(mask) > 8)
        abort();
    buf_addf(argument, "%s %zu@%zu;", hit->kind, hit->len, hit->line);
    buf_add(argument, hit->value, hit->len);
}

/* Search the text in parts of STEP. */
static void scan(int mode, const struct buf *text, size_t step, struct buf *out)
{
    const struct secretscan_visitor visitor = {note_hit, out};
    struct secretscan *s = secretscan_new(mode, &visitor);

    for (size_t i = 0; i < text->len; i += step)
        secretscan_add(s, text->s + i,
                       text->len - i < step ? text->len - i : step);
    secretscan_end(s);
}

/* The text, once or often. */
static void repeat(const uint8_t *data, size_t size, struct buf *out)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += data[i];
    do
        buf_add(out, data, size);
    while (sum == 7 && out->len < 3 * SECRETSCAN_WINDOW);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_autobuf struct buf whole = BUF_INIT, parts = BUF_INIT, text = BUF_INIT;
    struct secretwords_hit hit;

    if (size < 3)
        return 0;
    int mode = data[0] % (SECRETWORDS_PGPASS + 1);
    repeat(data + 2, size - 2, &text);
    scan(mode, &text, text.len + 1, &whole);
    scan(mode, &text, 1 + data[1] * 7, &parts);
    if (whole.len != parts.len || memcmp(whole.s, parts.s, whole.len) != 0)
        abort();

    mb_autofree char *string = mb_strndup((const char *)data + 2, size - 2);
    mb_autofree char *masked = secretmask_text(string);
    if (secretwords_variable(string, &hit) &&
        (hit.begin >= hit.end || hit.end > strlen(string)))
        abort();
    (void)secretfiles_kind_of(string);
    (void)secretfiles_whole("/x.p12", data, size);
    return 0;
}
