/* SPDX-License-Identifier: MIT */
/*
 * http_main.c - minibox-http, the program that speaks HTTP and TLS
 *
 * Problem   See image/http: libcurl is large, and it reads what servers send.
 * Idea      A loop around libcurl without any rights to spare.  It decides
 *           nothing: no redirect is followed, no password is known here but
 *           those in the headers that it is told to send.
 * Rules     1. Only http and https, whatever a URL says.
 *           2. Patience has an end: a server that sends less than a few bytes
 *              a second for half a minute, or headers without end, is given
 *              up.  MINIBOX_HTTP_PATIENCE=SECONDS changes the half minute.
 * Read      libcurl-easy(3), curl_easy_setopt(3); lessons/18-registry.md
 */
#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/caps.h"

enum {
    PATIENCE = 30,          /* seconds */
    SLOWEST = 64,           /* bytes a second */
    MAX_HEADERS = 256 << 10 /* bytes of an answer's headers */
};

/* One request and its answer, while libcurl is at work. */
struct exchange {
    json_t *request;
    bool has_body, body_ended;
    size_t body_left; /* of the current frame */
    json_t *headers;  /* of the answer */
    size_t header_bytes;
    bool head_sent;
    struct buf kept; /* the answer to a request with a body: see http.c */
    CURL *curl;
};

/* ---- frames ------------------------------------------------------------- */

