/* SPDX-License-Identifier: MIT */
/*
 * fuzz_answer.c - feed what a registry may answer to what reads it
 *
 * Input: the first line is a Location header, the rest a body, maybe
 * compressed.  Beyond "does not crash": where a Location leads is either no
 * URL for us or one with an origin of its own, and a stream gives no more than
 * its bound.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "image/plain.h"
#include "image/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reader of bytes in memory. */
struct memory {
    struct reader reader;
    const uint8_t *data;
    size_t left;
};

static ssize_t memory_read(struct reader *reader, void *data, size_t size,
                           struct mb_error *err)
{
    struct memory *m = (struct memory *)reader;
    size_t n = m->left < size ? m->left : size;

    (void)err;
    memcpy(data, m->data, n);
    m->data += n;
    m->left -= n;
    return n;
}

static void check_location(const char *location)
{
    static const char base[] = "https://registry.example:5000/v2/a/b?x=/y";
    mb_autofree char *url = url_resolve(base, location);
    mb_autofree char *origin = url_origin(url), *host = url_host(url);
    mb_autofree char *again = origin ? url_origin(origin) : NULL;

    if (origin && (!again || strcmp(origin, again) != 0 ||
                   !url_same_origin(url, origin) || strchr(host, '@')))
        abort();
    (void)url_is_loopback(host);
}

static void check_body(const uint8_t *data, size_t size)
{
    struct memory m = {{.read = memory_read}, data, size};
    struct mb_error err = {0};
    uint64_t sum = 0;
    const void *block;
    ssize_t n;

    mb_autoplain struct plain *plain = plain_open(&m.reader, &err);
    if (!plain)
        return;
    while ((n = plain_next(plain, &block, &err)) > 0)
        sum += n;
    if (sum > (64u << 20) + (1 << 19) + 200 * size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t line = end ? (size_t)(end - data) : size;
    mb_autofree char *location = mb_strndup((const char *)data, line);

    check_location(location);
    if (end)
        check_body(end + 1, size - line - 1);
    return 0;
}
