/* SPDX-License-Identifier: MIT */
/*
 * registry.c - asking a registry
 *
 * Problem   Between a question and its answer lie logins, redirects, busy
 *           servers and broken connections.
 * Idea      One function, registry_ask(), in which all of that happens, so that
 *           pull and push read like the specification:
 *
 *             ask --> 401: answer the challenge, once  --.
 *              ^      429, 5xx, no answer: wait         |
 *              |      3xx: the new address              |
 *              `----------------------------------------'
 *
 * Rules     1. What we are authorized by goes to the registry's own origin and
 *              nowhere else, whatever address we are sent to.
 *           2. https, unless the registry is on this machine or the user has
 *              said --insecure-registry; and never from https to http.
 *           3. Five tries, then it is an error.
 * Read      distribution, "HTTP API V2"; lessons/18-registry.md
 */
#include "image/registry.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/mem.h"
#include "image/token.h"
#include "image/url.h"

enum {
    MAX_REDIRECTS = 10,
    MAX_ERROR = 64 << 10,
    HOPELESS = 202, /* err->code: another try would end the same way */
};

/* ---- asking ------------------------------------------------------------- */

void registry_back_off(int n, int seconds)
{
    long milliseconds = seconds > 0 ? seconds * 1000L : 100L << n;
    struct timespec pause = {milliseconds / 1000,
                             milliseconds % 1000 * 1000000};

    while (nanosleep(&pause, &pause) < 0)
        ;
}

/* One request, one answer; nothing is tried again. */
static int ask_once(struct registry *r, const char *url,
                    const struct registry_request *q, struct http_answer *out,
                    struct mb_error *err)
{
    struct http_request request = {.method = q->method,
                                   .url = url,
                                   .body = q->body,
                                   .ca = r->ca,
                                   .any_certificate = r->insecure};

    if (q->header)
        strv_add(&request.headers, q->header);
    if (q->more)
        strv_add(&request.headers, q->more);
    if (r->authorization && url_same_origin(url, r->base)) /* rule 1 */
        strv_addf(&request.headers, "Authorization: %s", r->authorization);
    int result = http_send(&r->http, &request, out, err);
    explain("18", q->method, "%s: %d", url, out->status);
    strv_done(&request.headers);
    return result;
}

/* Answer the challenge of a 401, so that asking again is worth it. */
static int answer_challenge(struct registry *r,
                            const struct http_answer *answer,
                            struct mb_error *err)
{
    const struct token_request request = {.http = &r->http,
                                          .base = r->base,
                                          .scope = r->scope,
                                          .login = &r->login,
                                          .ca = r->ca,
                                          .any_certificate = r->insecure};
    struct challenge challenge;

    challenge_parse(http_header(answer, "www-authenticate"), &challenge);
    char *authorization = token_answer(&request, &challenge, err);
    challenge_done(&challenge);
    free(r->authorization);
    r->authorization = authorization;
    if (authorization)
        return 0;
    return r->login.user
               ? -1
               : mb_hint(err, "minibox login %s, if you have an account there",
                         r->domain);
}

/* Where a redirect leads: NULL with *err if nowhere (rule 2). */
static char *next_url(const struct registry *r, const char *url,
                      const struct http_answer *answer, struct mb_error *err)
{
    char *next = url_resolve(url, http_header(answer, "location"));
    mb_autofree char *origin = url_origin(next);
    bool worse = origin && starts_with(url, "https:") &&
                 starts_with(origin, "http:") && !r->insecure;

    if (origin && !worse)
        return next;
    mb_failx(err, "it sends us to \"%.200s\"%s", next,
             worse ? ", which is not secure" : "");
    mb_code(err, HOPELESS);
    free(next);
    return NULL;
}

static bool is_redirect(const struct registry_request *q, int status)
{
    return !q->body && (status == 301 || status == 302 || status == 303 ||
                        status == 307 || status == 308);
}

/* Ask, and follow where we are sent. */
static int ask_following(struct registry *r, const char *first,
                         const struct registry_request *q,
                         struct http_answer *out, struct mb_error *err)
{
    mb_autofree char *url = mb_strdup(first);

