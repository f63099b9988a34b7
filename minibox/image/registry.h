/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_REGISTRY_H
#define IMAGE_REGISTRY_H

#include <stdbool.h>

#include "base/error.h"
#include "image/credentials.h"
#include "image/http.h"
#include "image/ref.h"

/* A repository at a registry, and our way of talking to it. */
struct registry {
    char *domain;        /* "docker.io", "host:5000" */
    char *path;          /* "library/busybox" */
    char *base;          /* "https://registry-1.docker.io" */
    char *scope;         /* "repository:library/busybox:pull" */
    char *authorization; /* a header's value; NULL: none needed so far */
    char *ca;            /* file of certificates; NULL: the system's */
    bool insecure;       /* --insecure-registry: http, any certificate */
    struct credentials login;
    struct http http;
};

/* Find the registry that REF names, and learn whether it wants a login.
 * INSECURE: the hosts that need not prove who they are.  ACTIONS: "pull" or
 * "pull,push".  registry_close() frees. */
int registry_open(struct registry *out, const struct image_ref *ref,
                  const char *actions, const struct strv *insecure,
                  struct mb_error *err);
/* The same with a login that is to be tried, instead of the one on file. */
int registry_try(struct registry *out, const char *domain,
                 const struct credentials *login, const struct strv *insecure,
                 struct mb_error *err);
void registry_close(struct registry *registry);
/* A connection of its own for a child process: after fork(2), in the child. */
int registry_reopen(struct registry *registry, struct mb_error *err);

struct registry_request {
    const char *method;
    const char *path;          /* below /v2/NAME/, or a whole URL */
    const char *header, *more; /* "Accept: ..." or NULL */
    struct reader *body;       /* NULL: none.  With one, nothing is tried
                                * again: it can be read only once. */
    bool once; /* no second try when there is no answer at all */
};

/* err->code of failures that may pass: no answer, a busy server. */
enum { REGISTRY_BUSY = 201, REGISTRY_TRIES = 5 };

/* Ask; answer a challenge, follow redirects (GET and HEAD), and try again when
 * the server is busy or the connection breaks.  Any status but 401, 429 and 5xx
 * is a success here.  http_answer_done(); the body is read from
 * registry->http. */
int registry_ask(struct registry *registry,
                 const struct registry_request *request,
                 struct http_answer *out, struct mb_error *err);

/* Turn an answer that is no success into an error, in the server's words. */
int registry_fail(struct registry *registry, const struct http_answer *answer,
                  struct mb_error *err);

/* Wait before try number N (1, 2, ...): longer each time. */
void registry_back_off(int n, int seconds);

#endif
