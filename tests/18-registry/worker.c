/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 18: where challenge_parse(), token_answer() and
 * pull_image() are called
 *
 * The cage has no network.  So what image/http and image/registry would do is
 * here in small: it writes down what it is asked for, in files that the judge
 * reads, and has an answer ready.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "image/blob.h"
#include "image/challenge.h"
#include "image/download.h"
#include "image/pack.h"
#include "image/pull.h"
#include "image/registry.h"
#include "image/token.h"

/* Append a line to a file, in one write: several processes do this at once. */
static void note(const char *path, const char *line)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    mb_autofree char *whole = mb_printf("%s\n", line);

    if (fd < 0 || write(fd, whole, strlen(whole)) < 0)
        act_broken("write down a request");
    close(fd);
}

/* ---- steps 1 and 2 ------------------------------------------------------ */

static void say_field(const char *name, const char *value)
{
    say(name, "%s", value ? value : "(null)");
}

/* What follows the header in memory is nobody's business. */
static void act_challenge(void)
{
    mb_autofree char *header = mb_printf(
        "%s|, scope=\"beyond\", Bearer realm=\"beyond\"", arg("header"));
    struct challenge c;

    header[strlen(arg("header"))] = '\0';
    challenge_parse(header, &c);
    say("scheme", "%s",
        c.scheme == CHALLENGE_BEARER  ? "Bearer"
        : c.scheme == CHALLENGE_BASIC ? "Basic"
                                      : "none");
    say_field("realm", c.realm);
    say_field("service", c.service);
    say_field("scope", c.scope);
    challenge_done(&c);
}

/* ---- step 3 ------------------------------------------------------------- */

static const char *document; /* what the next answer says */

int http_start(struct http *http, struct mb_error *err)
{
    (void)http, (void)err;
    return 0;
}

void http_stop(struct http *http)
{
    (void)http;
}

/* A request for a token. */
int http_send(struct http *http, const struct http_request *request,
              struct http_answer *out, struct mb_error *err)
{
    const char *password = "";

    (void)http, (void)err;
    for (size_t i = 0; i < request->headers.n; i++)
        if (starts_with(request->headers.v[i], "Authorization: "))
            password = request->headers.v[i] + strlen("Authorization: ");
    mb_autofree char *line = mb_printf("%s %s", request->url, password);
    note("/tmp/asked", line);
    document = "{\"token\":\"t\"}";
    *out = (struct http_answer){.status = 200};
    return 0;
}

void http_answer_done(struct http_answer *answer)
{
    (void)answer;
}

const char *http_header(const struct http_answer *answer, const char *name)
{
    (void)answer, (void)name;
    return "";
}

ssize_t http_read(struct http *http, void *data, size_t size,
                  struct mb_error *err)
{
    (void)http, (void)data, (void)size, (void)err;
    return 0;
}

int http_read_all(struct http *http, size_t limit, struct buf *out,
                  struct mb_error *err)
{
    (void)http, (void)limit, (void)err;
    buf_adds(out, document);
    return 0;
}

/* The registry's own host first, then REALM. */
static void act_token(void)
{
    char *realms[] = {mb_printf("%s/token", arg("base")),
                      mb_strdup(arg("realm"))};
    const struct credentials login = {mb_strdup("user"),
                                      mb_strdup(arg("password"))};
    struct http http = {0};
    const struct token_request request = {.http = &http,
                                          .base = arg("base"),
                                          .scope = "repository:spam:pull",
                                          .login = &login};

    for (int i = 0; i < 2; i++) {
        const struct challenge c = {.scheme = CHALLENGE_BEARER,
                                    .realm = realms[i]};
        struct mb_error err = {0};
        say("answer", "%s", token_answer(&request, &c, &err));
    }
    hold("asked");
}

/* ---- step 4 ------------------------------------------------------------- */

int registry_open(struct registry *out, const struct image_ref *ref,
                  const char *actions, const struct strv *insecure,
                  struct mb_error *err)
{
    (void)ref, (void)actions, (void)insecure, (void)err;
    *out = (struct registry){.path = mb_strdup("spam")};
    return 0;
}

void registry_close(struct registry *registry)
{
    free(registry->path);
}

int registry_reopen(struct registry *registry, struct mb_error *err)
{
    (void)registry, (void)err;
    return 0;
}

