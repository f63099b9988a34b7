/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_HTTP_H
#define IMAGE_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "image/plain.h"

/* A connection to minibox-http, the program that speaks HTTP and TLS.  One
 * request after another; it keeps the connection to the server open. */
struct http {
    pid_t pid; /* 0: not running */
    int fd;
    size_t left; /* of the piece of body that is being read */
    bool in_body;
};

int http_start(struct http *http, struct mb_error *err);
void http_stop(struct http *http);

struct http_request {
    const char *method;
    const char *url;
    struct strv headers; /* "Name: value", owned */
    struct reader *body; /* NULL: none */
    const char *ca;      /* file of certificates to trust; NULL: the system's */
    bool any_certificate; /* do not verify the server's */
};

struct http_answer {
    int status;      /* 200, 404, ... */
    json_t *headers; /* names in lower case; the first of a name counts */
};

/* Send the request, and wait for the head of the answer.  Fails when there is
 * none: err->code is HTTP_FAILED_TLS when it was for lack of a common language
 * (the server may speak plain HTTP), else 0.  http_answer_done(). */
enum { HTTP_FAILED_TLS = 200 };
int http_send(struct http *http, const struct http_request *request,
              struct http_answer *out, struct mb_error *err);
void http_answer_done(struct http_answer *answer);
/* A header's value, or "". */
const char *http_header(const struct http_answer *answer, const char *name);

/* The answer's body.  As read(2): 0 is the end of a complete one. */
ssize_t http_read(struct http *http, void *data, size_t size,
                  struct mb_error *err);
/* All of it, LIMIT bytes at most, appended to *out. */
int http_read_all(struct http *http, size_t limit, struct buf *out,
                  struct mb_error *err);

#endif