    for (int i = 0; i <= MAX_REDIRECTS; i++) {
        if (ask_once(r, url, q, out, err) < 0)
            return -1;
        if (!is_redirect(q, out->status))
            return 0;
        char *next = next_url(r, url, out, err);
        http_answer_done(out);
        free(url);
        url = next;
        if (!url)
            return -1;
    }
    mb_failx(err, "it sends us around in circles");
    return mb_code(err, HOPELESS);
}

/* Is it worth another try?  Then wait a while. */
static bool try_again(int tries, const struct registry_request *q,
                      const struct http_answer *answer)
{
    int status = answer ? answer->status : 500;
    const char *after = answer ? http_header(answer, "retry-after") : "";
    int seconds = atoi(after);

    if (q->body || tries >= REGISTRY_TRIES || (q->once && !answer) ||
        (status != 429 && status < 500))
        return false;
    registry_back_off(tries, seconds > 10 ? 10 : seconds);
    return true;
}

/* The whole URL of a request. */
static char *full_url(const struct registry *r, const char *path)
{
    if (strstr(path, "://"))
        return mb_strdup(path);
    return mb_printf("%s/v2/%s%s%s", r->base, r->path ? r->path : "",
                     r->path ? "/" : "", path);
}

int registry_ask(struct registry *r, const struct registry_request *q,
                 struct http_answer *out, struct mb_error *err)
{
    mb_autofree char *url = full_url(r, q->path);
    bool challenged = false;

    for (int tries = 1;;) {
        *out = (struct http_answer){0};
        int result = ask_following(r, url, q, out, err);
        if (result < 0 && err && err->code == HTTP_FAILED_TLS)
            return -1;
        bool hopeless = result < 0 && err && err->code == HOPELESS;
        if (!hopeless && try_again(tries, q, result < 0 ? NULL : out)) {
            http_answer_done(out);
            tries++;
            continue;
        }
        if (result < 0)
            return mb_code(err, hopeless ? 1 : REGISTRY_BUSY);
        if (out->status == 401 && !challenged) {
            challenged = true;
            result = answer_challenge(r, out, err);
            http_answer_done(out);
            if (result < 0)
                return -1;
            if (!q->body)
                continue;
            return mb_failx(err, "unauthorized: it wanted to be asked anew");
        }
        if (out->status != 401 && out->status != 429 && out->status < 500)
            return 0;
        result = registry_fail(r, out, err);
        if (out->status != 401)
            mb_code(err, REGISTRY_BUSY);
        http_answer_done(out);
        return result;
    }
}

int registry_fail(struct registry *r, const struct http_answer *answer,
                  struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    int status = answer->status;
    bool read = http_read_all(&r->http, MAX_ERROR, &text, NULL) == 0;
    json_t *document = read ? json_loadb(text.s, text.len, 0, NULL) : NULL;
    const json_t *first =
        json_array_get(json_object_get(document, "errors"), 0);
    const char *code = json_string_value(json_object_get(first, "code"));
    const char *message = json_string_value(json_object_get(first, "message"));

    if (message && code && strcmp(code, "DENIED") == 0)
        mb_failx(err, "denied: %.300s", message);
    else if (message && status == 401)
        mb_failx(err, "unauthorized: %.300s", message);
    else if (message)
        mb_failx(err, "%.300s", message);
    else
        mb_failx(err, "the registry answers %d", status);
    json_decref(document);
    if (status == 401 || status == 403)
        mb_hint(err, "minibox login %s, with an account that may do this",
                r->domain);
    return -1;
}

/* ---- the connection ----------------------------------------------------- */

/* Docker's place for a registry's certificates. */
static char *find_ca(const char *domain)
{
    const char *file = getenv("SSL_CERT_FILE"), *home = getenv("HOME");
    char *paths[] = {
        mb_printf("%s/.config/docker/certs.d/%s/ca.crt", home ? home : "",
                  domain),
        mb_printf("/etc/docker/certs.d/%s/ca.crt", domain),
        mb_strdup(file ? file : ""),
    };
    char *found = NULL;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (!found && access(paths[i], R_OK) == 0)
            found = paths[i];
        else
            free(paths[i]);
    }
    return found;
}