/* Whatever is no manifest is the config: layers go through download_blob(). */
int registry_ask(struct registry *registry,
                 const struct registry_request *request,
                 struct http_answer *out, struct mb_error *err)
{
    (void)registry, (void)err;
    document =
        arg(starts_with(request->path, "manifests/") ? "manifest" : "config");
    *out = (struct http_answer){.status = 200};
    return 0;
}

int registry_fail(struct registry *registry, const struct http_answer *answer,
                  struct mb_error *err)
{
    (void)registry, (void)answer;
    return mb_failx(err, "the registry refuses");
}

void registry_back_off(int n, int seconds)
{
    (void)n, (void)seconds;
}

struct download download_blob(struct registry *registry,
                              const struct digest *digest, uint64_t size)
{
    return (struct download){
        .registry = registry, .digest = digest, .size = size};
}

/* The layer's blob is the text that the judge gives for its digest. */
static void put_blob(const struct store *store, const char *hex)
{
    json_t *blobs = json_loads(arg("blobs"), 0, NULL);
    const char *content = json_string_value(json_object_get(blobs, hex));
    struct mb_error err = {0};
    struct digest digest;

    if (!content ||
        blob_put(store, content, strlen(content), &digest, &err) < 0)
        act_broken("store a blob");
    json_decref(blobs);
}

/* An unpacked layer, with nothing in it. */
static void put_layer(const struct store *store, const struct digest *diff_id)
{
    mb_autofree char *dir = mb_printf("/tmp/layer.%d", getpid());
    struct mb_error err = {0};

    if (mkdir(dir, 0755) < 0 ||
        store_adopt_layer(store, diff_id, dir, 1, &err) < 0)
        act_broken("store a layer");
    (void)rmdir(dir); /* it is still there when the layer was, too */
}

/* A layer comes in: as the real one would have it, but for its files. */
int pack_intake(const struct store *store, struct reader *from, enum keep keep,
                const struct pack_expected *expected, struct packed *out,
                struct mb_error *err)
{
    (void)from, (void)keep, (void)err;
    note("/tmp/fetched", expected->came->hex);
    put_blob(store, expected->came->hex);
    put_layer(store, expected->diff_id);
    *out =
        (struct packed){.came = *expected->came, .diff_id = *expected->diff_id};
    return 0;
}

/* What the store has before: {"HEX of a blob": true}, the same of diff IDs. */
static void fill_store(const struct store *store)
{
    json_t *blobs = json_loads(arg("have-blobs"), 0, NULL);
    json_t *layers = json_loads(arg("have-layers"), 0, NULL);
    const char *hex;
    json_t *value;

    json_object_foreach(blobs, hex, value) put_blob(store, hex);
    json_object_foreach(layers, hex, value)
    {
        struct digest diff_id = {""};
        snprintf(diff_id.hex, sizeof diff_id.hex, "%s", hex);
        put_layer(store, &diff_id);
    }
    json_decref(blobs);
    json_decref(layers);
}

static void on_layer(void *argument, const char *id,
                     const struct transfer_news *news)
{
    (void)argument;
    mb_autofree char *line = mb_printf(
        "%s %s", id, news->state == TRANSFER_EXISTS ? "exists" : "waiting");
    if (news->state == TRANSFER_EXISTS || news->state == TRANSFER_WAITING)
        note("/tmp/told", line);
}

static void on_line(void *argument, const char *line)
{
    (void)argument, (void)line;
}

static void act_pull(void)
{
    const struct pull_watch watch = {on_layer, on_line, NULL};
    struct pull_result out = {.newer = false};
    struct mb_error err = {0};
    struct image_ref ref;
    struct store store;

    setenv("MINIBOX_ROOT", "/tmp/store", 1);
    if (store_open(&store, &err) < 0 ||
        ref_parse("registry.example/spam:v1", &ref, &err) < 0)
        act_broken("make a store");
    fill_store(&store);
    int result = pull_image(&store, &ref, NULL, &watch, &out, &err);
    say_result("result", result, &err);
    hold("pulled");
}

const struct act acts[] = {
    {"challenge", act_challenge},
    {"token", act_token},
    {"pull", act_pull},
    {NULL, NULL},
};
