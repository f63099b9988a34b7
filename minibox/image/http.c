/* SPDX-License-Identifier: MIT */
/*
 * http.c - asking a server, at arm's length
 *
 * Problem   A library for HTTP and TLS is large: loading it takes longer than
 *           starting a container, and most commands never need it.
 * Idea      It lives in a program of its own, minibox-http, as libarchive does
 *           in minibox-layer.  The two talk over a socket, in frames, each a
 *           length (32 bits, our own byte order) and so many bytes:
 *
 *             minibox                             minibox-http
 *               JSON: method, URL, headers  --->
 *               body, in pieces, "" at its end ->    ----> server
 *                                <---  JSON: status, headers
 *                                <---  body, in pieces, "" at its end
 *                                <---  JSON: {} or {"error": ...}
 *
 * Rules     1. The last frame decides: a body without it was cut off.
 *           2. All of a request is written before the answer is read;
 *              minibox-http keeps the answer to a request with a body back
 *              until then.  So the two never wait for each other.
 * Read      RFC 9112; lessons/18-registry.md
 */
#include "image/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/program.h"
#include "linux/spawn.h"

enum { CHUNK = 1 << 16, MAX_HEAD = 1 << 20 };

int http_start(struct http *http, struct mb_error *err)
{
    mb_autofree char *path = program_sibling("minibox-http");
    char *argv[] = {path, NULL};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return mb_fail(err, "make a socket");
    const struct program program = {
        .argv = argv, .in = ends[1], .out = ends[1], .errors = -1, .extra = -1};
    pid_t pid = program_start(&program, err);
    close(ends[1]);
    *http = (struct http){.pid = pid, .fd = ends[0]};
    if (pid > 0)
        return 0;
    close(ends[0]);
    http->pid = 0;
    return -1;
}

void http_stop(struct http *http)
{
    if (http->pid <= 0)
        return;
    close(http->fd); /* which ends it */
    (void)spawn_wait(http->pid, NULL);
    *http = (struct http){0};
}

/* ---- frames ------------------------------------------------------------- */

static int gone(struct mb_error *err)
{
    return mb_failx(err, "minibox-http died");
}

/* send(2) with MSG_NOSIGNAL: should it have died, EPIPE is enough. */
static int send_all(struct http *http, const void *data, size_t size,
                    struct mb_error *err)
{
    const char *p = data;

    while (size > 0) {
        ssize_t n = send(http->fd, p, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return gone(err);
        p += n;
        size -= n;
    }
    return 0;
}

static int send_frame(struct http *http, const void *data, uint32_t size,
                      struct mb_error *err)
{
    if (send_all(http, &size, sizeof size, err) < 0)
        return -1;
    return send_all(http, data, size, err);
}

static int receive_all(struct http *http, void *data, size_t size,
                       struct mb_error *err)
{
    char *p = data;

    while (size > 0) {
        ssize_t n = read(http->fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return gone(err);
        p += n;
        size -= n;
    }
    return 0;
}

/* A frame that is JSON.  json_decref(); NULL with *err. */
static json_t *receive_json(struct http *http, struct mb_error *err)
{
    uint32_t size;

    if (receive_all(http, &size, sizeof size, err) < 0)
        return NULL;
    if (size > MAX_HEAD) {
        gone(err);
        return NULL;
    }
    mb_autofree char *text = mb_alloc(size + 1);
    if (receive_all(http, text, size, err) < 0)
        return NULL;
    json_t *json = json_loadb(text, size, 0, NULL);
    if (!json)
        gone(err);
    return json;
}

/* ---- requests ----------------------------------------------------------- */

static int send_head(struct http *http, const struct http_request *r,
                     struct mb_error *err)
{
    json_t *headers = json_array();

    for (size_t i = 0; i < r->headers.n; i++)
        json_array_append_new(headers, json_string(r->headers.v[i]));
    json_t *head =
        json_pack("{s:s, s:s, s:o, s:b, s:b, s:s*}", "method", r->method, "url",
                  r->url, "headers", headers, "body", r->body != NULL,
                  "any_certificate", r->any_certificate, "ca", r->ca);
    mb_autofree char *text = json_dumps(head, JSON_COMPACT);

