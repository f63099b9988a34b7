/* SPDX-License-Identifier: MIT */
/*
 * download.c - a blob, whatever happens on the way
 *
 * Problem   A connection that breaks after 900 of 1000 megabytes should not
 *           cost all of them.
 * Idea      A reader that mends itself.  Whoever reads from it sees one stream;
 *           behind it there may be several requests:
 *
 *             GET                     bytes 0 ... 899   (break)
 *             GET, Range: bytes=900-  bytes 900 ... 999
 *
 * Rules     1. The manifest has said how many bytes there are.  Fewer are a
 *              break; more are a lie, and end it at once.
 *           2. A server that knows no ranges answers 200 and begins anew: then
 *              we skip what we had.
 * Read      RFC 9110, section 14; lessons/18-registry.md
 */
#include "image/download.h"

#include "base/mem.h"

/* Throw away what we have had already: the server knows no ranges. */
static int skip(struct download *d, uint64_t size, struct mb_error *err)
{
    char ignored[1 << 14];

    while (size > 0) {
        size_t want = size < sizeof ignored ? size : sizeof ignored;
        ssize_t n = http_read(&d->registry->http, ignored, want, err);
        if (n <= 0)
            return n < 0 ? -1 : mb_failx(err, "it has become shorter");
        size -= n;
    }
    return 0;
}

static int cut_short(const struct download *d, struct mb_error *err)
{
    return mb_failx(err, "it ends after %llu of %llu bytes",
                    (unsigned long long)d->offset, (unsigned long long)d->size);
}

/* Begin, or go on after a break. */
static int open_download(struct download *d, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("blobs/" DIGEST_FMT, d->digest->hex);
    mb_autofree char *range =
        mb_printf("Range: bytes=%llu-", (unsigned long long)d->offset);
    const struct registry_request request = {
        .method = "GET", .path = path, .header = d->offset ? range : NULL};
    struct http_answer answer;

    if (registry_ask(d->registry, &request, &answer, err) < 0)
        return -1;
    int status = answer.status, result = 0;
    if (status == 200 && d->offset)
        result = skip(d, d->offset, err);
    else if (status == 416) /* there are no bytes beyond those we have */
        result = cut_short(d, err);
    else if (status != 200 && !(status == 206 && d->offset))
        result = registry_fail(d->registry, &answer, err);
    http_answer_done(&answer);
    d->open = result == 0;
    return result;
}

/* What came, checked against the size that was announced. */
static ssize_t read_some(struct download *d, void *data, size_t size,
                         struct mb_error *err)
{
    if (!d->open && open_download(d, err) < 0) {
        d->tries = REGISTRY_TRIES; /* registry_ask() has tried often enough */
        return -1;
    }
    ssize_t n = http_read(&d->registry->http, data, size, err);
    if (n == 0 && d->offset < d->size)
        return cut_short(d, err);
    if (n > 0 && d->offset + n > d->size) {
        d->tries = REGISTRY_TRIES;
        return mb_failx(err, "it is longer than the %llu bytes announced",
                        (unsigned long long)d->size);
    }
    return n;
}

static ssize_t download_read(struct reader *reader, void *data, size_t size,
                             struct mb_error *err)
{
    struct download *d = (struct download *)reader;

    for (;;) {
        ssize_t n = read_some(d, data, size, err);
        if (n >= 0) {
            d->offset += n;
            if (d->progress && d->progress(d, err) < 0)
                return -1;
            return n;
        }
        if (++d->tries >= REGISTRY_TRIES)
            return mb_wrap(err, "download " DIGEST_SHORT, d->digest->hex);
        d->open = false;
        registry_back_off(d->tries, 0);
    }
}

struct download download_blob(struct registry *registry,
                              const struct digest *digest, uint64_t size)
{
    return (struct download){.reader.read = download_read,
                             .registry = registry,
                             .digest = digest,
                             .size = size};
}
