/* SPDX-License-Identifier: MIT */
/* Exercise 18-registry: fill in the blanks (grep TODO).
 * The lesson: lessons/18-registry.md.  Try it: make grade EX=18 */
/*
 * token.c - answering a registry's challenge
 *
 * Problem   The registry lets nobody in without a token, and gives out none
 *           itself: it names a server that does.
 * Idea      Ask there, with the password if there is one, and without if not:
 *           whoever may read a public image gets a token for that as well.
 *
 *             registry  401, Bearer realm=R  --> us
 *             R         <-- scope, password  --- us
 *             R         a token              --> us
 *             registry  <-- the token        --- us      and now it answers
 *
 * Rules     1. The password goes to the registry's own host, to one in the same
 *              domain, and from docker.io to auth.docker.io: the realm is only
 *              what the registry says.
 *           2. It never goes over plain http, but to a registry that is itself
 *              reached that way.
 * Read      distribution, "Token Authentication Specification";
 *           lessons/18-registry.md
 */
#include "image/token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/url.h"

enum { MAX_ANSWER = 1 << 20 };

/* Can other names lie below HOST?  Not below a name without a dot, which is all
 * of "org" or one machine; nor below an address: "3.4" is short for 3.0.0.4,
 * which has nothing to do with 1.2.3.4. */
static bool is_domain(const char *host)
{
    const char *dot = strrchr(host, '.');

    return dot && host[0] != '[' && !(dot[1] >= '0' && dot[1] <= '9');
}

/* Is HOST the name PARENT, or one below it? */
static bool is_below(const char *host, const char *parent)
{
    // TODO step 3: the same name, or one below it: is_domain() says whether
    //   there are any
    return false;
}

/* Rule 1. */
static bool is_trusted(const char *base, const char *realm)
{
    mb_autofree char *registry = url_host(base), *other = url_host(realm);

    if (strcmp(registry, "registry-1.docker.io") == 0)
        return is_below(other, "docker.io");
    return is_below(registry, other) || is_below(other, registry);
}

/* The URL of the token: the realm, and a query. */
static char *token_url(const struct token_request *r, const struct challenge *c)
{
    struct buf url = BUF_INIT;

    buf_addf(&url, "%s%cscope=", c->realm, strchr(c->realm, '?') ? '&' : '?');
    url_escape(&url, c->scope ? c->scope : r->scope);
    if (c->service) {
        buf_adds(&url, "&service=");
        url_escape(&url, c->service);
    }
    return buf_take(&url);
}

/* The token in the answer's JSON, as a header's value. */
static char *read_token(const struct buf *text, struct mb_error *err)
{
    json_t *document = json_loadb(text->s, text->len, 0, NULL);
    const char *token = json_string_value(json_object_get(document, "token"));

    if (!token)
        token = json_string_value(json_object_get(document, "access_token"));
    /* It is going to be a line of a request. */
    bool sane = token && *token && !strpbrk(token, "\r\n");
    char *out = sane ? mb_printf("Bearer %s", token) : NULL;
    json_decref(document);
    if (!out)
        mb_failx(err, "there is no token in the answer");
    return out;
}

/* Ask R->http for the token. */
static char *get_token(const struct token_request *r, const char *url,
                       bool with_login, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct http_request request = {.method = "GET",
                                   .url = url,
                                   .ca = r->ca,
                                   .any_certificate = r->any_certificate};
    struct http_answer answer;

    if (with_login) {
        mb_autofree char *basic = credentials_basic(r->login);
        strv_addf(&request.headers, "Authorization: %s", basic);
    }
    int result = http_send(r->http, &request, &answer, err);
    int status = answer.status;
    strv_done(&request.headers);
    if (result == 0)
        result = http_read_all(r->http, MAX_ANSWER, &text, err);
    http_answer_done(&answer);
    if (result < 0)
        return NULL;
    if (status == 200)
        return read_token(&text, err);
    if (status == 401 || status == 403)
        mb_failx(err, "unauthorized: %s",
                 with_login ? "incorrect username or password"
                            : "authentication required");
    else
        mb_failx(err, "the token server answers %d", status);
    return NULL;
}

static char *answer_bearer(const struct token_request *r,
                           const struct challenge *c, struct mb_error *err)
{
    mb_autofree char *url = token_url(r, c);
    mb_autofree char *origin = url_origin(url);
    bool with_login = r->login->user && is_trusted(r->base, url);

    if (!origin ||
        (starts_with(origin, "http:") && !starts_with(r->base, "http:"))) {
        mb_failx(err, "it sends us to \"%.200s\" for a token",
                 c->realm); /* 2 */
        return NULL;
    }
    char *token = get_token(r, url, with_login, err);
    if (!token && r->login->user && !with_login)
        mb_hint(err, "your password was not sent to %s", origin);
    if (!token)
        mb_wrap(err, "ask %s for a token", origin);
    return token;
}

char *token_answer(const struct token_request *r, const struct challenge *c,
                   struct mb_error *err)
{
    switch (c->scheme) {
    case CHALLENGE_BEARER:
        return answer_bearer(r, c, err);
    case CHALLENGE_BASIC:
        if (r->login->user)
            return credentials_basic(r->login);
        mb_failx(err, "no basic auth credentials");
        return NULL;
    case CHALLENGE_NONE:
        break;
    }
    mb_failx(err, "unauthorized: authentication required, in a way that "
                  "minibox does not know");
    return NULL;
}