    json_decref(head);
    if (!text)
        return mb_failx(err, "%s: not a URL", r->url);
    return send_frame(http, text, strlen(text), err);
}

static int send_body(struct http *http, struct reader *body,
                     struct mb_error *err)
{
    mb_autofree char *chunk = mb_alloc(CHUNK);
    ssize_t n;

    while ((n = body->read(body, chunk, CHUNK, err)) > 0)
        if (send_frame(http, chunk, n, err) < 0)
            return -1;
    return n < 0 ? -1 : send_frame(http, "", 0, err);
}

/* The frame behind the body: rule 1. */
static int receive_end(struct http *http, struct mb_error *err)
{
    json_t *end = receive_json(http, err);
    const char *why = json_string_value(json_object_get(end, "error"));
    int result = end ? 0 : -1;

    http->in_body = false;
    if (why) {
        result = mb_failx(err, "%s", why);
        if (json_is_true(json_object_get(end, "tls")))
            mb_code(err, HTTP_FAILED_TLS);
    }
    json_decref(end);
    return result;
}

/* Read what is left of an answer that nobody wants.  If it is long, a new
 * connection is cheaper. */
static int finish_last(struct http *http, struct mb_error *err)
{
    enum { SHORT = 1 << 20 };
    mb_autobuf struct buf rest = BUF_INIT;

    if (!http->in_body || http_read_all(http, SHORT, &rest, NULL) == 0)
        return 0;
    http_stop(http);
    return http_start(http, err);
}

int http_send(struct http *http, const struct http_request *request,
              struct http_answer *out, struct mb_error *err)
{
    *out = (struct http_answer){0};
    if (finish_last(http, err) < 0 || send_head(http, request, err) < 0)
        return -1;
    if (request->body && send_body(http, request->body, err) < 0) {
        http_stop(http); /* half a request can't be taken back */
        (void)http_start(http, NULL);
        return -1;
    }
    json_t *head = receive_json(http, err);
    if (!head)
        return -1;
    http->in_body = true;
    http->left = 0;
    out->status = json_integer_value(json_object_get(head, "status"));
    out->headers = json_incref(json_object_get(head, "headers"));
    json_decref(head);
    if (out->status > 0)
        return 0;
    http_answer_done(out);
    mb_autobuf struct buf none = BUF_INIT;
    if (http_read_all(http, 1, &none, err) == 0)
        mb_failx(err, "no answer");
    return -1;
}

void http_answer_done(struct http_answer *answer)
{
    json_decref(answer->headers);
    *answer = (struct http_answer){0};
}

const char *http_header(const struct http_answer *answer, const char *name)
{
    const char *value =
        json_string_value(json_object_get(answer->headers, name));

    return value ? value : "";
}

/* ---- answers ------------------------------------------------------------ */

ssize_t http_read(struct http *http, void *data, size_t size,
                  struct mb_error *err)
{
    uint32_t next;

    if (!http->in_body)
        return 0;
    if (http->left == 0) {
        if (receive_all(http, &next, sizeof next, err) < 0)
            return -1;
        http->left = next;
        if (next == 0)
            return receive_end(http, err);
    }
    if (size > http->left)
        size = http->left;
    ssize_t n;
    do
        n = read(http->fd, data, size);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return gone(err);
    http->left -= n;
    return n;
}

int http_read_all(struct http *http, size_t limit, struct buf *out,
                  struct mb_error *err)
{
    mb_autofree char *chunk = mb_alloc(CHUNK);
    size_t sum = 0;
    ssize_t n;

    while ((n = http_read(http, chunk, CHUNK, err)) > 0) {
        sum += n;
        if (sum > limit)
            return mb_failx(err, "the answer is longer than %zu bytes", limit);
        buf_add(out, chunk, n);
    }
    return n;
}
