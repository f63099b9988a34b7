/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ref.c - feed names of images to image/ref
 *
 * Beyond "does not crash": what was parsed can be parsed again, from either of
 * its spellings, and means the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* TEXT must parse, and to these two spellings. */
static void same_again(const char *text, const struct image_ref *wanted)
{
    struct image_ref again;

    if (ref_parse(text, &again, NULL) < 0 ||
        strcmp(again.canonical, wanted->canonical) != 0 ||
        strcmp(again.familiar, wanted->familiar) != 0)
        abort();
    ref_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_autofree char *text = mb_strndup((const char *)data, size);
    struct image_ref ref;
    struct mb_error err = {0};

    if (ref_parse(text, &ref, &err) < 0) {
        if (!err.msg[0])
            abort();
        return 0;
    }
    /* The two become parts of file names and URLs. */
    if (strstr(ref.canonical, "../") || strchr(ref.canonical, '\n') ||
        !strchr(ref.canonical, '/'))
        abort();
    same_again(ref.canonical, &ref);
    same_again(ref.familiar, &ref);
    ref_done(&ref);
    return 0;
}