/* False at the end, which is the end of this program too. */
static bool receive(void *data, size_t size)
{
    char *p = data;

    while (size > 0) {
        ssize_t n = read(STDIN_FILENO, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= n;
    }
    return true;
}

static void send_frame(const void *data, uint32_t size)
{
    if (fs_write_all(STDOUT_FILENO, &size, sizeof size, NULL) < 0 ||
        fs_write_all(STDOUT_FILENO, data, size, NULL) < 0)
        exit(1);
}

/* Send DOCUMENT and release it. */
static void send_json(json_t *document)
{
    mb_autofree char *text = json_dumps(document, JSON_COMPACT);

    json_decref(document);
    send_frame(text, strlen(text));
}

/* The next request; NULL at the end. */
static json_t *receive_request(void)
{
    uint32_t size;

    if (!receive(&size, sizeof size))
        return NULL;
    mb_autofree char *text = mb_alloc((size_t)size + 1);
    return receive(text, size) ? json_loadb(text, size, 0, NULL) : NULL;
}

/* ---- what libcurl calls ------------------------------------------------- */

/* The request's body, for the server. */
static size_t on_read(char *data, size_t one, size_t size, void *argument)
{
    struct exchange *x = argument;
    uint32_t next;

    size *= one;
    if (x->body_ended)
        return 0;
    if (x->body_left == 0) {
        if (!receive(&next, sizeof next))
            return CURL_READFUNC_ABORT;
        x->body_left = next;
        x->body_ended = next == 0;
    }
    if (size > x->body_left)
        size = x->body_left;
    if (!receive(data, size))
        return CURL_READFUNC_ABORT;
    x->body_left -= size;
    return size;
}

/* Keep the header "Name: value", the first of each name. */
static void keep_header(struct exchange *x, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);
    const char *end = line + size;

    if (!colon)
        return;
    mb_autofree char *name = mb_strndup(line, colon - line);
    for (char *p = name; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? *p + ('a' - 'A') : *p;
    for (colon++; colon < end && (*colon == ' ' || *colon == '\t');)
        colon++;
    while (end > colon && strchr("\r\n \t", end[-1]))
        end--;
    json_t *value = json_stringn(colon, end - colon);
    if (value && !json_object_get(x->headers, name))
        json_object_set_new(x->headers, name, value);
    else
        json_decref(value); /* not UTF-8: nothing that we look for */
}

/* A line of the answer's head.  "HTTP/1.1 100 Continue" begins one that does
 * not count. */
static size_t on_header(char *line, size_t one, size_t size, void *argument)
{
    struct exchange *x = argument;

    size *= one;
    x->header_bytes += size;
    if (x->header_bytes > MAX_HEADERS)
        return 0;
    if (size > 5 && strncasecmp(line, "HTTP/", 5) == 0)
        json_object_clear(x->headers);
    else
        keep_header(x, line, size);
    return size;
}

static void send_head(struct exchange *x)
{
    long status = 0;

    if (x->head_sent)
        return;
    x->head_sent = true;
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    send_json(json_pack("{s:I, s:O}", "status", (json_int_t)status, "headers",
                        x->headers));
}

static size_t on_write(char *data, size_t one, size_t size, void *argument)
{
    enum { MAX_KEPT = 1 << 20 };
    struct exchange *x = argument;

    size *= one;
    if (x->has_body && x->kept.len + size > MAX_KEPT)
        return 0;
    if (x->has_body) {
        buf_add(&x->kept, data, size);
    } else {
        send_head(x);
        if (size > 0)
            send_frame(data, size);
    }
    return size;
}

/* ---- one exchange ------------------------------------------------------- */

static const char *text_of(const struct exchange *x, const char *key)
{
    return json_string_value(json_object_get(x->request, key));
}

/* Is the server on this machine?  Then no proxy can reach it. */
static bool is_loopback(const char *url)
{
    const char *host = strstr(url, "://");

    host = host ? host + 3 : url;
    return starts_with(host, "localhost") || starts_with(host, "127.") ||
           starts_with(host, "[::1]");
}

static void set_method(struct exchange *x)
{
    const char *method = text_of(x, "method");

    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(x->curl, CURLOPT_NOBODY, 1L);
    if (x->has_body) {
        /* No length is known: HTTP/1.1 sends it in chunks. */
        curl_easy_setopt(x->curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(x->curl, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(x->curl, CURLOPT_READDATA, x);
    }
    if (strcmp(method, "HEAD") != 0)
        curl_easy_setopt(x->curl, CURLOPT_CUSTOMREQUEST, method);
}

/* Rules 1 and 2. */
static void set_limits(struct exchange *x)
{
    const char *chosen = getenv("MINIBOX_HTTP_PATIENCE");
    long patience = chosen && atol(chosen) > 0 ? atol(chosen) : PATIENCE;

    curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(x->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(x->curl, CURLOPT_CONNECTTIMEOUT, patience);
    curl_easy_setopt(x->curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST);
    curl_easy_setopt(x->curl, CURLOPT_LOW_SPEED_TIME, patience);
    curl_easy_setopt(x->curl, CURLOPT_HTTP_VERSION,
                     (long)CURL_HTTP_VERSION_1_1);
}

static void set_server(struct exchange *x)
{
    const char *url = text_of(x, "url"), *ca = text_of(x, "ca");
    bool verify = !json_is_true(json_object_get(x->request, "any_certificate"));

    curl_easy_setopt(x->curl, CURLOPT_URL, url);
    curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYPEER, (long)verify);
    curl_easy_setopt(x->curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    if (ca)
        curl_easy_setopt(x->curl, CURLOPT_CAINFO, ca);
    if (is_loopback(url))
        curl_easy_setopt(x->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(x->curl, CURLOPT_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(x->curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(x->curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(x->curl, CURLOPT_WRITEDATA, x);
}

static struct curl_slist *make_headers(const struct exchange *x)
{
    /* No waiting for a "100 Continue" that many servers never send. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    size_t i;
    json_t *line;

    json_array_foreach(json_object_get(x->request, "headers"), i, line) list =
        curl_slist_append(list, json_string_value(line));
    return list;
}

/* What was not sent must be read all the same: the next frame after it is the
 * next request. */
static void skip_body(struct exchange *x)
{
    char ignored[4096];

    while (x->has_body && !x->body_ended)
        if (on_read(ignored, 1, sizeof ignored, x) == CURL_READFUNC_ABORT)
            exit(0);
}

/* The last frame. */
static void send_end(CURLcode code, const char *why)
{
    json_t *end = json_object();

    if (code != CURLE_OK)
        json_object_set_new(end, "error",
                            json_string(*why ? why : curl_easy_strerror(code)));
    if (code == CURLE_SSL_CONNECT_ERROR)
        json_object_set_new(end, "tls", json_true());
    send_json(end);
}

static void do_exchange(struct exchange *x)
{
    char why[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = make_headers(x);

    x->has_body = json_is_true(json_object_get(x->request, "body"));
    curl_easy_reset(x->curl); /* options only: the connection stays */
    set_limits(x);
    set_server(x);
    set_method(x);
    curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(x->curl, CURLOPT_ERRORBUFFER, why);
    CURLcode code = curl_easy_perform(x->curl);
    skip_body(x);
    send_head(x);
    if (x->kept.len)
        send_frame(x->kept.s, x->kept.len);
    send_frame("", 0);
    send_end(code, why);
    curl_slist_free_all(headers);
}

int main(void)
{
    struct mb_error err = {0};
    CURL *curl = curl_easy_init();
    json_t *request;

    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* An ordinary user has no capabilities to lose. */
    if (!curl || (geteuid() == 0 && caps_limit(0, &err) < 0))
        return 1;
    while ((request = receive_request())) {
        struct exchange x = {.request = request,
                             .headers = json_object(),
                             .kept = BUF_INIT,
                             .curl = curl};
        if (!text_of(&x, "method") || !text_of(&x, "url"))
            return 1;
        do_exchange(&x);
        json_decref(x.headers);
        json_decref(request);
        buf_done(&x.kept);
    }
    curl_easy_cleanup(curl);
    return 0;
}