/* Say hello at BASE.  0, or -1; HTTP_FAILED_TLS in err->code. */
static int hello(struct registry *r, const char *base, struct mb_error *err)
{
    const struct registry_request request = {
        .method = "GET", .path = "", .once = true};
    mb_autofree char *path = r->path;
    struct http_answer answer;

    free(r->base);
    r->base = mb_strdup(base);
    r->path = NULL; /* /v2/ itself */
    int result = registry_ask(r, &request, &answer, err);
    r->path = mb_steal(&path);
    if (result < 0)
        return -1;
    int status = answer.status;
    http_answer_done(&answer);
    /* Some say 404 there, and work all the same; a login wants to be sure. */
    return status == 200 || (status == 404 && r->path)
               ? 0
               : mb_failx(err, "%s/v2/ answers %d: is it a registry?", base,
                          status);
}

/* https first; http where rule 2 allows it and nobody speaks https. */
static int find_base(struct registry *r, struct mb_error *err)
{
    bool hub = strcmp(r->domain, "docker.io") == 0;
    bool plain_allowed = r->insecure || url_is_loopback(r->domain);
    mb_autofree char *secure =
        mb_printf("https://%s", hub ? "registry-1.docker.io" : r->domain);
    mb_autofree char *plain = mb_printf("http://%s", r->domain);
    struct mb_error why = {0};

    if (hello(r, secure, &why) == 0)
        return 0;
    if (why.code == HTTP_FAILED_TLS && plain_allowed)
        return hello(r, plain, err);
    if (why.code == HTTP_FAILED_TLS) {
        mb_failx(&why, "server gave HTTP response to HTTPS client");
        mb_hint(&why, "--insecure-registry %s, if you trust the network",
                r->domain);
    } else if (strstr(why.msg, "certificate") && !why.hint[0]) {
        mb_hint(&why,
                "put its CA into ~/.config/docker/certs.d/%s/ca.crt, or say "
                "--insecure-registry %s",
                r->domain, r->domain);
    }
    why.code = 1;
    if (err)
        *err = why;
    return -1;
}

int registry_try(struct registry *out, const char *domain,
                 const struct credentials *login, const struct strv *insecure,
                 struct mb_error *err)
{
    *out = (struct registry){.domain = mb_strdup(domain),
                             .scope = mb_strdup(""),
                             .ca = find_ca(domain),
                             .insecure = strv_has(insecure, domain)};
    if (login->user)
        out->login = (struct credentials){mb_strdup(login->user),
                                          mb_strdup(login->password)};
    if (http_start(&out->http, err) == 0 && find_base(out, err) == 0)
        return 0;
    /* What the hint of a pull advises is what the user has just done. */
    if (err && starts_with(err->msg, "unauthorized"))
        mb_hint(err, "a wrong name or a wrong password");
    mb_wrap(err, "%s", domain);
    registry_close(out);
    return -1;
}

int registry_open(struct registry *out, const struct image_ref *ref,
                  const char *actions, const struct strv *insecure,
                  struct mb_error *err)
{
    size_t domain = strcspn(ref->canonical, "/");
    const char *path = ref->canonical + domain + 1;

    *out = (struct registry){
        .domain = mb_strndup(ref->canonical, domain),
        .path = mb_strndup(path, strcspn(path, ":@")),
    };
    out->scope = mb_printf("repository:%s:%s", out->path, actions);
    out->ca = find_ca(out->domain);
    out->insecure = strv_has(insecure, out->domain);
    if (credentials_load(out->domain, &out->login, err) == 0 &&
        http_start(&out->http, err) == 0 && find_base(out, err) == 0)
        return 0;
    registry_close(out);
    return -1;
}

void registry_close(struct registry *r)
{
    http_stop(&r->http);
    credentials_done(&r->login);
    free(r->domain);
    free(r->path);
    free(r->base);
    free(r->scope);
    free(r->authorization);
    free(r->ca);
    *r = (struct registry){0};
}

int registry_reopen(struct registry *r, struct mb_error *err)
{
    close(r->http.fd); /* the parent's; its process is not our child */
    return http_start(&r->http, err);
}
