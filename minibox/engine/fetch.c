/* SPDX-License-Identifier: MIT */
/*
 * fetch.c - a file from a server, for ADD
 *
 * Problem   A server may send us elsewhere, send another file than yesterday,
 *           break off, or never end.
 * Idea      Ask, follow, write down, and compare:
 *
 *             GET https://h/v1/tool.tgz   302  Location: https://cdn/x
 *             GET https://cdn/x           200  bytes --> fetch/tool.tgz
 *                                                 '----> SHA-256 = checksum?
 *
 * Rules     1. The file is called as the Dockerfile has it, not as the server
 *              likes: a Dockerfile must mean one thing.
 *           2. Never from https to http.
 *           3. What is written there is nobody's but root's, 0600, until
 *              --chmod says otherwise: so BuildKit does.
 * Read      RFC 9110, 15.4 "Redirection"; reference.md, "ADD"
 */
#include "engine/fetch.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/sourcehash.h"
#include "image/http.h"
#include "image/url.h"

enum { MAX_REDIRECTS = 10, CHUNK = 1 << 16 };
#define MAX_FILE (2ULL << 30) /* bytes, as for a file of a layer */

/* ---- what it is called -------------------------------------------------- */

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c | 0x20) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* "a%20b" as "a b".  Caller frees. */
static char *decode(const char *text, size_t len)
{
    struct buf out = BUF_INIT;

    for (size_t i = 0; i < len; i++) {
        bool code = text[i] == '%' && i + 2 < len &&
                    hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
        if (code) {
            buf_addc(&out,
                     hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
            i += 2;
        } else {
            buf_addc(&out, text[i]);
        }
    }
    return buf_take(&out);
}

/* Rule 1: the last part of the path.  Without one BuildKit's word for it. */
static char *file_name(const char *url)
{
    const char *host = strstr(url, "://") + 3;
    const char *start = host + strcspn(host, "/?#");
    mb_autofree char *path = decode(start, strcspn(start, "?#"));
    size_t len = strlen(path);

    while (len > 0 && path[len - 1] == '/')
        path[--len] = '\0';
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        name = "__unnamed__";
    return mb_strdup(name);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT"; 0 if it is something else. */
static time_t parse_time(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

    return end && !*end ? timegm(&tm) : 0;
}

/* ---- asking ------------------------------------------------------------- */

/* Follow the answer: 1 and the new *url, 0 if it is the file, -1. */
static int follow(char **url, const struct http_answer *answer,
                  struct mb_error *err)
{
    const char *location = http_header(answer, "location");

    if (answer->status == 200)
        return 0;
    if (answer->status < 300 || answer->status > 399 || !*location)
        return mb_failx(err, "the server says %d", answer->status);
    mb_autofree char *next = url_resolve(*url, location);
    mb_autofree char *origin = url_origin(next);
    if (!origin)
        return mb_failx(err, "the server sends us to \"%.200s\"", next);
    if (starts_with(*url, "https:") &&
        starts_with(origin, "http:")) /* rule 2 */
        return mb_failx(err, "the server sends us from https to \"%.200s\"",
                        next);
    free(*url);
    *url = mb_steal(&next);
    return 1;
}

/* Ask until there is a file. */
static int ask(struct http *http, const char *url, struct http_answer *out,
               struct mb_error *err)
{
    mb_autofree char *now = mb_strdup(url);
    int more = 1;

    for (int i = 0; more == 1; i++) {
        const struct http_request request = {.method = "GET", .url = now};
        if (i > MAX_REDIRECTS)
            return mb_failx(err, "sent on more than %d times", MAX_REDIRECTS);
        if (http_send(http, &request, out, err) < 0)
            return -1;
        explain("21", "GET", "%s: %d", now, out->status);
        more = follow(&now, out, err);
        if (more != 0)
            http_answer_done(out);
    }
    return more;
}

/* Write the body to FD. */
static int save(struct http *http, int fd, struct mb_error *err)
{
    mb_autofree char *chunk = mb_alloc(CHUNK);
    uint64_t sum = 0;
    ssize_t n;

    while ((n = http_read(http, chunk, CHUNK, err)) > 0) {
        sum += n;
        if (sum > MAX_FILE)
            return mb_failx(err, "the file is larger than %llu bytes",
                            MAX_FILE);
        if (fs_write_all(fd, chunk, n, err) < 0)
            return -1;
    }
    return n;
}

/* Fetch the file to the new file PATH. */
static int fetch_to(struct http *http, const char *url, const char *path,
                    struct mb_error *err)
{
    struct http_answer answer;
    mb_autoclose int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return mb_fail(err, "make %s", path);
    if (ask(http, url, &answer, err) < 0)
        return -1;
    time_t time = parse_time(http_header(&answer, "last-modified"));
    int result = save(http, fd, err);
    const struct timespec times[2] = {{time, 0}, {time, 0}};
    if (result == 0 && futimens(fd, times) < 0)
        result = mb_fail(err, "set the time of %s", path);
    http_answer_done(&answer);
    return result;
}

/* Are the bytes of the file those that were promised? */
static int check_sum(const char *path, const struct digest *promised,
                     struct mb_error *err)
{
    mb_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct digest digest;

    if (fd < 0)
        return mb_fail(err, "open %s", path);
    if (sourcehash_bytes(fd, &digest, err) < 0)
        return -1;
    if (digest_equal(promised, &digest))
        return 0;
    return mb_failx(err, "digest mismatch " DIGEST_FMT ": " DIGEST_FMT,
                    digest.hex, promised->hex);
}

int fetch_url(const char *url, const struct digest *checksum, const char *dir,
              char **out_path, struct mb_error *err)
{
    mb_autofree char *origin = url_origin(url);
    struct http http;

    if (!origin)
        return mb_failx(err, "ADD %.200s: not a URL of a server", url);
    mb_autofree char *name = file_name(url);
    mb_autofree char *path = mb_printf("%s/%s", dir, name);
    if (mkdir(dir, 0700) < 0)
        return mb_fail(err, "make %s", dir);
    if (http_start(&http, err) < 0)
        return -1;
    int result = fetch_to(&http, url, path, err);
    http_stop(&http);
    if (result == 0 && checksum->hex[0])
        result = check_sum(path, checksum, err);
    if (result < 0)
        return mb_wrap(err, "ADD %.200s", url);
    *out_path = mb_steal(&path);
    return 0;
}

int fetch_digest(const char *path, struct digest *out, struct mb_error *err)
{
    mb_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct hasher hasher;
    struct digest bytes;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return mb_fail(err, "open %s", path);
    if (sourcehash_bytes(fd, &bytes, err) < 0)
        return mb_wrap(err, "%s", path);
    hasher_init(&hasher);
    hasher_add_str(&hasher, strrchr(path, '/'));
    hasher_add(&hasher, &st.st_mtim.tv_sec, sizeof st.st_mtim.tv_sec);
    hasher_add_str(&hasher, bytes.hex);
    *out = hasher_finish(&hasher);
    return 0;
}
